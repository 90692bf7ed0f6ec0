package backup

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// Recipients are the people for whom a part is sealed: their public keys, as
// age-keygen prints them. They cannot open anything.
type Recipients struct {
	names []string
	keys  []age.Recipient
}

// ParseRecipients reads public keys ("age1…"). The error is ErrRecipients.
func ParseRecipients(names []string) (r Recipients, err error) {
	if len(names) == 0 || len(names) > recipientsMax {
		return r, fmt.Errorf("%d recipients, write 1 to %d: %w", len(names), recipientsMax, ErrRecipients)
	}
	for _, name := range names {
		if strings.HasPrefix(strings.ToUpper(name), "AGE-SECRET-KEY-") {
			return r, fmt.Errorf("a secret key stands where a public one belongs; take it away and make a new one: %w", ErrRecipients)
		}
		keys, err := age.ParseRecipients(strings.NewReader(name))
		if err != nil || len(keys) != 1 || slices.Contains(r.names, name) {
			return r, fmt.Errorf("%q is no public key of age, or stands twice: %w", name, ErrRecipients)
		}
		r.names, r.keys = append(r.names, name), append(r.keys, keys[0])
	}
	return r, nil
}

// Names are the public keys.
func (r Recipients) Names() []string { return slices.Clone(r.names) }

// Apart tells whether no recipient is also one of the others. The error is
// ErrRecipients.
func (r Recipients) Apart(others Recipients) error {
	for _, name := range r.names {
		if slices.Contains(others.names, name) {
			return fmt.Errorf("%s stands among both; the keys of personal data are for other people than the rest: %w", name, ErrRecipients)
		}
	}
	return nil
}

// Identities open what was sealed for them. They print as [redacted].
type Identities struct{ keys []age.Identity }

// ParseIdentities reads a file of secret keys as age-keygen writes it. The error
// is ErrRecipients and never shows the text.
func ParseIdentities(text io.Reader) (Identities, error) {
	keys, err := age.ParseIdentities(text)
	if err != nil {
		return Identities{}, fmt.Errorf("the file of identities is not one that age-keygen writes: %w", ErrRecipients)
	}
	return Identities{keys}, nil
}

// NewIdentity draws an identity: the text of its file, for its owner's machine, and
// its public key.
func NewIdentity() (file []byte, public string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", err
	}
	public = id.Recipient().String()
	return fmt.Appendf(nil, "# public key: %s\n%s\n", public, id), public, nil
}

// Format prints [redacted] for every verb.
func (Identities) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// Empty tells whether there are none.
func (i Identities) Empty() bool { return len(i.keys) == 0 }

// open begins to read a sealed part.
func (i Identities) open(name string, in io.Reader) (io.Reader, error) {
	if i.Empty() {
		return nil, fmt.Errorf("%s: no identity was given: %w", name, ErrIdentity)
	}
	out, err := age.Decrypt(in, i.keys...)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, fmt.Errorf("%s: bring the identity of one of its recipients: %w", name, ErrIdentity)
	}
	if err != nil {
		return nil, tampered(name, "it cannot be opened: %v", err)
	}
	return out, nil
}
