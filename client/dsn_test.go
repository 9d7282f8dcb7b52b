package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

// dsnPassword is in DSNs of these tests, and must be in no text of theirs.
const dsnPassword = "Hunter-dsn-2"

func TestDSN_SaysWhereWhoAndHow(t *testing.T) {
	for _, test := range []struct{ text, url, user, namespace, again string }{
		{"kalam://localhost", "http://localhost:2900", "", "", "kalam://localhost:2900"},
		{"kalam://localhost:8080/", "http://localhost:8080", "", "", "kalam://localhost:8080"},
		{"kalams://db.example", "https://db.example:443", "", "", "kalams://db.example:443"},
		{"kalams://db.example:2900/chat", "https://db.example:2900", "", "chat", "kalams://db.example:2900/chat"},
		{"KALAM://[::1]", "http://[::1]:2900", "", "", "kalam://[::1]:2900"},
		{"kalam://lena:p%40ss%2Fw@localhost/chat", "http://localhost:2900", "lena", "chat", "kalam://lena:p%40ss%2Fw@localhost:2900/chat"},
		{"kalam://localhost?timeout=10s&max_retries=1", "http://localhost:2900", "", "", "kalam://localhost:2900?max_retries=1&timeout=10s"},
	} {
		is := is.New(t)
		d, err := ParseDSN(test.text)
		is.NoErr(err)
		is.Equal([]string{d.URL(), d.User(), d.Namespace(), d.Text()}, []string{test.url, test.user, test.namespace, test.again})
		c, err := Open(test.text)
		is.NoErr(err)
		is.Equal(c.URL(), test.url)
		is.NoErr(c.Close(t.Context()))
	}
}

func TestDSN_EveryParameterIsItsOption(t *testing.T) {
	want := map[string]Option{
		"timeout=10s": WithTimeout(10 * time.Second), "connect_timeout=1m": WithConnectTimeout(time.Minute),
		"send_timeout=3s": WithSendTimeout(3 * time.Second), "subscribe_timeout=7s": WithSubscribeTimeout(7 * time.Second),
		"auth_timeout=8s": WithAuthTimeout(8 * time.Second), "initial_data_timeout=9s": WithInitialDataTimeout(9 * time.Second),
		"transfer_timeout=11s": WithTransferTimeout(11 * time.Second), "idle_timeout=12s": WithIdleTimeout(12 * time.Second),
		"peer_timeout=13s": WithPeerTimeout(13 * time.Second), "keepalive=5s": WithKeepalive(5 * time.Second),
		"timeouts=fast": WithTimeouts(FastTimeouts()), "timeouts=relaxed": WithTimeouts(RelaxedTimeouts()),
		"max_retries=9": WithMaxRetries(9), "compression=false": WithoutCompression(), "insecure_token=true": WithInsecureToken(),
	}
	seen := map[string]bool{}
	for param, opt := range want {
		is := is.New(t)
		d, err := ParseDSN("kalam://localhost?" + param)
		is.NoErr(err)
		said, err := d.options()
		is.NoErr(err)
		got, err := newConfig(said)
		is.NoErr(err)
		as, err := newConfig([]Option{opt})
		is.NoErr(err)
		is.Equal(shown(got), shown(as))
		name, _, _ := strings.Cut(param, "=")
		seen[name] = true
	}
	for _, name := range settingNames() {
		is.New(t).True(seen[name])
	}
}

