// Package auth says who is asking: sources of access tokens, which the client
// asks before every dial of its socket and every request.
//
//	source := auth.Password("lena", password)
//	c, err := client.New("http://localhost:2900", client.WithAuth(source))
//
// KalamDB takes one credential for everything but its login: a JWT access token.
// [JWT] has one, [Password] logs in for one and renews it, [None] has none. A
// [Source] of your own is one method.
//
// A source is told which token the server has just refused, and must not give
// that one again. The client asks once more after a refusal, and takes a second
// one as final: [ErrUnauthenticated].
//
// # Secrets
//
// No token and no password is in an error, a log line, a URL or what fmt prints.
package auth
