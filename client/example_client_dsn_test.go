package client_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/kalamdb/kalamrx/client"
)

func ExampleDSN() {
	d, err := client.ParseDSN("kalam://lena:invented@localhost/chat?timeout=10s")
	fmt.Println(d, err)
	fmt.Println(d.URL(), d.User(), d.Namespace())
	// Output:
	// kalam://lena:xxxxx@localhost:2900/chat?timeout=10s <nil>
	// http://localhost:2900 lena chat
}

func ExampleParseDSN() {
	_, err := client.ParseDSN("kalam://localhost/chat?token=invented")
	fmt.Println(errors.Is(err, client.ErrConfig))
	_, err = client.ParseDSN("kalam://localhost/chat?retry=3")
	fmt.Println(err)
	// Output:
	// true
	// kalam: bad configuration: DSN: it has a parameter that is not known
}

// An option holds against the DSN.
func ExampleOpen() {
	c, err := client.Open("kalams://lena:invented@db.example/chat", client.WithNamespace("archive"))
	fmt.Println(c.URL(), err)
	// Output: https://db.example:443 <nil>
}

func ExampleFromEnv() {
	for name, value := range map[string]string{"KALAMDB_URL": "kalam://localhost/chat", "KALAMDB_TOKEN": "", "KALAMDB_USER": "", "KALAMDB_PASSWORD": ""} {
		defer os.Setenv(name, os.Getenv(name))
		os.Setenv(name, value)
	}
	c, err := client.FromEnv()
	fmt.Println(c.URL(), err)
	// Output: http://localhost:2900 <nil>
}
