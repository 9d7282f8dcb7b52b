package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// The passwords of this test.
const (
	secretRight = "Hunter-lena-7731"
	secretWrong = "Hunter-wrong-7732"
	secretSetup = "Hunter-setup-7733"
)

// confession is all that the client has said, in every printed form, and the tokens it used.
type confession struct {
	logBook
	tokens sync.Map
}

// hear keeps a value in every form that fmt and slog have for it, and in those of what it wraps.
func (c *confession) hear(values ...any) {
	for _, v := range values {
		fmt.Fprintf(c, "%v\n%+v\n%#v\n%s\n%q\n", v, v, v, v, v)
		slog.New(slog.NewTextHandler(c, nil)).Info("heard", "v", v)
		slog.New(slog.NewJSONHandler(c, nil)).Info("heard", "v", v)
		for err, _ := v.(error); err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(c, "%+v\n%#v\n", err, err)
		}
	}
}

// hook notes every token that comes.
func (c *confession) hook(r *http.Request) (int, string, bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.tokens.Store(token, true)
	}
	if r.URL.Path == "/v1/api/sql" && r.Header.Get("X-Echo") != "" { // a server that sends the token back
		return 400, `{"error":"INVALID_SQL","message":"` + r.Header.Get("Authorization") + `"}`, true
	}
	return 0, "", false
}

// confessing subscribes to all that a client shows of itself.
func confessing(t *testing.T, c *client.Client, to *confession) {
	rx.Pipe1(c.State(), rx.ObserveOn[client.State](64, rx.Block)).Subscribe(t.Context(), rx.OnNext(func(s client.State) { to.hear(s) }))
	c.Errors().Subscribe(t.Context(), rx.OnNext(func(err error) { to.hear(err) }))
	c.Messages().Subscribe(t.Context(), rx.OnNext(func(m client.Message) { to.hear(m, string(m.Body)) }))
}

func (c *confession) handlers() client.EventHandlers {
	return client.EventHandlers{
		OnDisconnect: func(reason error) { c.hear(reason) },
		OnError:      func(err error) { c.hear(err) },
		OnReceive:    func(m client.Message) { c.hear(string(m.Body)) },
		OnSend:       func(m client.Message) { c.hear(string(m.Body)) },
	}
}

// A client is driven through logins, refusals, reconnects, uploads and errors; nothing that
// it prints, logs or hands out holds a password or a token.
func TestSecrets_AreInNothingThatAClientSays(t *testing.T) {
	var said confession
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		srv := kalamtest.Start(t, kalamtest.WithNetwork(rxtest.NewNetwork()), kalamtest.WithUser("lena", secretRight, "dba"),
			kalamtest.WithHTTPHook(said.hook), kalamtest.WithTokenLifetime(time.Minute), kalamtest.WithTokenLeeway(0))
		client1 := func(source auth.Source, opts ...client.Option) *client.Client {
			opts = append(opts, client.WithDialer(srv.Dial), client.WithAuth(source), client.WithEventHandlers(said.handlers()),
				client.WithLogger(said.logger(slog.LevelDebug)))
			c, err := client.New(srv.URL(), opts...)
			is.NoErr(err)
			confessing(t, c, &said)
			return c
		}
		c := client1(auth.Password("lena", secretRight))
		secretsWork(t, &said, srv, c)
		wrong := client1(auth.Password("lena", secretWrong))
		_, err := wrong.Exec(t.Context(), "SELECT 1")
		is.True(errors.Is(err, auth.ErrUnauthenticated))
		said.hear(err, wrong.Connect(t.Context()))
		echo := client1(auth.Password("lena", secretRight), client.WithHeader("X-Echo", "1"))
		_, err = echo.Exec(t.Context(), "SELECT 1")
		is.True(errors.Is(err, wire.CodeInvalidSQL))
		said.hear(err)
		for _, c := range []*client.Client{c, wrong, echo} {
			said.hear(c.Stats(), c.URL())
			is.NoErr(c.Close(t.Context()))
			<-c.Done()
			synctest.Wait()
			said.hear(c)
		}
	})
	tokens := 0
	said.tokens.Range(func(token, _ any) bool {
		tokens++
		if strings.Contains(said.text.String(), token.(string)) {
			t.Errorf("a token was said")
		}
		return true
	})
	is := is.New(t)
	is.True(tokens >= 4)               // renewed, refreshed, granted, echoed
	is.True(said.text.Len() > 100_000) // and much was said
	for _, secret := range []string{secretRight, secretWrong, secretSetup} {
		is.True(!strings.Contains(said.text.String(), secret))
	}
	jwt := regexp.MustCompile(`eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+`)
	is.True(!jwt.MatchString(said.text.String())) // nor one that the hook has not seen
}

// secretsWork has a client do what it can.
func secretsWork(t *testing.T, said *confession, srv *kalamtest.Server, c *client.Client) {
	is := is.New(t)
	ctx := t.Context()
	_, err := c.Exec(ctx, "CREATE NAMESPACE docs")
	is.NoErr(err)
	_, err = c.Exec(ctx, "CREATE TABLE docs.items (id TEXT PRIMARY KEY, att FILE) WITH (TYPE = 'USER')")
	is.NoErr(err)
	client.Changes[map[string]any](c, "SELECT * FROM docs.items").Subscribe(ctx, rx.OnNext(func(m client.Change[map[string]any]) { said.hear(m) }))
	is.NoErr(c.Connect(ctx))
	up, err := c.Upload(ctx, "INSERT INTO docs.items (id, att) VALUES ('a', FILE(\"scan\"))", []client.File{{Placeholder: "scan", Name: "s.txt", Body: strings.NewReader("text"), Size: 4}})
	is.NoErr(err)
	said.hear(up)

	g, err := c.Login(ctx, "lena", secretRight)
	is.NoErr(err)
	said.tokens.Store(g.Access.Value, true)
	said.tokens.Store(g.Refresh.Value, true)
	again, err := c.Refresh(ctx, g.Refresh.Value)
	is.NoErr(err)
	me, err := c.Me(ctx)
	is.NoErr(err)
	said.hear(g, again, me)
	_, err = c.Login(ctx, "lena", secretWrong)
	said.hear(err)
	_, err = c.Refresh(ctx, g.Access.Value) // the wrong kind
	is.True(err != nil)
	said.hear(err)
	_, err = c.Setup(ctx, wire.SetupRequest{User: "x", Password: secretSetup, RootPassword: secretSetup})
	is.True(err != nil)
	said.hear(err)
	for _, sql := range []string{"SELECT * FROM no.table", "nonsense", "SELECT $1"} {
		_, err = c.Exec(ctx, sql)
		is.True(err != nil)
		said.hear(err)
	}

	time.Sleep(2 * time.Minute) // tokens end
	srv.CutConnections()
	time.Sleep(time.Minute)
	is.True(c.IsConnected())
	srv.RefuseTokens(1)
	_, err = c.Exec(ctx, "SELECT 1")
	is.NoErr(err)
	srv.RefuseRequests(1, http.StatusTooManyRequests, time.Second)
	_, err = c.Exec(ctx, "SELECT 1")
	is.NoErr(err)
	srv.RefuseAuth(true)
	_, err = c.Exec(ctx, "SELECT 1")
	said.hear(err)
	srv.CutConnections()
	time.Sleep(time.Minute)
	said.hear(c.Connect(ctx))
	srv.RefuseAuth(false)
	srv.Inject([]byte("garbage"), false)
	late, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	_, err = c.Exec(late, "SELECT 1")
	said.hear(err)
}
