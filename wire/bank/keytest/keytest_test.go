package keytest

import (
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"sancun/wire/bank"
)

func TestSoftStore(t *testing.T) {
	Run(t, func(t testing.TB) bank.KeyStore { return reference(t, Masters()) })
}

// A store whose keys come from a file, as in earnest.
func TestKeyFileStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var lines string
	for name, key := range Masters() {
		lines += name + " = " + hex.EncodeToString(key) + "\n"
	}
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	Run(t, func(t testing.TB) bank.KeyStore {
		s, err := bank.OpenKeyFile(path, rand.NewChaCha8([32]byte{9}))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
