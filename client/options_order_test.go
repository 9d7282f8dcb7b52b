package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

// everyOption is one of each, by name, but for WithHTTPClient, which the others contradict.
// A new option belongs here: a test holds it to that.
func everyOption() map[string]Option {
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, errNoConn }
	return map[string]Option{
		"WithAuth":               WithAuth(auth.Password("lena", "invented-order-1")),
		"WithEventHandlers":      WithEventHandlers(EventHandlers{}),
		"WithTimeout":            WithTimeout(time.Second),
		"WithMaxRetries":         WithMaxRetries(7),
		"WithConnectTimeout":     WithConnectTimeout(2 * time.Second),
		"WithAuthTimeout":        WithAuthTimeout(3 * time.Second),
		"WithSubscribeTimeout":   WithSubscribeTimeout(4 * time.Second),
		"WithInitialDataTimeout": WithInitialDataTimeout(6 * time.Second),
		"WithSendTimeout":        WithSendTimeout(7 * time.Second),
		"WithIdleTimeout":        WithIdleTimeout(8 * time.Second),
		"WithKeepalive":          WithKeepalive(5 * time.Second),
		"WithPeerTimeout":        WithPeerTimeout(9 * time.Second),
		"WithTimeouts":           WithTimeouts(RelaxedTimeouts()),
		"WithTransferTimeout":    WithTransferTimeout(10 * time.Second),
		"WithMaxFiles":           WithMaxFiles(3),
		"WithMaxFileSize":        WithMaxFileSize(20 << 10),
		"WithMaxUploadSize":      WithMaxUploadSize(21 << 20),
		"WithLeaders":            WithLeaders("https://node2.example:2900"),
		"WithNamespace":          WithNamespace("chat"),
		"WithDialer":             WithDialer(dial),
		"WithTLSConfig":          WithTLSConfig(&tls.Config{}),
		"WithProxy":              WithProxy(http.ProxyFromEnvironment),
		"WithHeader":             WithHeader("X-Tenant", "acme"),
		"WithLogger":             WithLogger(slog.Default()),
		"WithInsecureToken":      WithInsecureToken(),
		"WithoutCompression":     WithoutCompression(),
		"WithFrameLimit":         WithFrameLimit(2048),
		"WithUnpackedLimit":      WithUnpackedLimit(4096),
		"WithQueueLength":        WithQueueLength(11),
		"WithQueueBytes":         WithQueueBytes(12 << 10),
		"WithMaxLiveQueries":     WithMaxLiveQueries(13),
		"WithMessageRate":        WithMessageRate(14),
		"WithBackoff":            WithBackoff(15*time.Second, 16*time.Second),
		"WithReconnectAttempts":  WithReconnectAttempts(17),
		"WithImmediateReconnect": WithImmediateReconnect(),
		"WithoutReconnect":       WithoutReconnect(),
		"WithAuditInterval":      WithAuditInterval(18 * time.Second),
		"WithAuditRate":          WithAuditRate(19),
	}
}

// optionNames are the options that the package's source declares.
func optionNames(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if name := optionName(d); name != "" && !strings.HasSuffix(file, "_test.go") {
				names = append(names, name)
			}
		}
	}
	return names
}

// optionName is the name of an exported function that gives an Option.
func optionName(d ast.Decl) string {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
		return ""
	}
	if of, ok := f.Type.Results.List[0].Type.(*ast.Ident); !ok || of.Name != "Option" {
		return ""
	}
	return f.Name.Name
}

// shown is a configuration as a text: functions as their addresses, what is cloned as
// whether it is there.
func shown(c config) string {
	there := c.tls != nil
	c.tls = nil
	var leaders []string
	for _, leader := range c.transfers.leaders {
		leaders = append(leaders, leader.base.String())
	}
	c.transfers.leaders = nil
	return fmt.Sprintf("%+v %v %v", c, there, leaders)
}

func TestOptions_OrderNeverMattersAndEachHasAnEffect(t *testing.T) {
	is := is.New(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	all := everyOption()
	for _, name := range optionNames(t) {
		if _, there := all[name]; !there && name != "WithHTTPClient" {
			t.Errorf("%s is not among the options that are permuted", name)
		}
	}
	var opts []Option
	for name, opt := range all {
		opts = append(opts, opt)
		before, err := newConfig()
		is.NoErr(err)
		after, err := newConfig([]Option{opt})
		is.NoErr(err)
		if shown(before) == shown(after) {
			t.Errorf("%s changes nothing", name)
		}
	}
	first, err := newConfig(opts)
	is.NoErr(err)
	for range 300 {
		random.Shuffle(len(opts), func(i, k int) { opts[i], opts[k] = opts[k], opts[i] })
		c, err := newConfig(opts)
		is.NoErr(err)
		is.Equal(shown(c), shown(first))
	}
}

// No secret of an option is in any printed form of a configuration.
func TestOptions_ShowNoSecret(t *testing.T) {
	is := is.New(t)
	c, err := newConfig(slices.Collect(maps.Values(everyOption())))
	is.NoErr(err)
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c)} {
		is.True(!strings.Contains(text, "invented-order-1"))
	}
}
