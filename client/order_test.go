package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

const pageText = `{"type":"initial_data_batch","subscription_id":%q,"rows":[{"id":"1","_seq":"5"}],"batch_control":{"batch_num":0,"has_more":true,"status":"loading","last_seq_id":5}}`

func ackOf(id string) string   { return fmt.Sprintf(ackText, id) }
func emptyOf(id string) string { return fmt.Sprintf(emptyText, id) }
func pageOf(id string) string  { return fmt.Sprintf(pageText, id) }

// What a server must not do ends the one stream it does it to, by a typed error.
func TestOrder_FramesOutOfPlaceEndTheirStreamOnly(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []func(id string) string
		opts   []LiveOption
		bad    bool
		kinds  []EventKind
	}{
		{"as it should be", []func(string) string{ackOf, emptyOf}, nil, false, []EventKind{EventAck, EventSnapshot}},
		{"two acknowledgements", []func(string) string{ackOf, ackOf}, nil, true, []EventKind{EventAck}},
		{"an acknowledgement when live", []func(string) string{ackOf, emptyOf, ackOf}, nil, true, []EventKind{EventAck, EventSnapshot}},
		{"a page before the acknowledgement", []func(string) string{emptyOf}, nil, true, nil},
		{"a page after the last", []func(string) string{ackOf, emptyOf, pageOf}, nil, true, []EventKind{EventAck, EventSnapshot}},
		{"a page nobody asked for", []func(string) string{ackOf, pageOf}, []LiveOption{LiveOnly()}, true, []EventKind{EventAck}},
		{"a change before the acknowledgement", []func(string) string{
			func(id string) string { return insertText(id, 7, 70) }, ackOf, emptyOf,
		}, nil, false, []EventKind{EventAck, EventSnapshot, EventInsert}},
		{"a change before the acknowledgement, live only", []func(string) string{
			func(id string) string { return insertText(id, 7, 70) }, ackOf,
		}, []LiveOption{LiveOnly()}, false, []EventKind{EventAck, EventInsert}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				c := s.client()
				other := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.other"))
				p := s.accept()
				p.welcome()
				r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b", test.opts...))
				id := p.subscribed()
				for _, frame := range test.frames {
					p.send(frame(id))
				}
				got, end := r.seen()
				var kinds []EventKind
				for _, e := range got {
					kinds = append(kinds, e.Kind)
					is.True(e.Schema != nil)
				}
				is.Equal(kinds, test.kinds)
				is.Equal(end != "", test.bad)
				if test.bad {
					var frame *FrameError
					is.True(errors.As(r.sub.Err(), &frame))
					is.Equal(frame.SubscriptionID, id)
				}
				_, end = other.seen()
				is.Equal(end, "")
				is.True(c.IsConnected())
			})
		})
	}
}

func TestErrors_OfAQueryThatHasEndedAreLateNotTheConnections(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, b, ida, idb := two(t, s, c)
		errs := recordOf(t.Context(), c.Errors())
		a.sub.Unsubscribe()
		is.Equal(p.next().MessageType(), wire.TypeUnsubscribe)
		late := c.Stats().Late
		p.sendf(`{"type":"error","subscription_id":%q,"code":"BATCH_FETCH_FAILED","message":"Not found: Subscription not found"}`, ida)
		told, _ := errs.seen()
		is.Equal(len(told), 0)
		is.Equal(c.Stats().Late, late+1)
		p.sendf(`{"type":"error","subscription_id":%q,"code":"CONVERSION_ERROR","message":"NaN"}`, idb)
		_, _ = b.seen()
		is.True(errors.Is(b.sub.Err(), wire.CodeConversionError)) // also when it is live
		p.send(`{"type":"error","subscription_id":"whose","code":"SUBSCRIPTION_FAILED","message":"?"}`)
		told, _ = errs.seen()
		is.Equal(len(told), 1)
	})
}

func TestLoading_PagesWithoutEndEndWithTheContext(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		c := s.client()
		pages := 0
		sub := LiveEvents(c, "SELECT * FROM a.b").Subscribe(ctx, rx.OnNext(func(e Event) {
			if e.Kind == EventSnapshot {
				if pages++; pages == 100 {
					cancel()
				}
			}
		}))
		p := s.accept()
		id := p.subscribed()
		p.send(ackOf(id))
		p.send(pageOf(id))
		for {
			m := p.next()
			if m.MessageType() == wire.TypeUnsubscribe {
				break
			}
			p.send(pageOf(id))
		}
		<-sub.Done()
		is.Equal(pages, 100)
		is.True(errors.Is(sub.Err(), context.Canceled))
		is.True(c.IsConnected())
	})
}

