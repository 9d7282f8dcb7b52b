package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/kalamdb/kalamrx/auth"
)

// branch is an office with a name, by which its credentials can be stored.
type branch struct{ office }

func (*branch) Identity() string { return "https://db.example" }

func ExampleWithStore() {
	store := auth.NewMemoryStore() // a FileStore lasts longer
	server := &branch{}
	for range 3 { // runs of a program
		source := auth.Password("lena", "Secret-lena-1", auth.WithStore(store))
		got, err := source.Token(context.Background(), auth.Ask{Server: server})
		fmt.Println(got.Value, err)
	}
	// Output:
	// lena-1 <nil>
	// lena-1 <nil>
	// lena-1 <nil>
}

func ExamplePasswordOption() {
	var opts []auth.PasswordOption
	opts = append(opts, auth.WithStore(nil))
	fmt.Println(auth.Check(auth.Password("lena", "Secret-lena-1", opts...)))
	// Output: WithStore: kalam: bad credentials: no store
}

func ExampleStored() {
	ctx, store, server := context.Background(), auth.NewMemoryStore(), &branch{}
	source := auth.Stored(store, "lena")
	_, err := source.Token(ctx, auth.Ask{Server: server})
	fmt.Println(errors.Is(err, auth.ErrUnauthenticated), errors.Is(err, auth.ErrNotStored))

	grant, err := server.Login(ctx, "lena", "Secret-lena-1") // as another program does
	fmt.Println(err, store.Put(ctx, auth.Key{Server: server.Identity(), User: "lena"}, grant))
	got, err := auth.Stored(store, "lena").Token(ctx, auth.Ask{Server: server})
	fmt.Println(got.Value, err)
	// Output:
	// true true
	// <nil> <nil>
	// lena-1 <nil>
}

func ExampleFileStore() {
	above, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(above)
	store, err := auth.NewFileStore(filepath.Join(above, "credentials"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, key := context.Background(), auth.Key{Server: "https://db.example", User: "lena"}
	fmt.Println(store.Put(ctx, key, auth.Grant{Access: auth.Token{Value: "a"}, Refresh: auth.Token{Value: "r"}}))
	got, err := store.Get(ctx, key)
	fmt.Println(got.Refresh.Value, got, err)
	fmt.Println(store.List(ctx))
	fmt.Println(store.Delete(ctx, key))
	_, err = store.Get(ctx, key)
	fmt.Println(errors.Is(err, auth.ErrNotStored))
	// Output:
	// <nil>
	// r {token([redacted]) token([redacted]) {   <nil>  }} <nil>
	// [lena at https://db.example] <nil>
	// <nil>
	// true
}

func ExampleNewFileStore() {
	_, err := auth.NewFileStore("")
	fmt.Println(err)
	store, err := auth.NewFileStore("/home/lena/.config/kalamdb")
	fmt.Println(store, err) // nothing is there yet, nor need it be
	// Output:
	// kalam: bad credentials: FileStore: no folder
	// file store /home/lena/.config/kalamdb <nil>
}

func ExampleMemoryStore() {
	store, ctx := auth.NewMemoryStore(), context.Background()
	key := auth.Key{Server: "https://db.example", User: "lena"}
	fmt.Println(store.Put(ctx, key, auth.Grant{Access: auth.Token{Value: "a"}}))
	got, err := store.Get(ctx, key)
	fmt.Println(got.Access.Value, err, store)
	// Output:
	// <nil>
	// a <nil> memory store
}

func ExampleNewMemoryStore() {
	fmt.Println(auth.NewMemoryStore().List(context.Background()))
	// Output: [] <nil>
}

func ExampleKey() {
	fmt.Println(auth.Key{Server: "https://db.example", User: "lena"})
	// Output: lena at https://db.example
}

// keyring is a store of one's own, on a day on which it is locked.
type keyring struct{}

var errLocked = errors.New("keyring is locked")

func (keyring) Get(context.Context, auth.Key) (auth.Grant, error) { return auth.Grant{}, errLocked }
func (keyring) Put(context.Context, auth.Key, auth.Grant) error   { return errLocked }
func (keyring) Delete(context.Context, auth.Key) error            { return errLocked }
func (keyring) List(context.Context) ([]auth.Key, error)          { return nil, errLocked }

func ExampleStore() {
	var store auth.Store = keyring{}
	source := auth.Password("lena", "Secret-lena-1", auth.WithStore(store))
	report := func(err error) { fmt.Println(err) } // a client emits it by its Errors
	got, err := source.Token(context.Background(), auth.Ask{Server: &branch{}, Report: report})
	fmt.Println(got.Value, err) // it does without
	// Output:
	// kalam: store of credentials failed: get for user lena: keyring is locked
	// kalam: store of credentials failed: put for user lena: keyring is locked
	// lena-1 <nil>
}

func ExampleReporting() {
	store := auth.Reporting(keyring{}, func(err error) { fmt.Println("reported:", err) })
	source := auth.Password("lena", "Secret-lena-1", auth.WithStore(store))
	got, err := source.Token(context.Background(), auth.Ask{Server: &branch{}})
	fmt.Println(got.Value, err)
	// Output:
	// reported: keyring is locked
	// reported: keyring is locked
	// lena-1 <nil>
}

func ExampleSecure() {
	for _, text := range []string{"https://db.example", "http://localhost:2900", "http://[::1]:2900", "http://db.example"} {
		u, err := url.Parse(text)
		fmt.Println(text, auth.Secure(u), err)
	}
	// Output:
	// https://db.example true <nil>
	// http://localhost:2900 true <nil>
	// http://[::1]:2900 true <nil>
	// http://db.example false <nil>
}

func ExampleAllowPlaintext() {
	base, hc := &url.URL{Scheme: "http", Host: "db.internal:2900"}, &http.Client{Transport: wireTap{}}
	_, err := auth.NewServer(base, hc).Login(context.Background(), "root", "Secret-root-1")
	fmt.Println(err)
	_, err = auth.NewServer(base, hc, auth.AllowPlaintext()).Login(context.Background(), "root", "Secret-root-1")
	fmt.Println(errors.Is(err, auth.ErrSetupRequired)) // it was sent
	// Output:
	// kalam: bad credentials: password and token are not sent over plain http to db.internal:2900, which is not this machine
	// POST http://db.internal:2900/v1/api/auth/login
	// true
}

func ExampleServerOption() {
	opts := []auth.ServerOption{auth.AllowPlaintext()}
	fmt.Println(auth.NewServer(&url.URL{Scheme: "http", Host: "db.internal:2900"}, nil, opts...))
	// Output: http://db.internal:2900
}
