package client

import "github.com/kalamdb/kalamrx/auth"

// ErrSetupRequired marks a server that nobody has set up yet, see Client.Setup: it refuses
// logins with HTTP 428 and tokens with SETUP_REQUIRED. It is auth.ErrSetupRequired.
var ErrSetupRequired = auth.ErrSetupRequired
