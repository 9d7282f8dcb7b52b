package client

import (
	"slices"
	"sync"

	"github.com/kalamdb/kalamrx/wire"
)

// schemas has schemas that say the same be the same slice, whoever sent them: they are
// kept once, and decoders know them by their address. The mutex is a leaf lock.
type schemas struct {
	mu    sync.Mutex
	known []wire.Schema // the newest last
}

// maxSchemas is how many are known.
const maxSchemas = 128

// same gives the schema that says what s says; s itself the first time.
func (all *schemas) same(s wire.Schema) wire.Schema {
	if len(s) == 0 {
		return s
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, known := range all.known {
		if sameSchema(known, s) {
			return known
		}
	}
	if len(all.known) == maxSchemas {
		all.known = slices.Delete(all.known, 0, maxSchemas/2)
	}
	all.known = append(all.known, s)
	return s
}

func sameSchema(a, b wire.Schema) bool {
	return slices.EqualFunc(a, b, func(x, y wire.Column) bool {
		return x.Name == y.Name && x.Type == y.Type && x.Index == y.Index && slices.Equal(x.Flags, y.Flags)
	})
}
