package kalamtest

import (
	"github.com/kalamdb/kalamrx/client/kalamtest/internal/engine"
	"github.com/kalamdb/kalamrx/wire"
)

// Generation is a version of the protocol that a Server speaks.
type Generation string

// The generations.
//
// From 0.7 on a subscription that resumes gets the changes that it missed, deletes included, from a log of the last
// 1,024 of its table and scope (64 scopes), or CURSOR_EXPIRED when the log does not reach back so far; a row that leaves
// a filter is a delete that holds only its key and system columns, one that enters it an insert; a subscription that
// loses a change to a full queue is told CURSOR_EXPIRED and ended; live filters know IN and refuse with UNSUPPORTED what
// they cannot evaluate; a batch has 1 to 1,000 rows; an empty batch has no last_seq_id; a poll of a topic needs no group and
// gives 1 to 1,000 records; there is latest-offsets.
//
// From 0.8 on the versions of rows are in _version instead of _seq, cursors are decimal strings and nothing else (a
// number ends the socket with 1011), and on SHARED tables they count only with the version_domain that came with them.
const (
	Generation043 Generation = "0.4.3" // the default
	Generation07  Generation = "0.7"
	Generation08  Generation = "0.8"
)

// WithGeneration sets which generation of the protocol the server speaks. Default Generation043.
func WithGeneration(g Generation) Option {
	return func(c *config) error {
		switch g {
		case Generation043, Generation07, Generation08:
			c.generation = g
			return nil
		}
		return badOption("generation %q: not 0.4.3, 0.7 or 0.8", g)
	}
}

// replays reports whether there is a log of changes, and all that came with it.
func (g Generation) replays() bool { return g != Generation043 }

// domains reports whether versions are of a domain, and written as strings.
func (g Generation) domains() bool { return g == Generation08 }

func (g Generation) engine(now engine.Options) engine.Options {
	now.StrictFilters = g.replays()
	if g.domains() {
		now.VersionColumn = "_version"
	}
	return now
}

// version is what the server calls itself.
func (g Generation) version() string {
	switch g {
	case Generation07:
		return "0.7.0"
	case Generation08:
		return "0.8.0"
	}
	return serverVersion
}

// cursor completes what a batch says of where it ends.
func (g Generation) cursor(c wire.BatchControl, domain wire.Raw) wire.BatchControl {
	c.LastSeqAbsent = g.replays() && c.LastSeqID.IsZero()
	if g.domains() {
		c.LastSeqForm = wire.SeqAsString
		c.VersionDomain = domain
	}
	return c
}
