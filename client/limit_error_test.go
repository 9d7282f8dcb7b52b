package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

// Whoever reads the refusal must be able to tell that closing live queries elsewhere helps.
func TestLimitError_SaysWhoseTheServersLimitIs(t *testing.T) {
	is := is.New(t)
	err := error(&LimitError{Err: &ServerError{Message: "too many subscriptions"}})
	is.True(strings.Contains(err.Error(), "10 a user, over all connections"))
	is.True(strings.Contains(err.Error(), "too many subscriptions")) // and what the server said
	is.True(errors.Is(err, ErrSubscriptionLimit))
	var said *wire.ServerError
	is.True(errors.As(err, &said))
	own := (&LimitError{Limit: 3}).Error()
	is.True(strings.Contains(own, "the limit is 3") && !strings.Contains(own, "a user")) // ours is of this client
}