func TestDSN_WhatIsRefusedIsNotShown(t *testing.T) {
	for _, test := range []struct{ text, says string }{
		{"", "scheme"}, {"http://localhost", "scheme"}, {"kalam:localhost", "host"}, {"kalam://", "host"}, {"kalam://:2900", "host"},
		{"kalam://localhost:", "port"}, {"kalam://localhost:port", "parsed"}, {"kalam://localhost:65536", "65535"}, {"kalam://%zz", "parsed"},
		{"kalam://localhost#x", "fragment"}, {"kalam://localhost/a/b", "namespace"}, {"kalam://localhost/a-b", "namespace"},
		{"kalam://lena@localhost", "no password"}, {"kalam://lena:@localhost", "password is empty"}, {"kalam://:x@localhost", "user is empty"},
		{"kalam://localhost?token=x", "KALAMDB_TOKEN"}, {"kalam://localhost?nonsense=1", "not known"},
		{"kalam://localhost?timeout=1s&timeout=1s", "timeout is given twice"}, {"kalam://localhost?timeout=x", "timeout is not a time"},
		{"kalam://localhost?timeout=0s", "WithTimeout"}, {"kalam://localhost?keepalive=15s", "WithKeepalive"},
		{"kalam://localhost?timeouts=slow", "timeouts is not"}, {"kalam://localhost?max_retries=x", "max_retries is not"},
		{"kalam://localhost?compression=1", "compression is not"}, {"kalam://localhost?a;b", "parsed"},
		// The password in a wrong place, because it was not escaped.
		{"kalam://lena:" + dsnPassword + "/x@localhost", "parsed"},
		{"kalam://lena:" + dsnPassword + "#@localhost", "parsed"},
		{"kalam://lena:1/" + dsnPassword + "@localhost", "namespace"},
		{"kalam://lena:1?" + dsnPassword + "@localhost", "not known"},
		{"kalam://" + dsnPassword + "@localhost", "no password"},
		{dsnPassword, "scheme"},
		{"kalam://lena:" + dsnPassword + "@localhost?" + dsnPassword + "=1", "not known"},
		{"kalam://lena:" + dsnPassword + "@localhost?timeout=" + dsnPassword, "not a time"},
		{"kalam://lena:" + dsnPassword + "@localhost/" + dsnPassword, "namespace"},
	} {
		t.Run(test.says, func(t *testing.T) {
			is := is.New(t)
			_, err := ParseDSN(test.text)
			is.True(errors.Is(err, ErrConfig))
			is.True(strings.Contains(err.Error(), test.says))
			is.True(!strings.Contains(err.Error(), dsnPassword))
			_, err = Open(test.text)
			is.True(errors.Is(err, ErrConfig))
		})
	}
}

func TestDSN_NoPrintedFormShowsThePassword(t *testing.T) {
	is := is.New(t)
	d, err := ParseDSN("kalam://lena:" + dsnPassword + "@localhost/chat")
	is.NoErr(err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "dsn", d, "in", struct{ D DSN }{d})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "dsn", d, "in", struct{ D DSN }{d})
	encoded, err := json.Marshal(map[string]any{"dsn": d})
	is.NoErr(err)
	for _, text := range []string{
		d.String(), fmt.Sprint(d), fmt.Sprintf("%+v %#v %s %q %d %x", d, d, d, d, d, d), log.String(), string(encoded),
		fmt.Sprintf("%+v %#v", struct{ d DSN }{d}, struct{ D *DSN }{&d}),
	} {
		is.True(!strings.Contains(text, dsnPassword))
		is.True(!strings.Contains(text, fmt.Sprintf("%x", dsnPassword)))
	}
	is.Equal(d.String(), "kalam://lena:xxxxx@localhost:2900/chat")
	is.True(strings.Contains(d.Text(), dsnPassword))
	is.Equal(DSN{}.String()+DSN{}.Text()+DSN{}.URL(), "")
}

func TestDSN_ATokenOverPlainHTTPIsRefusedAsEverywhere(t *testing.T) {
	is := is.New(t)
	_, err := Open("kalam://lena:" + dsnPassword + "@db.example")
	is.True(errors.Is(err, ErrConfig))
	for _, text := range []string{"kalams://lena:" + dsnPassword + "@db.example", "kalam://lena:" + dsnPassword + "@db.example?insecure_token=true"} {
		_, err = Open(text)
		is.NoErr(err)
	}
}

func setEnv(t *testing.T, vars map[string]string) {
	for _, name := range []string{"URL", "USER", "PASSWORD", "TOKEN", "NAMESPACE"} {
		t.Setenv("KALAMDB_"+name, "")
	}
	for _, name := range settingNames() {
		t.Setenv("KALAMDB_"+strings.ToUpper(name), "")
	}
	for name, value := range vars {
		t.Setenv("KALAMDB_"+name, value)
	}
}

// One precedence: an option, the DSN, a variable of its own, the default.
func TestFromEnv_WhatIsSaidTwiceHoldsInOrder(t *testing.T) {
	is := is.New(t)
	environment := map[string]string{
		"URL": "kalam://dsn-user:" + dsnPassword + "@localhost/of_dsn?max_retries=2&timeout=2s", "USER": "env-user", "PASSWORD": "Hunter-env-1",
		"NAMESPACE": "of_env", "TIMEOUT": "1s", "MAX_RETRIES": "1", "CONNECT_TIMEOUT": "1s", "TIMEOUTS": "fast",
	}
	setEnv(t, environment)
	c, err := FromEnv(WithTimeout(3*time.Second), WithNamespace("of_option"))
	is.NoErr(err)
	is.Equal(c.URL(), "http://localhost:2900")
	is.Equal(c.cfg.namespace, "of_option")
	is.Equal(c.cfg.timeout, 3*time.Second)
	is.Equal(c.cfg.maxRetries, 2)
	is.Equal(c.cfg.connect, time.Second)
	is.Equal(c.cfg.initialData, FastTimeouts().InitialData) // a preset of the environment
	is.Equal(c.cfg.peer, FastTimeouts().Keepalive+FastTimeouts().Pong)
	is.Equal(c.cfg.queue, 1024)
	is.Equal(fmt.Sprint(c.cfg.auth), "password(dsn-user)")

	environment["URL"] = "http://localhost:1/prefix"
	setEnv(t, environment)
	c, err = FromEnv()
	is.NoErr(err)
	is.Equal(c.URL(), "http://localhost:1/prefix")
	is.Equal(c.cfg.namespace, "of_env")
	is.Equal(c.cfg.timeout, time.Second)
	is.Equal(fmt.Sprint(c.cfg.auth), "password(env-user)")
	c, err = FromEnv(WithAuth(auth.None()), WithTimeouts(RelaxedTimeouts())) // a group given here, too
	is.NoErr(err)
	is.Equal(timesOf(c.cfg), RelaxedTimeouts())
	is.Equal(fmt.Sprint(c.cfg.auth), fmt.Sprint(auth.None()))
}

