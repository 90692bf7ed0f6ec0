package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/emmansun/gmsm/sm3"
)

// Hash is a digest of a block header, a record or a tree node. Both supported
// functions give 32 bytes.
type Hash [32]byte

// IsZero tells whether the hash is absent: the previous hash of the first block
// or the state root of a block that carries none.
func (h Hash) IsZero() bool { return h == Hash{} }

// String writes the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in lower-case hexadecimal, for JSON reports.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads 64 hexadecimal digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) || len(text)%2 != 0 {
		return fmt.Errorf("hash of %d digits, want %d", len(text), 2*len(h))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// HashKind names the hash function of a block. It stands in every header, so a
// journal may change its function from one block to the next and stay readable.
type HashKind uint8

// The numbers below are on disk and never change.
const (
	// SHA256 is SHA-256 (FIPS 180-4), the default: processors have instructions for it.
	SHA256 HashKind = 1
	// SM3 is GB/T 32905-2016, for houses that must use national cryptography.
	SM3 HashKind = 2
)

// ParseHashKind reads the name used in configuration: "sha256" or "sm3".
func ParseHashKind(name string) (HashKind, error) {
	switch name {
	case "sha256":
		return SHA256, nil
	case "sm3":
		return SM3, nil
	}
	return 0, fmt.Errorf("hash function %q: want sha256 or sm3", name)
}

// String writes the name that ParseHashKind reads.
func (k HashKind) String() string {
	switch k {
	case SHA256:
		return "sha256"
	case SM3:
		return "sm3"
	}
	return fmt.Sprintf("hash kind %d", uint8(k))
}

// Valid tells whether this program knows the function.
func (k HashKind) Valid() bool { return k == SHA256 || k == SM3 }

// Sum hashes data. The kind must be valid: Decode and Seal let no other through,
// and an unknown one gives the zero hash, which matches nothing.
func (k HashKind) Sum(data []byte) Hash {
	switch k {
	case SHA256:
		return sha256.Sum256(data)
	case SM3:
		return sm3.Sum(data)
	}
	return Hash{}
}
