package vault

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// redacted is what every printing of something secret gives.
const redacted = "[redacted]"

// Secret is a piece of text that does not print. fmt with every verb, slog,
// encoding/json, encoding/xml and text marshalling show "[redacted]" instead.
//
// The zero Secret is the empty text. Secrets cannot be compared with ==; use Equal.
type Secret struct{ text veiled[string] }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{veil(&text)} }

// Plain is the one door out. Every use of it is a place to review.
func (s Secret) Plain() string {
	if s.text.lift == nil {
		return ""
	}
	return *s.text.lift()
}

// Empty says whether there is no text.
func (s Secret) Empty() bool { return s.Plain() == "" }

// Equal compares two texts in a time that does not depend on where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Plain()), []byte(other.Plain())) == 1
}

// Format prints [redacted] for every verb.
func (Secret) Format(f fmt.State, _ rune) { printRedacted(f) }

// String gives [redacted].
func (Secret) String() string { return redacted }

// GoString gives [redacted].
func (Secret) GoString() string { return redacted }

// LogValue gives [redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives [redacted].
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// UnmarshalText takes the text as it is, so that a request can bring a Secret in.
// What was marshalled before does not come back.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

func printRedacted(f fmt.State) {
	_, _ = f.Write([]byte(redacted)) // fmt gives its writers no way to report an error
}
