package backup

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenKey is a key that everybody knows; it signs nothing but golden files.
func goldenKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func goldenSigner() Signer { return SignerOf(goldenKey()) }

func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(text, want) {
		t.Errorf("%s: %v, got\n%s", name, err, text)
	}
	if _, _, err := ReadManifest(name, want, []Signer{goldenSigner()}); err != nil {
		t.Error(err)
	}
}

// signForced signs what seal would refuse.
func signForced(h *house, body []byte) []byte {
	return ed25519.Sign(h.sign, append([]byte(wordManifest), body...))
}
