package vault

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const (
	hexA = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	hexB = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
)

func TestParseKeyring(t *testing.T) {
	raw := make([]byte, 32)
	for i := range raw {
		raw[i] = byte(i)
	}
	b64 := base64Of(string(raw))
	head := keyFileHead + "\n"
	good := []string{
		head + "index " + hexA + "\nmaster 1 " + hexB + "\n",
		"# made at the ceremony of 1 March\n\n" + head + "index " + b64 + "\r\n  master 1 " + strings.TrimRight(b64, "=") + "\nmaster 7 " + strings.ToUpper(hexB),
	}
	for i, text := range good {
		ring, err := ParseKeyring([]byte(text))
		if err != nil {
			t.Errorf("good file %d: %v", i, err)
			continue
		}
		if again, err := ParseKeyring(ring.text()); err != nil || string(again.text()) != string(ring.text()) {
			t.Errorf("good file %d does not come back: %v", i, err)
		}
		if ring.index.lift()[31] != 31 {
			t.Errorf("good file %d has another index secret", i)
		}
	}
	bad := map[string]string{
		"empty":           "",
		"no head":         "index " + hexA + "\nmaster 1 " + hexB,
		"newer":           "sancun-key-file 2\nindex " + hexA + "\nmaster 1 " + hexB,
		"no index":        head + "master 1 " + hexB,
		"no master":       head + "index " + hexA,
		"two indexes":     head + "index " + hexA + "\nindex " + hexA + "\nmaster 1 " + hexB,
		"version zero":    head + "index " + hexA + "\nmaster 0 " + hexB,
		"version no":      head + "index " + hexA + "\nmaster one " + hexB,
		"version big":     head + "index " + hexA + "\nmaster 4294967296 " + hexB,
		"version twice":   head + "index " + hexA + "\nmaster 1 " + hexB + "\nmaster 1 " + hexA,
		"version falls":   head + "index " + hexA + "\nmaster 2 " + hexB + "\nmaster 1 " + hexA,
		"short":           head + "index " + hexA[2:] + "\nmaster 1 " + hexB,
		"zeros":           head + "index " + strings.Repeat("0", 64) + "\nmaster 1 " + hexB,
		"unknown word":    head + "index " + hexA + "\nmaster 1 " + hexB + "\nslave 1 " + hexB,
		"too many words":  head + "index " + hexA + " x\nmaster 1 " + hexB,
		"over the length": head + "index " + hexA + "\nmaster 1 " + hexB + "\n" + strings.Repeat("#", keyFileBytesMax),
	}
	for name, text := range bad {
		if _, err := ParseKeyring([]byte(text)); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var many strings.Builder
	many.WriteString(head + "index " + hexA + "\n")
	ring := testRing(t, 1)
	for range masterKeysMax - 1 {
		if err := ring.add(ring.Current()+1, ring.index.lift()); err != nil {
			t.Fatal(err)
		}
	}
	if err := ring.add(ring.Current()+1, ring.index.lift()); !errors.Is(err, ErrKeyFile) {
		t.Errorf("one master key too many: %v", err)
	}
	if len(ring.text()) > keyFileBytesMax {
		t.Errorf("a full key file of %d bytes would not load", len(ring.text()))
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "master.key")
	if err := CreateKeyFile(name, seeded(1)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v", info.Mode(), err)
	}
	if err := CreateKeyFile(name, seeded(2)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second creation gave %v", err)
	}
	first, err := LoadKeyFile(name)
	if err != nil || first.Current() != 1 {
		t.Fatalf("loaded %v", err)
	}
	held, err := os.Open(name) // the old bytes, as an undelete would find them
	if err != nil {
		t.Fatal(err)
	}
	if _, err := AddMasterKey(name, seeded(3)); err != nil {
		t.Fatal(err)
	}
	old := make([]byte, 64)
	if _, err := held.ReadAt(old, 0); err != nil || strings.Trim(string(old), "\x00") != "" {
		t.Errorf("the old key file still reads %q, %v", old, err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := LoadKeyFile(name)
	if err != nil || second.Current() != 2 || *second.masters[0].secret.lift() != *first.masters[0].secret.lift() || *second.index.lift() != *first.index.lift() {
		t.Errorf("after adding: %v, %v", second.Versions(), err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o700, 0o660} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeyFile(name); !errors.Is(err, ErrKeyFile) {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	if err := os.Chmod(name, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeyFile(name); err != nil {
		t.Errorf("a read-only key file: %v", err)
	}
	if _, err := LoadKeyFile(dir); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := LoadKeyFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := CreateKeyFile(filepath.Join(dir, "dry"), strings.NewReader("short")); err == nil {
		t.Error("a key file was made from too little randomness")
	}
}
