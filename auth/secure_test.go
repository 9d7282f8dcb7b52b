package auth

import (
	"testing"

	"github.com/matryer/is"
)

func TestSecure(t *testing.T) {
	tests := map[string]bool{
		"https://db.example": true, "https://127.0.0.1:1": true, "wss://db/x": true,
		"http://localhost": true, "http://LocalHost:2900/p": true, "http://localhost.:2900": true, "http://a.b.localhost": true,
		"http://127.0.0.1:2900": true, "http://127.255.255.254": true, "http://[::1]:2900": true, "ws://[::ffff:127.0.0.1]": true,
		"http://db.example": false, "http://notlocalhost": false, "http://localhost.example": false, "http://localhost.localdomain": false,
		"http://128.0.0.1": false, "http://127.0.0.1.example": false, "http://127.1": false, "http://0.0.0.0": false,
		"http://[::]": false, "http://[::2]": false, "http://[fe80::1%25lo]": false, "http://10.0.0.1": false, "ws://db": false,
		"http://user@db": false, "http://localhost@db": false, "ftp://localhost": false, "localhost": false, "/x": false, "": false,
		"https:///x": false, "https:db": false,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) { is.New(t).Equal(Secure(address(t, text)), want) })
	}
	is.New(t).True(!Secure(nil))
}
