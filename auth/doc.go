// Package auth says who is asking: token sources for the client, and the login and refresh that stand behind them.
//
//	c, err := client.New("http://localhost:2900", client.WithAuth(auth.Password("lena", password)))
//
// A [Source] is asked for a token before every dial and every request, and once more when the server refused the one it
// gave ([Ask].Refused). [None] stays anonymous, [JWT] has one token for ever, [Password] logs in, keeps the token and
// renews it, [Func] and [Refreshing] run functions of yours, and [Stored] goes on with what a [Store] holds. A source of
// your own is one method.
//
// # Renewal
//
// [Password], [Stored], [Func] and [Refreshing] make one renewal, however many callers ask at once: when there is no token,
// when it has expired, or when the server refused it; these callers wait for it. A token whose lifetime is known is also
// renewed early, at a moment between 85 and 95 % of it that each source draws anew, so that those who started together do
// not renew together. That is begun by the next caller, and nobody waits for it while the token is good; if it fails, it
// is tried again about a minute later. Nothing runs while nobody asks.
//
// A renewal that callers wait for ends with the last of them, and after 15 min at the latest; an early one goes on without
// them, for 1 min at most. Both end with the life of who began them ([Ask].Life), and run where that wants them to
// ([Ask].Go).
//
// Lifetimes are kept by two clocks, the steady one and the wall's, and end by whichever comes first, so that neither a
// machine that slept nor a clock that was set makes an old token last.
//
// # Errors
//
// [ErrUnauthenticated] is final: the server refused the credentials themselves. What the server said is in the same
// error as a [*wire.ServerError]. Anything else, such as a refused connection or a rate limit, is given as it came.
//
// A renewal that failed is not repeated by every request: for 100 ms all callers who need one get the same error, and
// twice as long after each further failure in a row, up to 5 s, give or take a fifth; longer where the server said so
// (Retry-After, up to 10 min), and where it refused a login, see [Password]. A dial ([Ask].Dial) waits a pause of 5 s or
// less out, instead. Success makes the pauses short again. A good token is given throughout.
//
// # Secrets
//
// No password and no token is in an error, a log or any printed form of a value of this package. What the server
// answers is searched for the secret that it was sent.
package auth
