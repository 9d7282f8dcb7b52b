package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/kalamdb/kalamrx/auth"
)

// isFatal says whether dialling again cannot help: the certificate is not to be
// trusted, the credentials were refused twice, the server has no such socket or
// refuses us, or it keeps saying that it does not understand us.
func (o *owner) isFatal(l *link, err error) bool {
	o.misunderstood = misunderstands(err, o.misunderstood)
	switch {
	case o.misunderstood > 1:
		return true
	case errors.Is(err, auth.ErrUnauthenticated), isUntrusted(err):
		return true
	}
	var connect *ConnectError
	return errors.As(err, &connect) && refusesUs(connect.Status)
}

// misunderstands counts closes in a row that say that a message of ours was none:
// a defect, which another socket does not mend.
func misunderstands(err error, before int) int {
	var closed *DisconnectedError
	if errors.As(err, &closed) && closed.Code == websocket.CloseInternalServerErr && strings.HasPrefix(closed.Reason, "Invalid message") {
		return before + 1
	}
	return 0
}

// isUntrusted says whether TLS failed for what the server is, rather than for the
// network.
func isUntrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &record)
}

// refusesUs says whether the status of a refused upgrade is about us or the version
// we speak; a server that is starting, busy or behind a proxy has others.
func refusesUs(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status/100 == 4 || status/100 == 3
}
