package bank

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestPublishedVectors: SM3 and SM4 are the published algorithms (GB/T 32905
// and GB/T 32907, their appendices).
func TestPublishedVectors(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := sm3.Sum([]byte(text)); hex.EncodeToString(got[:]) != want {
			t.Errorf("SM3(%q) = %x, want %s", text, got, want)
		}
	}
	key := unhex(t, "0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	got := append([]byte(nil), key...)
	block.Encrypt(got, got)
	if want := unhex(t, "681edf34d206965e86b3e94f536e4246"); !bytes.Equal(got, want) {
		t.Errorf("SM4 once = %x, want %x", got, want)
	}
	for range 1_000_000 - 1 {
		block.Encrypt(got, got)
	}
	if want := unhex(t, "595298c7c6fd271f0402f804c33d3f66"); !bytes.Equal(got, want) {
		t.Errorf("SM4 a million times = %x, want %x", got, want)
	}
}

// TestCBCMAC: the length block makes a message and its zero-filled or extended
// twin differ, and the result is the chain written out by hand.
func TestCBCMAC(t *testing.T) {
	block, err := sm4.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("twenty bytes of data")
	first := make([]byte, 16)
	first[15] = 20 * 8
	block.Encrypt(first, first)
	for i := range 16 {
		first[i] ^= data[i]
	}
	block.Encrypt(first, first)
	for i := range 4 {
		first[i] ^= data[16+i]
	}
	block.Encrypt(first, first)
	if got := cbcMAC(block, data); !bytes.Equal(got, first) {
		t.Errorf("got %x, want %x", got, first)
	}
	if bytes.Equal(cbcMAC(block, data), cbcMAC(block, append(data, 0))) {
		t.Error("a zero byte at the end does not change the MAC")
	}
}

// TestSecretsStaySecret: no way of printing, logging or marshalling a message, a
// password, a PIN block or a store shows what must not be seen.
func TestSecretsStaySecret(t *testing.T) {
	broker, _ := newPair(t)
	const password = "Tr0ub4dor"
	secret := NewSecret(password)
	c := newCodec(t, Delim(), broker)
	block, err := c.SealPIN(7, "8800000123", secret)
	if err != nil {
		t.Fatal(err)
	}
	m := &Withdrawal{Envelope: Envelope{Header: sampleHeader(Bank)}, Transfer: Transfer{FundAccount: "8800000123", FundPassword: block}}
	holder := struct{ hidden Secret }{secret}
	keys, err := broker.NewWorkingKeys(testBank, 8)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{secret, &secret, holder, block, m, *m, broker, keys, c} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
		log.Info("event", "value", v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Logf("json: %v", err) // a codec holds functions of nothing; refusing is fine
		}
	}
	for name, bad := range map[string]string{
		"password":          password,
		"password in hex":   hex.EncodeToString([]byte(password)),
		"PIN block":         hex.EncodeToString(block),
		"master key":        "0123456789abcdef",
		"master key in hex": hex.EncodeToString([]byte("0123456789abcdef")),
	} {
		if i := strings.Index(strings.ToLower(out.String()), strings.ToLower(bad)); i >= 0 {
			t.Errorf("%s is shown: …%.80s", name, out.String()[max(0, i-40):])
		}
	}
}

// TestKeyFile: a key file gives its keys, and a wrong one is refused by line
// without repeating what stands there.
func TestKeyFile(t *testing.T) {
	const good = "# 2023\n\nBANK0001 = 30313233343536373839616263646566\nBANK0002=00112233445566778899aabbccddeeff\n"
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenKeyFile(path, newSeeded(1))
	if err != nil {
		t.Fatal(err)
	}
	broker, _ := newPair(t)
	want, _ := broker.CheckValue(KeyRef{Bank: testBank, Use: UseMaster})
	if got, err := s.CheckValue(KeyRef{Bank: testBank, Use: UseMaster}); err != nil || !bytes.Equal(got, want) {
		t.Errorf("check value %x, want %x (%v)", got, want, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeyFile(path, newSeeded(1)); !errors.Is(err, ErrKey) {
		t.Errorf("a file others may read: got %v", err)
	}
	for _, bad := range []string{"BANK0001", "BANK0001=3031", "BANK0001=zz", "=30313233343536373839616263646566", good + good} {
		err := NewSoftStore(newSeeded(1)).ReadMasterKeys(strings.NewReader(bad))
		if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "line ") || strings.Contains(err.Error(), "3031") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}
