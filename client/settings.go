package client

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"
)

// settingNames are the options that a DSN and the environment can set, by their names there.
func settingNames() []string {
	return append(slices.Collect(maps.Keys(settingTimes())), "timeouts", "max_retries", "compression", "insecure_token")
}

// settingTimes are those that are a time.
func settingTimes() map[string]func(time.Duration) Option {
	return map[string]func(time.Duration) Option{
		"timeout":              WithTimeout,
		"connect_timeout":      WithConnectTimeout,
		"send_timeout":         WithSendTimeout,
		"subscribe_timeout":    WithSubscribeTimeout,
		"auth_timeout":         WithAuthTimeout,
		"initial_data_timeout": WithInitialDataTimeout,
		"transfer_timeout":     WithTransferTimeout,
		"idle_timeout":         WithIdleTimeout,
		"peer_timeout":         WithPeerTimeout,
		"keepalive":            WithKeepalive,
	}
}

// setting reads a value of one of these names: an option, or an error that does not show
// the value.
func setting(name, value string) ([]Option, error) {
	if with, ok := settingTimes()[name]; ok {
		d, err := time.ParseDuration(value)
		if err != nil {
			return nil, errors.New("is not a time, such as 10s")
		}
		return []Option{with(d)}, nil
	}
	switch name {
	case "timeouts":
		return presetSetting(value)
	case "max_retries":
		n, err := strconv.Atoi(value)
		if err != nil {
			return nil, errors.New("is not a number")
		}
		return []Option{WithMaxRetries(n)}, nil
	case "compression":
		return boolSetting(value, func(c *config, on bool) { c.compress = on })
	case "insecure_token":
		return boolSetting(value, func(c *config, on bool) { c.insecure = on })
	}
	return nil, errors.New("is not known")
}

func presetSetting(value string) ([]Option, error) {
	switch value {
	case "default":
		return []Option{WithTimeouts(DefaultTimeouts())}, nil
	case "fast":
		return []Option{WithTimeouts(FastTimeouts())}, nil
	case "relaxed":
		return []Option{WithTimeouts(RelaxedTimeouts())}, nil
	}
	return nil, errors.New("is not default, fast or relaxed")
}

// boolSetting is an option for either value, since it may have to hold against the other
// one of a layer before.
func boolSetting(value string, set func(c *config, on bool)) ([]Option, error) {
	if value != "true" && value != "false" {
		return nil, errors.New("is not true or false")
	}
	return []Option{func(c *config) error {
		set(c, value == "true")
		return nil
	}}, nil
}