// The socket is lost behind every single byte of what makes a stream live: whoever
// waits is told, with the right type, and the client can go on.
func TestLost_BehindEveryByte(t *testing.T) {
	var size int
	inScript(t, func(t *testing.T, s *scripted) { size = len(cutAt(t, s, 1<<20)) })
	if size < 500 {
		t.Fatalf("only %d bytes", size)
	}
	step := 1
	if testing.Short() {
		step = 17
	}
	for n := 0; n < size; n += step {
		inScript(t, func(t *testing.T, s *scripted) { cutAt(t, s, n) })
	}
}

// cutAt runs a stream on a connection that ends behind n bytes of the server's,
// and gives the bytes that came.
func cutAt(t *testing.T, s *scripted, n int) []byte {
	s.cuts = true
	cut := &cutting{net: s, left: n}
	c := s.client(WithDialer(cut.dial))
	r := recordOf(t.Context(), LiveEvents(c, "SELECT * FROM a.b"))
	go func() {
		select {
		case p := <-s.peers:
			_ = p.ws.WriteMessage(websocket.TextMessage, []byte(authText))
			_, text, err := p.ws.ReadMessage()
			if id := subscribeID(text); err == nil && id != "" {
				for _, frame := range []string{ackOf(id), emptyOf(id), insertText(id, 1, 10)} {
					_ = p.ws.WriteMessage(websocket.TextMessage, []byte(frame))
				}
			}
			_, _ = p.drain()
		case <-r.sub.Done():
		}
	}()
	got, end := r.seen()
	if n >= 1<<20 {
		if len(got) != 3 || end != "" {
			t.Fatalf("uncut: %d events, %q", len(got), end)
		}
		return cut.seen
	}
	<-r.sub.Done()
	err := r.sub.Err()
	if !errors.Is(err, ErrDisconnected) && !errors.Is(err, ErrConnect) {
		t.Fatalf("cut behind %d bytes: %v", n, err)
	}
	state, _ := recordOf(t.Context(), c.State()).seen()
	if s := state[0]; s.Phase != Failed || s.Connects != s.Disconnects || c.IsConnected() {
		t.Fatalf("cut behind %d bytes: %+v", n, s)
	}
	return nil
}

func TestErrors_AreFoundThroughAllLayers(t *testing.T) {
	said := &ServerError{Code: wire.CodeUnauthorized, Message: "no"}
	timeout := &TimeoutError{Step: "connect", After: time.Second}
	for _, test := range []struct {
		err  error
		is   []error
		isnt []error
	}{
		{&ConnectError{Step: "upgrade", Status: 503, Err: said}, []error{ErrConnect, wire.CodeUnauthorized, wire.ClassAuth}, []error{ErrDisconnected, ErrTimeout}},
		{&ConnectError{Step: "dial", Err: timeout}, []error{ErrConnect, ErrTimeout, context.DeadlineExceeded}, []error{ErrDisconnected}},
		{&ConnectError{Step: "authenticate", Err: fmt.Errorf("%w: %w", auth.ErrUnauthenticated, said)}, []error{ErrConnect, auth.ErrUnauthenticated, wire.CodeUnauthorized}, nil},
		{&DisconnectedError{Err: fmt.Errorf("%w for 10s", ErrPeerSilent)}, []error{ErrDisconnected, ErrPeerSilent}, []error{ErrConnect, ErrTimeout}},
		{&FrameError{Err: &wire.SizeError{Limit: 1}}, []error{ErrFrame, wire.ErrTooLarge}, []error{wire.ErrSyntax}},
		{fmt.Errorf("%w: WithAuth: %w", ErrConfig, auth.ErrConfig), []error{ErrConfig, rx.ErrConfig, auth.ErrConfig}, []error{ErrClosed}},
		{&LagError{Missed: 3}, []error{ErrLagged}, []error{ErrClosed}},
		{&LimitError{Err: &ServerError{Code: wire.CodeSubscriptionLimitExceeded}}, []error{ErrSubscriptionLimit, wire.CodeSubscriptionLimitExceeded}, []error{ErrLagged}},
	} {
		is := is.New(t)
		for _, err := range []error{test.err, fmt.Errorf("layer: %w", test.err), errors.Join(errors.New("x"), test.err)} {
			for _, target := range test.is {
				is.True(errors.Is(err, target))
			}
			for _, target := range test.isnt {
				is.True(!errors.Is(err, target))
			}
		}
		is.True(strings.HasPrefix(test.err.Error(), "kalam: "))
	}
}

