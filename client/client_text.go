package client

import (
	"fmt"
	"log/slog"
)

// String names the server, and nothing of what the client holds: headers and proxies of the
// options may be secrets. So does every other printed form, which may be made while the
// client is used.
func (c *Client) String() string { return "kalam client of " + c.URL() }

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// Format is String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue is String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
