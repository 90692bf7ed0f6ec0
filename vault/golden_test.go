package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sancun/identity"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// TestGolden pins every byte format of docs/formats/vault.md. A change here
// makes stored data unreadable.
func TestGolden(t *testing.T) {
	ring, err := ParseKeyring([]byte(keyFileHead + "\nindex " + hexA + "\nmaster 3 " + hexB + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, suite := range []Suite{AES256GCM, SM4GCM} {
		v := testVault(t, &MemoryStore{}, suite, ring)
		v.rand = counting{} // 00 01 02 ... in every draw
		sealed, err := enrolOne(t, v, 0x0102030405060708).Seal(FieldDocument, NewSecret("11000019900307001X"))
		if err != nil {
			t.Fatal(err)
		}
		w, err := v.store.Fetch(0x0102030405060708)
		if err != nil {
			t.Fatal(err)
		}
		slot := encodeLive(&w)
		fmt.Fprintf(&b, "%v\nsealed %x\nslot %x\n", suite, sealed, slot)
	}
	stone := encodeTombstone(0x0102030405060708)
	fmt.Fprintf(&b, "tombstone %x\nintent %x\n", stone, encodeIntent([]placed{{0x0102030405060708, stone}}))
	v := testVault(t, &MemoryStore{}, AES256GCM, ring)
	fmt.Fprintf(&b, "document index %v\n", v.DocumentIndex(identity.IDCardDocument, NewSecret("11000019900307001x")))
	fmt.Fprintf(&b, "card index %v\n", v.CardIndex(NewSecret("9999010000000000009")))
	fmt.Fprintf(&b, "mobile index %v\n", v.MobileIndex(NewSecret("+86 16100000001")))
	const name = "testdata/vault.golden"
	if *rewrite {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// counting gives 0, 1, 2 ... for each read.
type counting struct{}

func (counting) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i)
	}
	return len(b), nil
}

// TestGoldenByHand opens the golden AES values from the text of
// docs/formats/vault.md alone, with nothing of this package.
func TestGoldenByHand(t *testing.T) {
	text, err := os.ReadFile("testdata/vault.golden")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	field := func(line int, word string) []byte {
		raw, err := hex.DecodeString(strings.TrimPrefix(lines[line], word+" "))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	expand := func(secret []byte, info string) []byte { // RFC 5869, one block
		mac := hmac.New(sha256.New, secret)
		mac.Write(append([]byte(info), 1))
		return mac.Sum(nil)
	}
	open := func(key, nonce, sealed, bound []byte) []byte {
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := gcm.Open(nil, nonce, sealed, bound)
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	slot, sealed := field(2, "slot"), field(1, "sealed")
	master, err := hex.DecodeString(hexB)
	if err != nil {
		t.Fatal(err)
	}
	bound := append([]byte{1, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8}, slot[76:92]...)
	dataKey := open(expand(master, "sancun vault 1 wrap"), slot[16:28], slot[28:76], bound)
	if !bytes.Equal(expand(dataKey, "sancun vault 1 key id")[:16], slot[76:92]) {
		t.Error("the slot names another key")
	}
	if binary.BigEndian.Uint32(slot[4:]) != 3 || binary.BigEndian.Uint64(slot[8:]) != 0x0102030405060708 {
		t.Error("the slot has another head")
	}
	bound = []byte{1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 2}
	got := open(expand(dataKey, "sancun vault 1 field"), sealed[2:14], sealed[14:], bound)
	if string(got) != "11000019900307001X" {
		t.Errorf("opened %q", got)
	}
	index, err := hex.DecodeString(hexA)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, expand(index, "sancun vault 1 blind index"))
	mac.Write([]byte("\x01\x0111000019900307001X"))
	if got, want := lines[8], fmt.Sprintf("document index %x", mac.Sum(nil)[:16]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
