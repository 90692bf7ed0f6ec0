package bank

import (
	"fmt"
	"log/slog"
)

// Secret is a password in clear. It lives only between the door it came in at
// and the PIN block it goes into, and it never prints itself: the text hides in
// a function value, so that even a struct printed by reflection shows nothing.
type Secret struct{ text func() string }

// NewSecret wraps a password.
func NewSecret(password string) Secret {
	return Secret{text: func() string { return password }}
}

// Reveal returns the password. Callers compare or seal it and let it go.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

const redacted = "[redacted]"

// Format prints a fixed word for every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue logs a fixed word.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes a fixed word, so that no JSON or YAML ever holds a password.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// PINBlock is a password sealed under a PIN key and bound to one account. It is
// safe to keep and to send, but useless in a log, so it prints a fixed word too.
type PINBlock []byte

// Format prints a fixed word for every verb.
func (PINBlock) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue logs a fixed word.
func (PINBlock) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes a fixed word.
func (PINBlock) MarshalText() ([]byte, error) { return []byte(redacted), nil }
