package kalamtest_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// A client is tried on the protocol of a later server.
func ExampleGeneration() {
	srv, err := kalamtest.New(kalamtest.WithGeneration(kalamtest.Generation08))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	resp, err := http.Get(srv.URL() + "/health")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body[:37]))
	// Output: {"status":"healthy","version":"0.8.0"
}
