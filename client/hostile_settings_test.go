package client

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/matryer/is"
)

// A DSN holds against the environment also where it says what the default is.
func TestFromEnv_ADSNTakesBackWhatTheEnvironmentAllows(t *testing.T) {
	is := is.New(t)
	setEnv(t, map[string]string{
		"URL": "kalam://localhost?insecure_token=false&compression=true", "INSECURE_TOKEN": "true", "COMPRESSION": "false",
	})
	c, err := FromEnv()
	is.NoErr(err)
	is.True(!c.cfg.insecure)
	is.True(c.cfg.compress)
	is.NoErr(c.Close(t.Context()))
}

// Values of which each needs the other are not looked at one by one.
func TestFromEnv_ValuesThatGoTogetherAreTaken(t *testing.T) {
	is := is.New(t)
	setEnv(t, map[string]string{"URL": "http://localhost", "KEEPALIVE": "1s", "PEER_TIMEOUT": "3s"})
	c, err := FromEnv()
	is.NoErr(err)
	is.Equal(c.cfg.peer, 3*time.Second)
	is.NoErr(c.Close(t.Context()))
}

// A peer timeout is a time, whoever says later how often pings are sent; a group of
// times given later replaces it.
func TestTimeouts_APeerTimeoutHoldsThroughLayers(t *testing.T) {
	for _, test := range []struct {
		name   string
		layers [][]Option
		want   time.Duration
	}{
		{"a longer keepalive later", [][]Option{{WithPeerTimeout(20 * time.Second)}, {WithKeepalive(9 * time.Second)}}, 20 * time.Second},
		{"a shorter one", [][]Option{{WithPeerTimeout(3 * time.Second)}, {WithKeepalive(time.Second)}}, 3 * time.Second},
		{"a group later", [][]Option{{WithPeerTimeout(20 * time.Second)}, {WithTimeouts(FastTimeouts())}}, 7 * time.Second},
		{"a group before", [][]Option{{WithTimeouts(FastTimeouts())}, {WithPeerTimeout(20 * time.Second)}}, 20 * time.Second},
		{"a group beside", [][]Option{{WithPeerTimeout(20 * time.Second), WithTimeouts(FastTimeouts())}}, 20 * time.Second},
		{"another later", [][]Option{{WithPeerTimeout(20 * time.Second)}, {WithPeerTimeout(30 * time.Second)}}, 30 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			is := is.New(t)
			c, err := newConfig(test.layers...)
			is.NoErr(err)
			is.Equal(c.peer, test.want)
		})
	}
}

// Who says who asks need not put the environment right.
func TestFromEnv_AnIdentityIsNotAskedForWhereItIsSaid(t *testing.T) {
	is := is.New(t)
	setEnv(t, map[string]string{"URL": "http://localhost", "USER": "lena"})
	_, err := FromEnv(WithAuth(auth.None()))
	is.NoErr(err)
	setEnv(t, map[string]string{"URL": "kalam://lena:" + dsnPassword + "@localhost", "TOKEN": "x"})
	_, err = FromEnv()
	is.NoErr(err)
}
