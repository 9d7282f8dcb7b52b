package kalamtest_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

// A test of an application's own in virtual time: the server loses what it would push, and the view has it all the
// same when the next audit has found it.
func ExampleWithNetwork() {
	t := &testing.T{} // the test's own
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		srv, err := kalamtest.New(kalamtest.WithNetwork(rxtest.NewNetwork())) // in a test: kalamtest.Start(t, …)
		if err != nil {
			log.Fatal(err)
		}
		defer srv.Close()
		if err := srv.Exec(ctx, "root", "CREATE NAMESPACE shop; CREATE TABLE shop.items (id BIGINT PRIMARY KEY) WITH (TYPE = 'USER')"); err != nil {
			log.Fatal(err)
		}
		c, err := client.New(srv.URL(), client.WithDialer(srv.Dial), client.WithAuth(auth.Password(kalamtest.RootUser, kalamtest.RootPassword)))
		if err != nil {
			log.Fatal(err)
		}
		items := rx.Pipe1(client.Live[map[string]any](c, "SELECT * FROM shop.items"), operators.Filter(client.View[map[string]any].Exact))
		items.Subscribe(ctx, rx.OnNext(func(v client.View[map[string]any]) { fmt.Println(v.Len(), "rows") }))
		time.Sleep(time.Minute) // until all is at rest; it takes no time
		srv.FaultFrames(kalamtest.DropFrame, 2)
		fmt.Println(srv.Exec(ctx, "root", "INSERT INTO shop.items (id) VALUES (1), (2)"))
		time.Sleep(time.Minute)
		fmt.Println(c.Close(ctx))
		<-c.Done()
	})
	// Output:
	// 0 rows
	// <nil>
	// 2 rows
	// <nil>
}
