package client

import (
	"database/sql"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
)

func TestNew_BadInputIsAnErrorThatNamesTheOption(t *testing.T) {
	for _, test := range []struct {
		url   string
		opt   Option
		names string
	}{
		{"", nil, "base URL"},
		{"ftp://h", nil, "http"},
		{"http://", nil, "host"},
		{"http://lena:secret@h", nil, "credentials"},
		{"http://h?x=1", nil, "query"},
		{"http://h#f", nil, "fragment"},
		{"http://h:port", nil, "base URL"},
		{"localhost:2900", nil, "begin with http://"}, // no scheme, or one that is localhost
		{"127.0.0.1", nil, "begin with http://"},
		{"127.0.0.1:2900", nil, "like http://"},
		{"http://h:65536", nil, "port"},
		{"http://h:0", nil, "port"},
		{"http://h", WithTimeout(0), "WithTimeout"},
		{"http://h", WithTimeout(-1), "WithTimeout"},
		{"http://h", WithMaxRetries(-1), "WithMaxRetries"},
		{"http://h", WithConnectTimeout(0), "WithConnectTimeout"},
		{"http://h", WithAuthTimeout(0), "WithAuthTimeout"},
		{"http://h", WithSubscribeTimeout(0), "WithSubscribeTimeout"},
		{"http://h", WithInitialDataTimeout(0), "WithInitialDataTimeout"},
		{"http://h", WithKeepalive(10 * time.Second), "WithKeepalive"},
		{"http://h", WithPeerTimeout(4 * time.Second), "WithPeerTimeout"},
		{"http://h", WithFrameLimit(10), "WithFrameLimit"},
		{"http://h", WithUnpackedLimit(0), "WithUnpackedLimit"},
		{"http://h", WithQueueLength(0), "WithQueueLength"},
		{"http://h", WithAuth(nil), "WithAuth"},
		{"http://h", WithDialer(nil), "WithDialer"},
		{"http://h", WithTLSConfig(nil), "WithTLSConfig"},
	} {
		t.Run(test.names, func(t *testing.T) {
			is := is.New(t)
			var opts []Option
			if test.opt != nil {
				opts = append(opts, test.opt)
			}
			_, err := New(test.url, opts...)
			is.True(errors.Is(err, ErrConfig))
			is.True(strings.Contains(err.Error(), test.names))
			is.True(!strings.Contains(err.Error(), "secret"))
		})
	}
}

func TestNew_NilOptionIsAnError(t *testing.T) {
	_, err := New("http://h", nil)
	is.New(t).True(errors.Is(err, ErrConfig))
}

func TestAddress_SocketFollowsTheBaseURL(t *testing.T) {
	for _, test := range []struct{ in, base, socket string }{
		{"http://h:2900", "http://h:2900", "ws://h:2900/v1/ws"},
		{"http://h:2900/", "http://h:2900", "ws://h:2900/v1/ws"},
		{"https://h", "https://h", "wss://h/v1/ws"},
		{"ws://h", "http://h", "ws://h/v1/ws"},
		{"wss://h/kalam/", "https://h/kalam", "wss://h/kalam/v1/ws"},
		{"http://[::1]:2900", "http://[::1]:2900", "ws://[::1]:2900/v1/ws"},
	} {
		is := is.New(t)
		a, err := parseAddress(test.in, true)
		is.NoErr(err)
		is.Equal(a.base.String(), test.base)
		is.Equal(a.socket, test.socket)
	}
	a, _ := parseAddress("http://h", false)
	is.New(t).Equal(a.socket, "ws://h/v1/ws?compress=false")
}

func TestLiveOptions_BadOnesEndTheStreamAtOnce(t *testing.T) {
	is := is.New(t)
	c, err := New("http://h")
	is.NoErr(err)
	for _, opts := range [][]LiveOption{
		{BatchSize(0)}, {BatchSize(1001)}, {LastRows(0)}, {LastRows(1001)}, {QueueLength(0)}, {nil},
		{LastRows(10), BatchSize(5)}, {BatchSize(5), LastRows(10)},
		{LiveOnly(), BatchSize(5)}, {LastRows(5), LiveOnly()},
	} {
		sub := LiveEvents(c, "SELECT * FROM a.b", opts...).Subscribe(t.Context(), onNextEvent(nil))
		<-sub.Done()
		is.True(errors.Is(sub.Err(), ErrConfig))
	}
	for _, sql := range []string{"", "  \n"} {
		is.True(errors.Is(LiveEvents(c, sql).Subscribe(t.Context(), onNextEvent(nil)).Err(), ErrConfig))
	}
	long := "SELECT * FROM a.b WHERE v = '" + strings.Repeat("x", 64<<10) + "'"
	is.True(errors.Is(LiveEvents(c, long).Subscribe(t.Context(), onNextEvent(nil)).Err(), ErrConfig))
	is.Equal(recordOf(t.Context(), c.State()).sub.Err(), nil) // and nothing was dialled
	is.NoErr(c.Close(t.Context()))
	<-c.Done()
}

func TestReadsOnly_DecidesWhatIsSentAgain(t *testing.T) {
	for _, sql := range []string{
		"SELECT 1", " select 1 ;", "-- why\nSELECT 1", "/* a */ (SELECT 1)", "SHOW TABLES", "DESCRIBE TABLE a.b",
		"EXPLAIN SELECT 1", "EXPLAIN (VERBOSE) SELECT 'analyze'", "SELECT ';' ; -- end",
	} {
		is.New(t).True(readsOnly(sql))
	}
	for _, sql := range []string{
		"", "INSERT INTO a.b VALUES (1)", "SELECT 1; DELETE FROM a.b", "EXPLAIN ANALYZE DELETE FROM a.b", "-- SELECT 1",
		"EXPLAIN (ANALYZE) DELETE FROM a.b", "(EXPLAIN VERBOSE /* it */ analyze DELETE FROM a.b)", "SELECT 1 -- x\r; DELETE FROM a.b",
		"EXECUTE AS USER 'x' (SELECT 1)", "WITH x AS (SELECT 1) SELECT * FROM x", "SELECTED", "'select'",
	} {
		is.New(t).True(!readsOnly(sql))
	}
}

type named int8

func TestParams_AreSentExactlyOrNotAtAll(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 123456000, time.UTC)
	n := int64(7)
	for _, test := range []struct{ in, want any }{
		{nil, nil}, {true, true}, {7, int64(7)}, {named(-7), int64(-7)}, {uint64(math.MaxInt64), int64(math.MaxInt64)},
		{1.5, 1.5}, {float32(0.5), 0.5}, {"x", "x"}, {at, int64(1772323200123456)}, {&n, int64(7)}, {(*int64)(nil), nil},
		{sql.NullString{}, nil}, {sql.NullInt64{Int64: 3, Valid: true}, int64(3)}, {time.Second, int64(time.Second)},
	} {
		got, err := encodeParams([]any{test.in})
		is := is.New(t)
		is.NoErr(err)
		is.Equal(got[0], test.want)
	}
	for _, bad := range []any{
		uint64(math.MaxInt64) + 1, math.NaN(), math.Inf(1), []byte("x"), []int{1}, map[string]int{}, struct{}{}, make(chan int), func() {},
	} {
		_, err := encodeParams([]any{"fine", bad})
		is := is.New(t)
		is.True(errors.Is(err, ErrParam))
		is.True(strings.Contains(err.Error(), "$2"))
	}
	_, err := encodeParams(make([]any, 51))
	is.New(t).True(errors.Is(err, ErrParam))
}
