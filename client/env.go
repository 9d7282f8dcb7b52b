package client

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kalamdb/kalamrx/auth"
)

// FromEnv is New by what the environment says. A variable that is empty is as none.
//
//	KALAMDB_URL                     a base URL, as New takes it, or a DSN; it must be there
//	KALAMDB_USER, KALAMDB_PASSWORD  who asks, both or none
//	KALAMDB_TOKEN                   an access token, instead of the two
//	KALAMDB_NAMESPACE               as WithNamespace
//	KALAMDB_TIMEOUT and the like    every parameter of a DSN, in capitals
//
// What is said several times holds in this order: an option given here, the DSN, a variable of
// its own, the default. Only options and the DSN are asked who asks where one of them says
// it. One that cannot work is an error, ErrConfig, that names the variable, and shows of its
// value a number or a time at most.
func FromEnv(opts ...Option) (*Client, error) {
	where := os.Getenv("KALAMDB_URL")
	if where == "" {
		return nil, badEnv("KALAMDB_URL", "is not set")
	}
	said, err := environment()
	if err != nil {
		return nil, err
	}
	scheme, _, _ := strings.Cut(where, ":")
	if !slices.Contains([]string{"kalam", "kalams"}, strings.ToLower(scheme)) {
		return layered(where, said, opts)
	}
	d, err := ParseDSN(where)
	if err != nil {
		return nil, fmt.Errorf("%w; KALAMDB_URL", err)
	}
	ofDSN, err := d.options()
	if err != nil {
		return nil, err
	}
	return layered(d.URL(), said, ofDSN, opts)
}

func badEnv(name, why string) error { return fmt.Errorf("%w: %s %s", ErrConfig, name, why) }

// environment is what the variables say but for the URL.
func environment() ([]Option, error) {
	opts := []Option{identityFromEnv()}
	if namespace := os.Getenv("KALAMDB_NAMESPACE"); namespace != "" {
		if checkNamespace("", namespace) != nil {
			return nil, badEnv("KALAMDB_NAMESPACE", "is no name of a namespace")
		}
		opts = append(opts, WithNamespace(namespace))
	}
	for _, name := range settingNames() {
		variable := "KALAMDB_" + strings.ToUpper(name)
		value := os.Getenv(variable)
		if value == "" {
			continue
		}
		opt, err := setting(name, value)
		if err != nil {
			return nil, badEnv(variable, err.Error())
		}
		if err := refused(opt); err != nil {
			return nil, fmt.Errorf("%w; %s", err, variable)
		}
		opts = append(opts, opt...)
	}
	return opts, nil
}

// identityFromEnv has the client ask as the environment says. What is wrong with that is
// an error only where nobody else says who asks.
func identityFromEnv() Option {
	source, err := sourceFromEnv()
	return func(c *config) error {
		if c.nobody = err; source != nil {
			return WithAuth(source)(c)
		}
		return nil
	}
}

// sourceFromEnv is who asks; nil for nobody.
func sourceFromEnv() (auth.Source, error) {
	user, password, token := os.Getenv("KALAMDB_USER"), os.Getenv("KALAMDB_PASSWORD"), os.Getenv("KALAMDB_TOKEN")
	switch {
	case user == "" && password == "" && token == "":
		return nil, nil
	case token != "" && (user != "" || password != ""):
		return nil, badEnv("KALAMDB_TOKEN", "and KALAMDB_USER or KALAMDB_PASSWORD say different things")
	case token != "":
		source, err := auth.JWT(token)
		if err != nil {
			return nil, fmt.Errorf("%w: %w; KALAMDB_TOKEN", ErrConfig, err) // which shows nothing of it
		}
		return source, nil
	case user == "":
		return nil, badEnv("KALAMDB_PASSWORD", "has no KALAMDB_USER")
	case password == "":
		return nil, badEnv("KALAMDB_USER", "has no KALAMDB_PASSWORD")
	}
	source := auth.Password(user, password)
	if err := auth.Check(source); err != nil {
		return nil, fmt.Errorf("%w: %w; KALAMDB_PASSWORD", ErrConfig, err)
	}
	return source, nil
}
