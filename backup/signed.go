package backup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"sancun/journal"
)

// Signer is the public half of the key by which manifests or proofs are signed.
type Signer [ed25519.PublicKeySize]byte

// ParseSigner reads 64 lower-case hexadecimal digits. The error is ErrSigner.
func ParseSigner(text string) (s Signer, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(s) || hex.EncodeToString(raw) != text {
		return s, fmt.Errorf("%q is no key, write the 64 digits that `sancun keys backup` printed: %w", text, ErrSigner)
	}
	return Signer(raw), nil
}

// NewKey draws a key for a centre that signs archives, or a prover.
func NewKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// SignerOf is the public half of a key.
func SignerOf(key ed25519.PrivateKey) Signer { return Signer(key.Public().(ed25519.PublicKey)) }

// String is what ParseSigner reads.
func (s Signer) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes the digits.
func (s Signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the digits.
func (s *Signer) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSigner(string(text))
	return err
}

// The words that a signature begins with, so that one of a manifest is none of
// anything else in the house.
const (
	wordManifest = "sancun backup manifest 1\n"
	wordProof    = "sancun backup proof 1\n"
	wordPruned   = "sancun backup pruned 1\n"
)

// signatureLine begins the last line of a signed text.
const signatureLine = "signature "

// note is a signed text: it names its own signer.
type note interface {
	signer() Signer
	check() error // the error says what is wrong with the fields
}

// seal writes a note as JSON with its signature as the last line.
func seal(word string, n note, key ed25519.PrivateKey) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if n.signer() != SignerOf(key) {
		return nil, fmt.Errorf("the key is not the signer's: %w", ErrSigner)
	}
	body, err := encode(n)
	if err != nil {
		return nil, err
	}
	mark := ed25519.Sign(key, append([]byte(word), body...))
	return fmt.Appendf(body, "%s%x\n", signatureLine, mark), nil
}

func encode(n note) ([]byte, error) {
	body, err := json.MarshalIndent(n, "", " ")
	return append(body, '\n'), err
}

// unseal reads what seal wrote: the signature by one of the signers, one encoding,
// sensible fields. The digest is that of the whole text. Errors are ErrTampered
// and ErrSigner; name says where the text was found.
func unseal(word, name string, text []byte, signers []Signer, into note) (journal.Hash, error) {
	end := bytes.LastIndex(text, []byte("\n"+signatureLine)) + 1
	last := text[end:]
	if end == 0 || len(last) != len(signatureLine)+2*ed25519.SignatureSize+1 || last[len(last)-1] != '\n' {
		return journal.Hash{}, tampered(name, "no signature ends it")
	}
	body, digits := text[:end], last[len(signatureLine):len(last)-1]
	mark, err := hex.DecodeString(string(digits))
	if err != nil || hex.EncodeToString(mark) != string(digits) {
		return journal.Hash{}, tampered(name, "its signature is not written in hexadecimal digits")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return journal.Hash{}, tampered(name, "it cannot be read: %v", err)
	}
	by := into.signer()
	if !slices.Contains(signers, by) {
		return journal.Hash{}, fmt.Errorf("%s names the signer %v: %w", name, by, ErrSigner)
	}
	if !ed25519.Verify(by[:], append([]byte(word), body...), mark) {
		return journal.Hash{}, tampered(name, "its signature does not hold")
	}
	again, err := encode(into)
	if err != nil || !bytes.Equal(again, body) {
		return journal.Hash{}, tampered(name, "it is not written as this program writes it")
	}
	if err := into.check(); err != nil {
		return journal.Hash{}, tampered(name, "%v", err)
	}
	return sha256.Sum256(text), nil
}
