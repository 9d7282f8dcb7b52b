package main

import (
	"fmt"
	"os"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client/kalamtest"
)

// server is where to connect, and as whom.
type server struct {
	url    string
	source auth.Source
	dial   kalamtest.DialFunc // nil for a plain one
	box    *kalamtest.Server  // nil for a real server
}

// connectTo uses the server the environment names, or starts one in the process.
func connectTo() (*server, error) {
	url, token := os.Getenv("KALAMDB_URL"), os.Getenv("KALAMDB_TOKEN")
	user, password := os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD")
	switch {
	case url == "":
		box, err := kalamtest.New()
		if err != nil {
			return nil, err
		}
		fmt.Println("server    embedded, at", box.URL())
		return &server{url: box.URL(), source: auth.Password("root", "kalamdb-root"), dial: box.Dial, box: box}, nil
	case token != "":
		source, err := auth.JWT(token)
		return &server{url: url, source: source}, err
	case user != "":
		return &server{url: url, source: auth.Password(user, password)}, nil
	}
	return nil, fmt.Errorf("KALAMDB_URL is set; set KALAMDB_TOKEN, or KALAMDB_USER and KALAMDB_PASSWORD, too")
}

func (s *server) close() {
	if s.box != nil {
		s.box.Close()
	}
}
