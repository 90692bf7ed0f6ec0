package bank

import (
	"fmt"
	"log/slog"
)

// KeyUse is what a key may be used for. A key of one use is never used for
// another.
type KeyUse uint8

// The uses of keys.
const (
	// UseMaster is the long-lived key both sides hold. It wraps working keys and
	// makes the MAC of sign-in and key exchange.
	UseMaster KeyUse = 1
	UseMAC    KeyUse = 2 // working key for MACs
	UsePIN    KeyUse = 3 // working key for PIN blocks
)

// KeyRef names a key without holding it.
type KeyRef struct {
	Bank       string // institution code of the bank the key is shared with
	Use        KeyUse
	Generation uint32 // of working keys, from 1; zero for the master key
}

func (r KeyRef) String() string {
	use := map[KeyUse]string{UseMaster: "master", UseMAC: "MAC", UsePIN: "PIN"}[r.Use]
	return fmt.Sprintf("%s key %d of bank %s", use, r.Generation, r.Bank)
}

// WrappedKeys is a set of working keys in the form that crosses the wire: each
// key encrypted under a key derived from the master key, with the first bytes
// of SM4 over zeros as its check value.
type WrappedKeys struct {
	Generation uint32
	PINKey     []byte // 16 bytes
	PINCheck   []byte // 4 bytes
	MACKey     []byte // 16 bytes
	MACCheck   []byte // 4 bytes
}

// Format prints the generation only.
func (w WrappedKeys) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "working keys of generation %d", w.Generation)
}

// LogValue logs the same words as Format.
func (w WrappedKeys) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("working keys of generation %d", w.Generation))
}

// KeyStore uses keys and never shows them. SoftStore keeps them in memory; a
// hardware module fits the same seam and is not available yet. Every
// implementation passes keytest.Run; docs/formats/bank.md says how to plug one in.
// Implementations may be called from several goroutines. Every method returns
// ErrKey when the key is not there.
type KeyStore interface {
	// MAC returns the uncut MAC of data. The key is of UseMaster or UseMAC.
	MAC(key KeyRef, algorithm MACAlgorithm, data []byte) ([]byte, error)
	// SealPIN seals a password for an account. The key is of UsePIN. It returns
	// ErrEncoding for a password the form cannot hold.
	SealPIN(key KeyRef, form PINForm, account string, password Secret) (PINBlock, error)
	// OpenPIN is the inverse. It returns ErrEncoding for a block that is not of
	// this key and account.
	OpenPIN(key KeyRef, form PINForm, account string, block PINBlock) (Secret, error)
	// NewWorkingKeys makes, keeps and wraps a set of working keys. The
	// generation must be above every one before it.
	NewWorkingKeys(bank string, generation uint32) (WrappedKeys, error)
	// InstallWorkingKeys unwraps and keeps a set that the other side made. It
	// returns ErrKey when a check value disagrees or the generation is not above
	// the last one; nothing is installed then.
	InstallWorkingKeys(bank string, keys WrappedKeys) error
	// CheckValue returns the check value of a key, which both sides may compare
	// aloud.
	CheckValue(key KeyRef) ([]byte, error)
}
