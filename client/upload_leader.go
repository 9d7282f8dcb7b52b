package client

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/kalamdb/kalamrx/wire"
)

// WithLeaders names other servers of the cluster, by their base URLs. A server that is
// not the leader refuses uploads with NOT_LEADER and says which one is: where that is
// one of these, the upload is sent there, with the token. Default none: the upload is
// tried again where it was, since nothing that an answer says may send a token
// elsewhere.
func WithLeaders(urls ...string) Option {
	leaders := make([]address, len(urls))
	var bad error
	for i, text := range urls {
		var err error
		if leaders[i], err = parseAddress(text, true); err != nil && bad == nil {
			bad = fmt.Errorf("%w: WithLeaders: number %d: %w", ErrConfig, i+1, err)
		}
	}
	return func(c *config) error {
		c.transfers.leaders = append(c.transfers.leaders, leaders...)
		return bad
	}
}

// leader is which server an error says to be the leader, if it is one that may be told
// a token.
func (c *Client) leader(err error) (*url.URL, error) {
	var said *ServerError
	if !errors.As(err, &said) || said.Code != wire.CodeNotLeader {
		return nil, nil
	}
	_, hint, _ := strings.Cut(said.Message, "Leader: ")
	hint, _, _ = strings.Cut(strings.TrimSpace(hint), " ")
	named, err := parseAddress(hint, true)
	if err != nil {
		return nil, nil
	}
	for _, known := range c.cfg.transfers.leaders {
		if known.base.String() == named.base.String() {
			return known.base, c.cfg.mayTell(known)
		}
	}
	return nil, nil
}
