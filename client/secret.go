package client

import "bytes"

// redacted stands for a token in what is shown.
const redacted = "[redacted]"

// withoutToken takes a token out of what a server, or a proxy before it, has sent
// back, so that it ends up in no error and no message that is shown.
func withoutToken(text []byte, token string) []byte {
	const shortest = 4 // a shorter one is no secret, and all over the text
	if len(token) < shortest || !bytes.Contains(text, []byte(token)) {
		return text
	}
	return bytes.ReplaceAll(text, []byte(token), []byte(redacted))
}
