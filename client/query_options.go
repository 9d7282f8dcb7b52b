package client

import "fmt"

// queryOptions are what queries have of the client's configuration.
type queryOptions struct {
	namespace string
}

// WithNamespace is where the tables of queries are looked for whose names have no
// namespace; it is not for live queries, which must name it. Default: the server's
// own, "default".
func WithNamespace(name string) Option {
	return func(c *config) error {
		if err := checkNamespace("WithNamespace", name); err != nil {
			return err
		}
		c.namespace = name
		return nil
	}
}

// maxName is the longest name of a namespace or table, in bytes.
const maxName = 64

// checkNamespace holds a name to what the server takes: a letter, then letters,
// digits and underscores.
func checkNamespace(option, name string) error {
	good := name != "" && len(name) <= maxName
	for i := 0; good && i < len(name); i++ {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		good = letter || i > 0 && (c == '_' || c >= '0' && c <= '9')
	}
	if !good {
		return fmt.Errorf("%w: %s: %q is no name of a namespace", ErrConfig, option, name)
	}
	return nil
}