func TestNew_ErrorsShowNoSecret(t *testing.T) {
	for _, url := range []string{
		"http://lena:hunter2@h", "http://h?token=hunter2", "http://h#hunter2", "lena:hunter2@h:2900",
		"hunter2://h", "http:///hunter2", "http://lena:hunter2@h:port", "hunter2", "http://h/%zzhunter2",
	} {
		_, err := New(url)
		is := is.New(t)
		is.True(errors.Is(err, ErrConfig))
		is.True(!strings.Contains(err.Error(), "hunter2"))
	}
}

func TestAuth_AnOversizeWelcomeIsToldAsWhatItIs(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client(WithFrameLimit(2 << 10))
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		(<-s.peers).send(strings.TrimSuffix(authText, "}") + `,"pad":"` + strings.Repeat("x", 4<<10) + `"}`)
		err := <-done
		is.True(errors.Is(err, ErrConnect))
		is.True(errors.Is(err, wire.ErrTooLarge))
	})
}

func TestPings_OfAServerThatDoesNotReadPileUpNothing(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		p, a, _, _, _ := two(t, s, c)
		flood := strings.Repeat("x", 100)
		for i := range 100_000 {
			if err := p.ws.WriteControl(websocket.PingMessage, []byte(flood), time.Now().Add(time.Second)); err != nil {
				break
			}
			if i%1000 == 0 {
				synctest.Wait()
				out := c.owner.link.out
				out.mu.Lock()
				n := len(out.queue)
				out.mu.Unlock()
				is.Equal(n, 0)
			}
		}
		<-a.sub.Done() // the write runs into its deadline
		is.True(errors.Is(a.sub.Err(), ErrDisconnected))
	})
}

// A peer that does not read stops the writer, and nothing else: what waits stays
// bounded by what is subscribed, and Close by its second.
func TestOutbox_OfAPeerThatDoesNotReadStaysSmall(t *testing.T) {
	inScript(t, func(t *testing.T, s *scripted) {
		is := is.New(t)
		c := s.client()
		go func() { _ = c.Connect(t.Context()) }()
		s.accept()
		long := "SELECT * FROM a.b WHERE v = '" + strings.Repeat("x", 60<<10) + "'"
		for range 5 { // fills what is between the two, and blocks the writer
			recordOf(t.Context(), LiveEvents(c, long))
		}
		synctest.Wait()
		for range 1000 {
			recordOf(t.Context(), LiveEvents(c, long)).sub.Unsubscribe()
		}
		synctest.Wait()
		out := c.owner.link.out
		out.mu.Lock()
		is.True(len(out.queue) < 6)
		out.mu.Unlock()
		is.True(c.IsConnected())
		start := time.Now()
		is.NoErr(c.Close(t.Context()))
		is.True(time.Since(start) <= time.Second)
		<-c.Done()
		is.True(time.Since(start) <= time.Second)
	})
}

// echoing is a source whose token is a secret that servers send back.
type echoing struct{}

func (echoing) Token(context.Context, auth.Ask) (auth.Token, error) {
	return auth.Token{Value: "hunter2.hunter2"}, nil
}

// A server, or a proxy before it, may send back what we sent it.
func TestAuth_ATokenThatIsEchoedIsShownToNobody(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		_, _ = fmt.Fprintf(w, "bad header %q", r.Header.Get("Authorization"))
	}
	for name, welcome := range map[string]string{
		"upgrade":        "",
		"auth_error":     `{"type":"auth_error","message":"Too many tokens like hunter2.hunter2"}`,
		"not a message":  `{"type":"auth_error","message":{"hunter2.hunter2":1}}`,
		"not even JSON":  `hunter2.hunter2`,
		"name of a type": `{"type":"hunter2.hunter2"}`,
	} {
		t.Run(name, func(t *testing.T) {
			inScript(t, func(t *testing.T, s *scripted) {
				is := is.New(t)
				s.sql = echo
				if welcome == "" {
					s.upgrade = echo
				}
				c := s.client(WithAuth(echoing{}))
				states := recordOf(t.Context(), c.State())
				done := make(chan error, 1)
				go func() { done <- c.Connect(t.Context()) }()
				if welcome != "" {
					(<-s.peers).send(welcome)
				}
				err := <-done
				_, sqlErr := Query[int](t.Context(), c, "SELECT 1")
				got, _ := states.seen()
				for _, shown := range []string{fmt.Sprintf("%v %+v %#v", err, err, err), fmt.Sprintf("%v %+v", sqlErr, sqlErr), fmt.Sprintf("%v %+v", got, got)} {
					is.True(err != nil)
					is.True(!strings.Contains(shown, "hunter2"))
				}
				var said *ServerError
				is.True(errors.As(sqlErr, &said))
				is.True(!strings.Contains(fmt.Sprintf("%+v", *said), "hunter2"))
			})
		})
	}
}
