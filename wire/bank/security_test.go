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
	"pgregory.net/rapid"
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

// TestPINBlock: a sealed password comes back for its account and key, and for
// nothing else; the form of the block is the one documented.
func TestPINBlock(t *testing.T) {
	broker, bank := newPair(t)
	ref := KeyRef{testBank, UsePIN, 7}
	for _, c := range []struct {
		form               PINForm
		password, account  string
		wantErr            error
		otherAccountToFail string
	}{
		{PINDigits, "135790", "6200000000000000001", nil, "6200000000000000002"},
		{PINDigits, "1357", "88000001", nil, "88000002"},
		{PINDigits, "135791357913", "card-with-letters", nil, "card-with-letterz"},
		{PINDigits, "135", "1", ErrEncoding, ""},
		{PINDigits, "1357913579135", "1", ErrEncoding, ""},
		{PINDigits, "13579a", "1", ErrEncoding, ""},
		{PINDigits, "135790", "", ErrMissing, ""},
		{PINText, "Fund-Pass#2023", "8800000123", nil, "8800000124"},
		{PINText, "1", "8800000123", nil, "880000012"},
		{PINText, "nineteen-bytes-long", "8800000123", nil, "x"},
		{PINText, "twenty-bytes-too-long", "1", ErrEncoding, ""},
		{PINText, "", "1", ErrEncoding, ""},
		{PINText, "with space", "1", ErrEncoding, ""},
		{PINText, "secret", "", ErrMissing, ""},
		{PINForm(9), "secret", "1", ErrFormat, ""},
	} {
		sealed, err := broker.SealPIN(ref, c.form, c.account, NewSecret(c.password))
		if !errors.Is(err, c.wantErr) {
			t.Errorf("%v: seal: got %v, want %v", c.form, err, c.wantErr)
		}
		if err != nil {
			if c.password != "" && len(c.password) > 2 && strings.Contains(err.Error(), c.password) {
				t.Errorf("the error tells the password: %v", err)
			}
			continue
		}
		if len(sealed) != c.form.Bytes() {
			t.Errorf("%v: %d bytes, want %d", c.form, len(sealed), c.form.Bytes())
		}
		got, err := bank.OpenPIN(ref, c.form, c.account, sealed)
		if err != nil || got.Reveal() != c.password {
			t.Errorf("%v: open: %v", c.form, err)
		}
		again, err := broker.SealPIN(ref, c.form, c.account, NewSecret(c.password))
		if err != nil || bytes.Equal(again, sealed) {
			t.Errorf("%v: the same password seals to the same block (%v)", c.form, err)
		}
		if _, err := bank.OpenPIN(ref, c.form, c.otherAccountToFail, sealed); !errors.Is(err, ErrEncoding) {
			t.Errorf("%v: opened for another account: %v", c.form, err)
		}
	}
}

// TestPINBlockProperty: every password that a form takes comes back.
func TestPINBlockProperty(t *testing.T) {
	broker, bank := newPair(t)
	ref := KeyRef{testBank, UsePIN, 7}
	rapid.Check(t, func(t *rapid.T) {
		form, pattern := PINDigits, `[0-9]{4,12}`
		if rapid.Bool().Draw(t, "text") {
			form, pattern = PINText, `[!-~]{1,19}`
		}
		password := rapid.StringMatching(pattern).Draw(t, "password")
		account := rapid.StringMatching(`[0-9]{1,19}|[0-9A-Z]{20,32}`).Draw(t, "account")
		block, err := broker.SealPIN(ref, form, account, NewSecret(password))
		if err != nil {
			t.Fatal(err)
		}
		got, err := bank.OpenPIN(ref, form, account, block)
		if err != nil || got.Reveal() != password {
			t.Fatalf("came back wrong: %v", err)
		}
	})
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

// TestWorkingKeys: a set installs once, in rising generations, only under the
// right master key and only when both check values agree; the set before the
// current one stays usable, older ones do not.
func TestWorkingKeys(t *testing.T) {
	broker, bank := newPair(t)
	w, err := broker.NewWorkingKeys(testBank, 8)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*WrappedKeys){
		"PIN key bit":     func(w *WrappedKeys) { w.PINKey[3] ^= 1 },
		"MAC key bit":     func(w *WrappedKeys) { w.MACKey[3] ^= 1 },
		"PIN check":       func(w *WrappedKeys) { w.PINCheck[0] ^= 1 },
		"MAC check short": func(w *WrappedKeys) { w.MACCheck = w.MACCheck[:3] },
		"keys exchanged": func(w *WrappedKeys) {
			w.PINKey, w.MACKey, w.PINCheck, w.MACCheck = w.MACKey, w.PINKey, w.MACCheck, w.PINCheck
		},
		"key short":      func(w *WrappedKeys) { w.PINKey = w.PINKey[:15] },
		"old generation": func(w *WrappedKeys) { w.Generation = 7 },
	} {
		bad := WrappedKeys{w.Generation, bytes.Clone(w.PINKey), bytes.Clone(w.PINCheck), bytes.Clone(w.MACKey), bytes.Clone(w.MACCheck)}
		spoil(&bad)
		if err := bank.InstallWorkingKeys(testBank, bad); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, want %v", name, err, ErrKey)
		}
	}
	if err := bank.InstallWorkingKeys("BANK0002", w); !errors.Is(err, ErrKey) {
		t.Errorf("without a master key: got %v", err)
	}
	if err := bank.InstallWorkingKeys(testBank, w); err != nil {
		t.Fatal(err)
	}
	if _, err := bank.NewWorkingKeys(testBank, 9); err != nil {
		t.Fatal(err)
	}
	for generation, want := range map[uint32]error{7: ErrKey, 8: nil, 9: nil, 10: ErrKey} {
		if _, err := bank.MAC(KeyRef{testBank, UseMAC, generation}, MACSM3HMAC, nil); !errors.Is(err, want) {
			t.Errorf("generation %d: got %v, want %v", generation, err, want)
		}
	}
	for _, use := range []KeyUse{UseMAC, UsePIN} {
		ours, err := broker.CheckValue(KeyRef{testBank, use, 8})
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := bank.CheckValue(KeyRef{testBank, use, 8})
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("check values of use %d differ: %x %x %v", use, ours, theirs, err)
		}
	}
	if _, err := bank.SealPIN(KeyRef{testBank, UseMAC, 9}, PINText, "1", NewSecret("x")); !errors.Is(err, ErrKey) {
		t.Errorf("sealed a password under a MAC key: %v", err)
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