func TestFromEnv_WhatCannotWorkNamesTheVariableAndShowsNoValue(t *testing.T) {
	const url = "http://localhost:2900"
	for _, test := range []struct {
		names string
		vars  map[string]string
	}{
		{"KALAMDB_URL", nil},
		{"KALAMDB_URL", map[string]string{"URL": "kalam://lena:" + dsnPassword + "/x@localhost"}},
		{"base URL", map[string]string{"URL": "http://lena:" + dsnPassword + "@localhost"}},
		{"KALAMDB_USER", map[string]string{"URL": url, "USER": "lena"}},
		{"KALAMDB_PASSWORD", map[string]string{"URL": url, "PASSWORD": dsnPassword}},
		{"KALAMDB_TOKEN", map[string]string{"URL": url, "TOKEN": dsnPassword}},
		{`begins with "Bearer "`, map[string]string{"URL": url, "TOKEN": "Bearer " + dsnPassword}}, // and why
		{"KALAMDB_TOKEN", map[string]string{"URL": url, "TOKEN": "a.b.c", "USER": "lena", "PASSWORD": dsnPassword}},
		{"KALAMDB_NAMESPACE", map[string]string{"URL": url, "NAMESPACE": dsnPassword + "/"}},
		{"KALAMDB_TIMEOUT", map[string]string{"URL": url, "TIMEOUT": dsnPassword}},
		{"KALAMDB_TIMEOUT", map[string]string{"URL": url, "TIMEOUT": "-1s"}},
		{"KALAMDB_MAX_RETRIES", map[string]string{"URL": url, "MAX_RETRIES": dsnPassword}},
		{"KALAMDB_KEEPALIVE", map[string]string{"URL": url, "KEEPALIVE": "10s"}},
		{"WithInsecureToken", map[string]string{"URL": "http://db.example", "USER": "lena", "PASSWORD": dsnPassword}},
	} {
		t.Run(test.names, func(t *testing.T) {
			is := is.New(t)
			setEnv(t, test.vars)
			_, err := FromEnv()
			is.True(errors.Is(err, ErrConfig))
			is.True(strings.Contains(err.Error(), test.names))
			is.True(!strings.Contains(err.Error(), dsnPassword))
		})
	}
}

// The text of an error does not depend on the password, a marker put anywhere in the text is
// not in it, and what is read is read the same again.
func FuzzParseDSN(f *testing.F) {
	for _, seed := range [][2]string{
		{"kalam://", "@localhost:2900/chat?timeout=10s"}, {"kalams://lena:", "@db.example"}, {"kalam://[::1%25en0]:1/", "?timeouts=fast"},
		{"kalam://u:p@h?", "=1"}, {"kalam://localhost?timeout=", ""}, {"", ""}, {"kalam://h/", ""}, {"kalam://h:1?keepalive=1s&", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, before, behind string) {
		const marker = "Q9markerQ9"
		for _, text := range []string{before + behind, before + marker + behind, before + url.QueryEscape(marker) + "%20" + behind} {
			d, err := ParseDSN(text)
			if err != nil {
				if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), marker) {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			again, err := ParseDSN(d.Text())
			if err != nil || again.Text() != d.Text() || again.URL() != d.URL() {
				t.Fatalf("%q: %q: %v, %q", text, d.Text(), err, again.Text())
			}
			if d.password != nil && len(d.password()) > 5 && strings.Contains(d.String(), ":"+url.QueryEscape(d.password())+"@") {
				t.Fatalf("%q is shown as %q", text, d.String())
			}
			if _, err := ParseDSN(d.String()); err != nil { // the mask takes the password's place, so nothing else may fail
				t.Fatalf("%q: %v", d.String(), err)
			}
		}
	})
}
