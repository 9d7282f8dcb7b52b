// Package auth says who is asking: token sources for the client, and the login and refresh that stand behind them.
//
//	c, err := client.New("http://localhost:2900", client.WithAuth(auth.Password("lena", password)))
//
// A [Source] is asked for a token before every dial and every request, and once more when the server refused the one it
// gave ([Ask].Refused). [None] stays anonymous, [JWT] has one token for ever, [Password] logs in, keeps the token and
// renews it. A source of your own is one method.
//
// # Renewal
//
// [Password] logs in once, however many callers ask at once, and afterwards uses the refresh token: when the access
// token has expired, when the server refused it, and, early, when 90 % of its lifetime are over. An early renewal is
// made by one caller, which waits 5 s at most, while all others go on with the token they have; if it fails the next one
// is tried a minute later, and the token stays in use until it has expired. Nothing runs while nobody asks.
//
// # Errors
//
// [ErrUnauthenticated] is final: the server refused the credentials themselves. What the server said is in the same
// error as a [*wire.ServerError]. Anything else, such as a refused connection or a rate limit, is given as it came, is
// not remembered, and the next call tries again.
//
// # Secrets
//
// No password and no token is in an error, a log or any printed form of a value of this package. What the server
// answers is searched for the secret that it was sent.
package auth
