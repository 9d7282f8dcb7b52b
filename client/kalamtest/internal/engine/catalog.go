package engine

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// catalog knows namespaces and tables. Writers hold the engine's turn as well.
type catalog struct {
	mu         sync.RWMutex
	namespaces map[string]bool
	tables     map[TableID]*table
	made       int // tables ever made: names the SQLite tables
}

func newCatalog() *catalog {
	return &catalog{
		namespaces: map[string]bool{"default": true, "system": true},
		tables:     make(map[TableID]*table),
	}
}

// table gives a table by exact name, or in lower case; nil if there is none.
func (c *catalog) table(id TableID) *table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if t := c.tables[id]; t != nil {
		return t
	}
	return c.tables[TableID{strings.ToLower(id.Namespace), strings.ToLower(id.Name)}]
}

func (c *catalog) hasNamespace(name string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.namespaces[name]
}

func (c *catalog) addNamespace(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.namespaces[name] = true
}

func (c *catalog) dropNamespace(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.namespaces, name)
}

func (c *catalog) addTable(t *table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tables[t.id] = t
}

func (c *catalog) dropTable(id TableID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tables, id)
}

// stored gives the table that has the SQLite table.
func (c *catalog) stored(store string) *table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, t := range c.tables {
		if t.store == store {
			return t
		}
	}
	return nil
}

// list gives the namespaces and tables in order.
func (c *catalog) list() (namespaces []string, tables []*table) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for name := range c.namespaces {
		namespaces = append(namespaces, name)
	}
	for _, t := range c.tables {
		tables = append(tables, t)
	}
	slices.Sort(namespaces)
	slices.SortFunc(tables, func(a, b *table) int {
		return cmp.Or(strings.Compare(a.id.Namespace, b.id.Namespace), strings.Compare(a.id.Name, b.id.Name))
	})
	return namespaces, tables
}
