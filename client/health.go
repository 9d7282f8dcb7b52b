package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/kalamdb/kalamrx/wire"
)

// Health is what a server says of itself to callers on its own machine. To others it says
// nothing, which is an answer, too: it is there.
type Health struct {
	wire.Health
	Restricted bool // it is there, and tells us no more
}

// ClusterHealth is what a server says of its cluster, likewise.
type ClusterHealth struct {
	wire.ClusterHealth
	Restricted bool // it is there, and tells us no more
}

// Health asks the server how it is. Without an error it is reachable; on another machine
// than the server's it answers 403, which is Restricted and no error. No token is sent, and
// nothing is kept: each call asks, where other SDKs give an answer of the last 10 s. It is
// tried again as a statement that reads is. WithTimeout bounds it.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var h Health
	var err error
	h.Restricted, err = c.askHealth(ctx, request{op: "health", path: "/v1/api/healthcheck"}, &h.Health)
	return h, err
}

// ClusterHealth asks the server how its cluster is; as Health does.
func (c *Client) ClusterHealth(ctx context.Context) (ClusterHealth, error) {
	var h ClusterHealth
	var err error
	h.Restricted, err = c.askHealth(ctx, request{op: "cluster health", path: "/v1/api/cluster/health"}, &h.ClusterHealth)
	return h, err
}

// askHealth asks what is told to callers on the server's machine only.
func (c *Client) askHealth(ctx context.Context, r request, into any) (restricted bool, err error) {
	r.method, r.anonymous = http.MethodGet, true
	err = c.call(ctx, r, into)
	var said *ServerError
	if errors.As(err, &said) && said.HTTPStatus == http.StatusForbidden {
		return true, nil
	}
	return false, err
}
