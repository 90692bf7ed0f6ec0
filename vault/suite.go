package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Suite is a set of algorithms by its number in sealed fields and key slots. The
// numbers are written to disk and never change.
type Suite uint8

// The suites. Old values stay readable when the suite of new ones changes.
const (
	AES256GCM Suite = 1 // AES-256-GCM, HKDF over SHA-256
	SM4GCM    Suite = 2 // SM4-GCM (GB/T 32907), HKDF over SM3 (GB/T 32905)
)

const (
	secretBytes = 32 // master keys, data keys and the index secret
	nonceBytes  = 12 // NIST SP 800-38D, 5.2.1.1
	tagBytes    = 16
)

// The purposes separate the keys derived from one secret. They are part of the
// format: another text gives another key.
const (
	purposeWrap  = "sancun vault 1 wrap"
	purposeField = "sancun vault 1 field"
	purposeKeyID = "sancun vault 1 key id"
	purposeIndex = "sancun vault 1 blind index"
)

// Valid says whether s is a suite this program knows.
func (s Suite) Valid() bool { return s == AES256GCM || s == SM4GCM }

// String names the suite.
func (s Suite) String() string {
	switch s {
	case AES256GCM:
		return "AES-256-GCM"
	case SM4GCM:
		return "SM4-GCM"
	default:
		return "suite " + strconv.Itoa(int(s))
	}
}

// ParseSuite reads the name used in configuration: "aes" or "sm4".
func ParseSuite(name string) (Suite, error) {
	switch name {
	case "aes":
		return AES256GCM, nil
	case "sm4":
		return SM4GCM, nil
	default:
		return 0, fmt.Errorf("suite %q: choose aes or sm4", name)
	}
}

// derive makes the key of a purpose from a uniformly random secret. Such a
// secret needs no extraction, so this is the expand half of HKDF (RFC 5869, 3.3).
func (s Suite) derive(secret *[secretBytes]byte, purpose string) ([]byte, error) {
	switch s {
	case AES256GCM:
		return hkdf.Expand(sha256.New, secret[:], purpose, 32)
	case SM4GCM:
		return hkdf.Expand(sm3.New, secret[:], purpose, sm4.BlockSize)
	default:
		return nil, fmt.Errorf("%v: %w", s, ErrFormat)
	}
}

// aead makes the cipher of a purpose.
func (s Suite) aead(secret *[secretBytes]byte, purpose string) (cipher.AEAD, error) {
	key, err := s.derive(secret, purpose)
	if err != nil {
		return nil, err
	}
	var block cipher.Block
	if s == SM4GCM {
		block, err = sm4.NewCipher(key)
	} else {
		block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s, err)
	}
	return cipher.NewGCM(block)
}
