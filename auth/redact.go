package auth

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Redact takes a secret out of text that a server, or a proxy before it, has sent back: as it is and as JSON writes it.
// One of fewer than 4 bytes is no secret, and all over the text: it is left alone. text itself is not changed.
func Redact(text []byte, secret string) []byte {
	const shortest = 4
	if len(secret) < shortest {
		return text
	}
	text = bytes.ReplaceAll(text, []byte(secret), []byte(redacted))
	if quoted, err := json.Marshal(secret); err == nil {
		text = bytes.ReplaceAll(text, quoted[1:len(quoted)-1], []byte(redacted))
	}
	return text
}

// without is err, or its text without the secrets if they are in it.
func without(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	clean := []byte(err.Error())
	for _, secret := range secrets {
		clean = Redact(clean, secret)
	}
	if string(clean) != err.Error() {
		return errors.New(string(clean))
	}
	return err
}
