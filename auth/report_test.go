package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"
)

// brittle is a store of which each method may fail.
type brittle struct {
	*MemoryStore
	get, put func(Grant) error
}

func (b *brittle) Get(ctx context.Context, key Key) (Grant, error) {
	if b.get != nil {
		return Grant{}, b.get(Grant{})
	}
	return b.MemoryStore.Get(ctx, key)
}

func (b *brittle) Put(ctx context.Context, key Key, g Grant) error {
	if b.put != nil {
		return b.put(g)
	}
	return b.MemoryStore.Put(ctx, key, g)
}

var errDisk = errors.New("disk is full")

// TestReport_AStoreThatFailsIsToldOfAndDoneWithout says who is told what, of the first token of a Password.
func TestReport_AStoreThatFailsIsToldOfAndDoneWithout(t *testing.T) {
	fails := func(Grant) error { return errDisk }
	for _, tt := range []struct {
		name  string
		store *brittle
		want  []string // what each report says
	}{
		{"all is well, and nothing stored", &brittle{}, nil},
		{"it cannot be read", &brittle{get: fails}, []string{"get for user lena: disk is full"}},
		{"it cannot be written", &brittle{put: fails}, []string{"put for user lena: disk is full"}},
		{"neither", &brittle{get: fails, put: fails}, []string{"get for user lena: disk is full", "put for user lena: disk is full"}},
		{"it panics", &brittle{put: func(Grant) error { panic("put") }}, []string{"panic while making a token: a string"}},
		{"it quotes the grant", &brittle{put: func(g Grant) error {
			return errors.New("put of " + g.Access.Value + " and " + g.Refresh.Value)
		}}, []string{"put of [redacted] and r-[redacted]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			is := is.New(t)
			tt.store.MemoryStore = NewMemoryStore()
			var reports []error
			ask := Ask{Server: shop(time.Hour), Report: func(err error) { reports = append(reports, err) }}
			got, err := Password(testUser, testPassword, WithStore(tt.store)).Token(context.Background(), ask)
			is.NoErr(err)
			is.Equal(got.Value, "login-1")
			is.Equal(len(reports), len(tt.want))
			for i, want := range tt.want {
				is.True(errors.Is(reports[i], ErrStore))
				is.True(strings.Contains(reports[i].Error(), want))
				is.Equal(errors.Is(reports[i], errDisk), strings.Contains(want, errDisk.Error()))
			}
		})
	}
}

// TestReport_StoredTellsOfWhatItCannotWriteBack: the refreshed tokens are used all the same.
func TestReport_StoredTellsOfWhatItCannotWriteBack(t *testing.T) {
	is := is.New(t)
	kept := Grant{Access: Token{"a", time.Now().Add(-time.Hour)}, Refresh: Token{Value: "refresh-a"}}
	store := &brittle{MemoryStore: stock(t, kept), put: func(Grant) error { return errDisk }}
	var reports []error
	got, err := Stored(store, testUser).Token(context.Background(), Ask{Server: shop(time.Hour), Report: func(err error) { reports = append(reports, err) }})
	is.NoErr(err)
	is.Equal(got.Value, "refresh-1")
	is.Equal(len(reports), 1)
	is.True(errors.Is(reports[0], errDisk))
}

// TestReport_ARenewalThatIsGivenUpSaysNothingOfTheStore: that it was interrupted is no failure of it.
func TestReport_ARenewalThatIsGivenUpSaysNothingOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan struct{})
		store := &brittle{MemoryStore: NewMemoryStore()}
		store.get = func(Grant) error {
			cancel()
			<-left
			return errDisk
		}
		ask := Ask{Server: shop(time.Hour), Report: func(error) { t.Error("a report") }}
		_, err := Password(testUser, testPassword, WithStore(store)).Token(ctx, ask)
		is.True(errors.Is(err, context.Canceled))
		close(left)
		synctest.Wait()
	})
}
