package client

import (
	"fmt"

	"github.com/kalamdb/kalamrx/auth"
)

// carrying says where secrets may go.
type carrying struct {
	insecure bool // also where anybody on the way can read them
}

// WithInsecureToken lets passwords and tokens go over plain http and ws to a host that is
// not this machine, where everybody on the way can read and use them. Without it New
// refuses a source other than auth.None() there, with ErrConfig, and so do Login,
// Refresh and Setup. This machine is localhost, every name below .localhost, and the
// addresses 127.0.0.0/8 and ::1, unless WithProxy stands between. https needs no
// permission.
func WithInsecureToken() Option {
	return func(c *config) error {
		c.insecure = true
		return nil
	}
}

// mayCarry says, as an error that is ErrConfig, that the secrets of a source must not
// travel to where an address is. Only the source of nobody has none.
func (c *config) mayCarry(to address, source auth.Source) error {
	if source == auth.None() {
		return nil
	}
	return c.mayTell(to)
}

// mayTell is mayCarry for a secret that is there.
func (c *config) mayTell(to address) error {
	switch {
	case c.insecure || to.base.Scheme == "https":
		return nil
	case !auth.Secure(to.base):
		return fmt.Errorf("%w: WithInsecureToken: a token or password would go over plain http to %s",
			ErrConfig, to.base.Host)
	case c.web.proxy != nil:
		return fmt.Errorf("%w: WithInsecureToken: a token or password would go over plain http to a proxy", ErrConfig)
	}
	return nil
}
