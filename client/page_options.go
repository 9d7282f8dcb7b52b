package client

import "fmt"

// pageOptions are what the options of a QueryAll say.
type pageOptions struct {
	size   int
	key    string
	params []any
}

// PageOption is an option of QueryAll. They may come in any order; of the same twice
// the last one counts. A value that cannot work ends the stream with ErrConfig.
type PageOption func(*pageOptions) error

func newPageOptions(opts []PageOption) (pageOptions, error) {
	o := pageOptions{size: maxBatch}
	for _, opt := range opts {
		if opt == nil {
			return o, fmt.Errorf("%w: nil option", ErrConfig)
		}
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// PageSize is how many rows are asked for at a time, 1 to 1,000. Default 1,000.
func PageSize(rows int) PageOption {
	return func(o *pageOptions) error {
		if rows < 1 || rows > maxBatch {
			return fmt.Errorf("%w: PageSize: %d is not in 1 to %d", ErrConfig, rows, maxBatch)
		}
		o.size = rows
		return nil
	}
}

// PageKey names the column in whose order rows are read: an integer, text or UUID, of
// which no two rows have the same, none has NULL, and none's changes. Default: the
// primary key, which the server is asked for.
func PageKey(column string) PageOption {
	return func(o *pageOptions) error {
		if column == "" {
			return fmt.Errorf("%w: PageKey: no name", ErrConfig)
		}
		o.key = column
		return nil
	}
}

// PageParams are the parameters of the query, as those of Query are; at most 49, since
// the place of the page is one, too.
func PageParams(params ...any) PageOption {
	return func(o *pageOptions) error {
		if len(params) >= maxParams {
			return fmt.Errorf("%w: PageParams: %d, the server takes %d", ErrConfig, len(params), maxParams-1)
		}
		o.params = params
		return nil
	}
}
