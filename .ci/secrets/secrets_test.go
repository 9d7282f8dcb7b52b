package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestHarvest_FindsWhatIsGivenToLoginsAndWhatIsNamedASecret(t *testing.T) {
	tree := fstest.MapFS{
		"a_test.go": {Data: []byte("package a\nconst myPassword = \"of-a-constant\"\nfunc f() {\n\tauth.Password(\"lena\", \"of-a-literal\")\n\tauth.Password(\"lena\", myPassword)\n\tc.Login(ctx, \"lena\", \"of-a-login\")\n\tkalamtest.WithUser(\"lena\", \"of-a-user\", \"user\")\n\t_ = wire.SetupRequest{User: \"not-this\", Password: \"of-a-setup\", RootPassword: kalamtest.RootPassword}\n}\n")},
		"c_test.go": {Data: []byte("package c\nconst dsnPassword = \"of-a-dsn\"\nconst weakPassword Code = \"a-code\"\nfunc f() {\n\tsecret := \"of-a-variable\"\n\tOpen(\"kalam://lena:\" + dsnPassword + secret + \"@h\")\n\tsetEnv(map[string]string{\"PASSWORD\": \"of-the-env\", \"USER\": \"lena\"})\n}\n")},
		"b.go":      {Data: []byte("package b\nconst RootPassword = \"of-root\"\n")},
	}
	got, err := harvest(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"of-a-constant", "of-a-dsn", "of-a-literal", "of-a-login", "of-a-setup", "of-a-user", "of-a-variable", "of-root", "of-the-env"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
}

func TestRun_TellsWhereASecretIsAndNotWhich(t *testing.T) {
	tree := fstest.MapFS{"a.go": {Data: []byte("package a\nfunc f() { auth.Password(\"lena\", \"invented-here\"); auth.Password(\"lena\", \"short\") }\n")}}
	token := "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJsZW5hIn0." + "c2lnbmF0dXJl"
	for text, want := range map[string]int{
		"fine\nshort\n": 0, "a\nx invented-here y\n": 1, "a " + token + "\ninvented-here": 2,
	} {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		found, err := run(tree, []string{name}, &out)
		if err != nil || found != want {
			t.Fatalf("%q: %d, %v", text, found, err)
		}
		if strings.Contains(out.String(), "invented-here") || strings.Contains(out.String(), token) {
			t.Fatal("it shows what it found")
		}
	}
}

func TestRun_NothingToLookForIsAnError(t *testing.T) {
	if _, err := run(fstest.MapFS{}, nil, &strings.Builder{}); err == nil {
		t.Fatal("no error")
	}
}
