package auth

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
)

const testBase = "https://db.example:2900"

// testKey is whose credentials the tests store.
func testKey() Key { return Key{Server: testBase, User: testUser} }

func fileStore(t *testing.T) *FileStore {
	t.Helper()
	s, err := NewFileStore(filepath.Join(t.TempDir(), "credentials"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stores are all there are, each empty.
func stores(t *testing.T) map[string]Store {
	return map[string]Store{
		"memory": NewMemoryStore(), "file": fileStore(t), "reporting": Reporting(fileStore(t), func(err error) { t.Log(err) }),
	}
}

func TestStore_Laws(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			is, ctx := is.New(t), context.Background()
			keys := []Key{{"http://a", "zoe"}, {"http://b", "al"}, {"http://b", "al "}, {"http://b/al", "x"}}
			_, err := store.Get(ctx, keys[0])
			is.True(errors.Is(err, ErrNotStored))
			is.NoErr(store.Delete(ctx, keys[0]))
			list, err := store.List(ctx)
			is.NoErr(err)
			is.Equal(len(list), 0)
			for i := range keys {
				k := keys[len(keys)-1-i]
				is.NoErr(store.Put(ctx, k, storedAs(k.User+" before")))
				is.NoErr(store.Put(ctx, k, storedAs(k.String())))
			}
			for _, k := range keys {
				g, err := store.Get(ctx, k)
				is.NoErr(err)
				is.Equal(g, storedAs(k.String()))
			}
			list, err = store.List(ctx)
			is.NoErr(err)
			is.Equal(list, keys)
			is.NoErr(store.Delete(ctx, keys[1]))
			_, err = store.Get(ctx, keys[1])
			is.True(errors.Is(err, ErrNotStored))
			list, err = store.List(ctx)
			is.NoErr(err)
			is.Equal(list, []Key{keys[0], keys[2], keys[3]})
		})
	}
}

// storedAs is a grant in which everything is set.
func storedAs(name string) Grant {
	g := Grant{Access: Token{"a-" + name, time.Date(2126, 3, 2, 0, 0, 0, 5, time.UTC)}, Refresh: Token{"r-" + name, time.Date(2126, 3, 9, 0, 0, 0, 0, time.UTC)}}
	g.User.ID, g.User.Role, g.User.CreatedAt, g.User.UpdatedAt = "u_lena", "user", "2026-02-01T09:00:00Z", "2026-02-01T09:00:00Z"
	return g
}

func TestStore_EndedCtxAndKeysOfNobody(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			gone := errors.New("gone")
			ended, cancel := context.WithCancelCause(context.Background())
			cancel(gone)
			for _, try := range []struct {
				ctx  context.Context
				key  Key
				want error
			}{{ended, testKey(), gone}, {context.Background(), Key{User: "x"}, ErrConfig}, {context.Background(), Key{Server: "x"}, ErrConfig}} {
				_, err := store.Get(try.ctx, try.key)
				is.True(errors.Is(err, try.want))
				is.True(errors.Is(store.Put(try.ctx, try.key, storedAs("x")), try.want))
				is.True(errors.Is(store.Delete(try.ctx, try.key), try.want))
			}
			_, err := store.List(ended)
			is.True(errors.Is(err, gone))
		})
	}
}

func TestStore_ManyAtOnce(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			is, ctx := is.New(t), context.Background()
			var all sync.WaitGroup
			errs := make([]error, 8)
			for i := range errs {
				all.Go(func() {
					k := Key{Server: testBase, User: fmt.Sprint(i % 2)}
					for n := range 10 {
						g, err := store.Get(ctx, k)
						if err != nil && !errors.Is(err, ErrNotStored) || err == nil && g.Refresh.Value != "r"+g.Access.Value[1:] {
							errs[i] = fmt.Errorf("%v: %w", g.User, err)
							return
						}
						errs[i] = errors.Join(errs[i], store.Put(ctx, k, storedAs(fmt.Sprint(i, n))))
					}
				})
			}
			all.Wait()
			is.NoErr(errors.Join(errs...))
		})
	}
}

func TestReporting_TellsOfEveryFailureOnce(t *testing.T) {
	is, ctx := is.New(t), context.Background()
	broken := errors.New("broken")
	var told []error
	store := Reporting(&faultyStore{fails: broken}, func(err error) { told = append(told, err) })
	_, err := store.Get(ctx, testKey())
	_, listErr := store.List(ctx)
	for _, err := range []error{err, listErr, store.Put(ctx, testKey(), Grant{}), store.Delete(ctx, testKey())} {
		is.Equal(err, broken)
	}
	is.Equal(told, []error{broken, broken, broken, broken})
	_, err = Reporting(NewMemoryStore(), func(error) { t.Error("absence is no failure") }).Get(ctx, testKey())
	is.True(errors.Is(err, ErrNotStored))

	for _, store := range []Store{Reporting(nil, func(error) {}), Reporting(NewMemoryStore(), nil)} {
		_, err := store.Get(ctx, testKey())
		_, listErr := store.List(ctx)
		for _, err := range []error{err, listErr, store.Put(ctx, testKey(), Grant{}), store.Delete(ctx, testKey())} {
			is.True(errors.Is(err, ErrConfig))
		}
		is.True(errors.Is(Check(Stored(store, testUser)), ErrConfig))
		is.True(errors.Is(Check(Password(testUser, testPassword, WithStore(store))), ErrConfig))
	}
	is.True(errors.Is(Check(Stored(nil, testUser)), ErrConfig))
	is.True(errors.Is(Check(Stored(NewMemoryStore(), "")), ErrConfig))
	is.True(errors.Is(Check(Password(testUser, testPassword, WithStore(nil))), ErrConfig))
	is.True(errors.Is(Check(Password(testUser, testPassword, nil)), ErrConfig))
}

// faultyStore fails with an error, panics, or says nothing until its ctx ends.
type faultyStore struct {
	fails  error
	panics any
	calls  int
}

func (s *faultyStore) fail(ctx context.Context) error {
	s.calls++
	if s.panics != nil {
		panic(s.panics)
	}
	if s.fails != nil {
		return s.fails
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *faultyStore) Get(ctx context.Context, _ Key) (Grant, error)  { return Grant{}, s.fail(ctx) }
func (s *faultyStore) Put(ctx context.Context, _ Key, _ Grant) error  { return s.fail(ctx) }
func (s *faultyStore) Delete(ctx context.Context, _ Key) error        { return s.fail(ctx) }
func (s *faultyStore) List(ctx context.Context) (keys []Key, _ error) { return nil, s.fail(ctx) }
