package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The modes: how far a change is taken.
const (
	modeRaw       = "raw"
	modeTyped     = "typed"
	modeOperators = "operators"
	modeView      = "view"
	modeRxGo      = "rxgo"
)

func modes() []string { return []string{modeRaw, modeTyped, modeOperators, modeView, modeRxGo} }

const defaultSQL = "SELECT * FROM chat.messages"

// options are the command line.
type options struct {
	url      string
	token    string
	insecure bool
	sql      string
	n        int
	mode     string
	subs     int
	exact    bool
	json     bool
	runs     int
	timeout  time.Duration
	report   string
}

func parse(args []string, errOut io.Writer) (options, error) {
	o := options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errOut)
	f.StringVar(&o.url, "url", "", "base `URL` of a server; without it the program starts one that pushes, and compares with a bare read")
	f.StringVar(&o.token, "token", "", "access `token` for the server")
	f.BoolVar(&o.insecure, "insecure-token", false, "let the token go over plain http to a host that is not this one")
	f.StringVar(&o.sql, "sql", defaultSQL, "the live `query`; comments go to the server as they are")
	f.IntVar(&o.n, "n", 100_000, "changes to count, of each live query")
	f.StringVar(&o.mode, "mode", "", "raw: rows unread; typed: rows in structs; operators: typed, through filter, map and scan;\nview: each change a new view of all rows; rxgo: typed, in batches of 64 through RxGo.\n"+
		"Default typed with -url, else all")
	f.IntVar(&o.subs, "subs", 1, "live `queries`, 40 on a socket")
	f.BoolVar(&o.exact, "exact", false, "typed, operators, view and rxgo: compare with the table over HTTP, as the client does by default;\nwithout it they are what is pushed")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	f.IntVar(&o.runs, "runs", 1, "run so many times; the lowest counts")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "give up when nothing came for this `time`")
	f.StringVar(&o.report, "report", "", "measure all targets on the program's own server and write PERFORMANCE.md and its chart into this `folder`")
	f.Usage = func() {
		fmt.Fprint(errOut, "bench counts the changes of live queries, from the first on, and says what one costs.\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	return o.checked(f.Args())
}

// checked refuses what cannot be meant.
func (o options) checked(rest []string) (options, error) {
	if o.url != "" && o.mode == "" {
		o.mode = modeTyped
	}
	switch {
	case len(rest) > 0:
		return o, fmt.Errorf("what is %q? Flags are all there is", rest[0])
	case o.mode != "" && !slices.Contains(modes(), o.mode):
		return o, fmt.Errorf("-mode %s: it is one of %s", o.mode, strings.Join(modes(), ", "))
	case o.n < 1 || o.subs < 1 || o.runs < 1:
		return o, errors.New("-n, -subs and -runs are at least 1")
	case o.timeout <= 0:
		return o, errors.New("-timeout is not positive")
	case o.exact && o.url == "":
		return o, errors.New("-exact needs -url: the program's own server has no table to compare with")
	case o.exact && o.mode == modeRaw:
		return o, errors.New("-exact has nothing to say of -mode raw, which is what is pushed")
	}
	return o, nil
}
