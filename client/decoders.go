package client

import (
	"reflect"

	"github.com/kalamdb/kalamrx/wire"
)

// decoderOf is the client's decoder of T, made once: what it learns of a type and of
// its column sets serves all streams and queries of that type.
func decoderOf[T any](c *Client) (*wire.Decoder[T], error) {
	t := reflect.TypeFor[T]()
	if known, ok := c.decoders.Load(t); ok {
		return known.(*wire.Decoder[T]), nil
	}
	made, err := wire.NewDecoder[T]()
	if err != nil {
		return nil, err
	}
	kept, _ := c.decoders.LoadOrStore(t, made)
	return kept.(*wire.Decoder[T]), nil
}
