package vault

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

const (
	sealVersion = 1
	sealHead    = 2 // version, suite
	// SealOverhead is how many bytes longer a sealed field is than its text.
	SealOverhead = sealHead + nonceBytes + tagBytes
)

// ClientKey is the opened data key of one client. It may be used by several
// goroutines. It prints as [redacted] and should live no longer than the work it
// was fetched for: a key held on to survives Destroy in this process.
type ClientKey struct {
	client  uint64
	suite   Suite // of new seals
	secret  veiled[[secretBytes]byte]
	ciphers veiled[[2]cipher.AEAD] // by suite, from 1; nil when not the suite of new seals
	draw    func([]byte) error
}

func newClientKey(client uint64, secret *[secretBytes]byte, suite Suite, draw func([]byte) error) (*ClientKey, error) {
	k := &ClientKey{client: client, suite: suite, secret: veil(secret), draw: draw}
	aead, err := suite.aead(secret, purposeField)
	if err != nil {
		return nil, err
	}
	var ciphers [2]cipher.AEAD
	ciphers[suite-1] = aead // the other suite is made when an old value asks for it
	k.ciphers = veil(&ciphers)
	return k, nil
}

// Client is the client the key belongs to.
func (k *ClientKey) Client() uint64 { return k.client }

// Seal seals text for this client and field. The same text gives other bytes
// each time. The result shows its length: see docs/formats/vault.md.
// It returns ErrLimit for text beyond FieldBytesMax and ErrFormat for field zero
// or text that is not UTF-8.
func (k *ClientKey) Seal(field Field, text Secret) ([]byte, error) {
	plain := text.Plain()
	switch {
	case len(plain) > FieldBytesMax:
		return nil, fmt.Errorf("seal %v of client %d: %d bytes, at most %d: %w", field, k.client, len(plain), FieldBytesMax, ErrLimit)
	case field == 0 || !utf8.ValidString(plain):
		return nil, fmt.Errorf("seal %v of client %d: %w", field, k.client, ErrFormat)
	}
	sealed := make([]byte, sealHead+nonceBytes, SealOverhead+len(plain))
	sealed[0], sealed[1] = sealVersion, byte(k.suite)
	nonce := sealed[sealHead:]
	if err := k.draw(nonce); err != nil {
		return nil, fmt.Errorf("seal %v of client %d: %w", field, k.client, err)
	}
	bound := fieldBinding(k.suite, k.client, field)
	return k.ciphers.lift()[k.suite-1].Seal(sealed, nonce, []byte(plain), bound[:]), nil
}

// Open opens what Seal gave for the same client and field. It is for gateways
// that owe a counterparty the value; people read through Vault.Reveal. It returns
// ErrFormat for bytes that no Seal made and ErrSealed for bytes that were changed
// or belong elsewhere.
func (k *ClientKey) Open(field Field, sealed []byte) (Secret, error) {
	suite, err := parseSeal(sealed)
	if err != nil {
		return Secret{}, fmt.Errorf("open %v of client %d: %w", field, k.client, err)
	}
	aead := k.ciphers.lift()[suite-1]
	if aead == nil {
		if aead, err = suite.aead(k.secret.lift(), purposeField); err != nil {
			return Secret{}, fmt.Errorf("open %v of client %d: %w", field, k.client, err)
		}
	}
	bound := fieldBinding(suite, k.client, field)
	body := sealed[sealHead+nonceBytes:]
	plain, err := aead.Open(nil, sealed[sealHead:sealHead+nonceBytes], body, bound[:])
	if err != nil {
		return Secret{}, fmt.Errorf("open %v of client %d: %w", field, k.client, ErrSealed)
	}
	return NewSecret(string(plain)), nil
}

// parseSeal checks the outside of a sealed field and gives its suite.
func parseSeal(sealed []byte) (Suite, error) {
	if len(sealed) < SealOverhead || len(sealed) > SealOverhead+FieldBytesMax {
		return 0, fmt.Errorf("sealed field of %d bytes: %w", len(sealed), ErrFormat)
	}
	suite := Suite(sealed[1])
	if sealed[0] != sealVersion || !suite.Valid() {
		return 0, fmt.Errorf("sealed field of version %d and %v: %w", sealed[0], suite, ErrFormat)
	}
	return suite, nil
}

// fieldBinding is the associated data that ties a seal to its place (V1).
func fieldBinding(suite Suite, client uint64, field Field) [12]byte {
	var b [12]byte
	b[0], b[1] = sealVersion, byte(suite)
	binary.BigEndian.PutUint64(b[2:], client)
	binary.BigEndian.PutUint16(b[10:], uint16(field))
	return b
}

// Format prints [redacted] for every verb.
func (ClientKey) Format(f fmt.State, _ rune) { printRedacted(f) }
