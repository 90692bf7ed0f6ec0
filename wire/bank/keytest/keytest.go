// Package keytest is the suite that every bank.KeyStore must pass: the software
// one, and a hardware module behind PKCS#11 or GM/T 0018 the day somebody brings
// one. It uses the interface alone, and the software store as the other side of
// the line. It is for tests and must never be imported by anything else.
package keytest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sancun/wire/bank"
)

// Bank is the institution that the suite's stores share Master with; with Other
// they share another key, and with any other bank none.
const (
	Bank  = "BANK0001"
	Other = "BANK0002"
)

// Masters are the master keys a store under test must hold before the suite
// begins, by bank. A module loads them by its own tools.
func Masters() map[string][]byte {
	return map[string][]byte{Bank: []byte("0123456789abcdef"), Other: []byte("fedcba9876543210")}
}

// Open returns a new store that holds Masters and no working keys.
type Open func(t testing.TB) bank.KeyStore

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"the same MACs as everybody", testMAC},
		{"check values", testCheckValue},
		{"a key of one use is for no other", testUses},
		{"a set of working keys crosses the line", testExchange},
		{"a wrong set changes nothing", testWrongSet},
		{"generations rise, and two are usable", testGenerations},
		{"banks are apart", testBanksApart},
		{"PIN blocks", testPINBlocks},
		{"every password comes back", testEveryPassword},
		{"PIN blocks cross the line", testPINAcross},
		{"nothing is printed", testNothingPrinted},
		{"several goroutines", testGoroutines},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// reference is the other side of the line.
func reference(t testing.TB, masters map[string][]byte) *bank.SoftStore {
	t.Helper()
	s := bank.NewSoftStore(rand.NewChaCha8([32]byte{7}))
	for name, key := range masters {
		if err := s.SetMaster(name, key); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// exchanged returns both sides with working keys of generation 7.
func exchanged(t testing.TB, open Open) (ours bank.KeyStore, theirs *bank.SoftStore) {
	t.Helper()
	ours, theirs = open(t), reference(t, Masters())
	w, err := ours.NewWorkingKeys(Bank, 7)
	if err == nil {
		err = theirs.InstallWorkingKeys(Bank, w)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func master(name string) bank.KeyRef { return bank.KeyRef{Bank: name, Use: bank.UseMaster} }

func working(use bank.KeyUse, generation uint32) bank.KeyRef {
	return bank.KeyRef{Bank: Bank, Use: use, Generation: generation}
}

// The MACs of "sancun" under the key derived from the master key of Bank, computed
// with OpenSSL 3.0 by the words of docs/formats/bank.md. They pin the derivation
// and both algorithms.
var pinned = map[bank.MACAlgorithm]string{
	bank.MACSM4CBC:  "1ca4e37ac8850676fd59fbf99eb3aa11",
	bank.MACSM3HMAC: "daed1b5f9a7aa5bd8edd9e6cac9cfca675cf0a92aed21a5ce8fddfe9128c2973",
}

func testMAC(t *testing.T, open Open) {
	ours, theirs := exchanged(t, open)
	for algorithm, want := range pinned {
		got, err := ours.MAC(master(Bank), algorithm, []byte("sancun"))
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%v under the master key: %x, %v; want %s", algorithm, got, err, want)
		}
		for _, size := range []int{0, 1, 15, 16, 17, 31, 32, 1_000, 70_000} {
			data := bytes.Repeat([]byte{0x5A}, size)
			a, err := ours.MAC(working(bank.UseMAC, 7), algorithm, data)
			b, err2 := theirs.MAC(working(bank.UseMAC, 7), algorithm, data)
			if err != nil || err2 != nil || len(a) == 0 || !bytes.Equal(a, b) {
				t.Errorf("%v of %d bytes: %x and %x, %v, %v", algorithm, size, a, b, err, err2)
			}
			if more, err := ours.MAC(working(bank.UseMAC, 7), algorithm, append(data, 0)); err != nil || bytes.Equal(more, a) {
				t.Errorf("%v of %d bytes: a zero more makes no difference (%v)", algorithm, size, err)
			}
		}
	}
	if _, err := ours.MAC(working(bank.UseMAC, 7), bank.MACAlgorithm(99), nil); err == nil {
		t.Error("an algorithm that does not exist made a MAC")
	}
}

func testCheckValue(t *testing.T, open Open) {
	ours, theirs := exchanged(t, open)
	for _, ref := range []bank.KeyRef{master(Bank), master(Other), working(bank.UseMAC, 7), working(bank.UsePIN, 7)} {
		a, err := ours.CheckValue(ref)
		b, err2 := theirs.CheckValue(ref)
		if err != nil || err2 != nil || len(a) != 4 || !bytes.Equal(a, b) {
			t.Errorf("%v: %x and %x, %v, %v", ref, a, b, err, err2)
		}
	}
	if _, err := ours.CheckValue(working(bank.UseMAC, 8)); !errors.Is(err, bank.ErrKey) {
		t.Errorf("of a key that is not there: %v", err)
	}
}

func testUses(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	secret := bank.NewSecret("135790")
	block, err := ours.SealPIN(working(bank.UsePIN, 7), bank.PINText, "8800000123", secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"MAC under a PIN key":      func() error { _, err := ours.MAC(working(bank.UsePIN, 7), bank.MACSM3HMAC, nil); return err },
		"PIN under a MAC key":      func() error { _, err := ours.SealPIN(working(bank.UseMAC, 7), bank.PINText, "1", secret); return err },
		"PIN under the master key": func() error { _, err := ours.SealPIN(master(Bank), bank.PINText, "1", secret); return err },
		"open under a MAC key": func() error {
			_, err := ours.OpenPIN(working(bank.UseMAC, 7), bank.PINText, "8800000123", block)
			return err
		},
		"open under the master key": func() error { _, err := ours.OpenPIN(master(Bank), bank.PINText, "8800000123", block); return err },
		"a use that does not exist": func() error { _, err := ours.MAC(bank.KeyRef{Bank: Bank, Use: 9}, bank.MACSM3HMAC, nil); return err },
	} {
		if err := use(); !errors.Is(err, bank.ErrKey) {
			t.Errorf("%s: got %v, want %v", name, err, bank.ErrKey)
		}
	}
}

// testExchange: either side may make the set; the other then makes equal MACs.
func testExchange(t *testing.T, open Open) {
	ours, theirs := exchanged(t, open)
	w, err := theirs.NewWorkingKeys(Bank, 8)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.InstallWorkingKeys(Bank, w); err != nil {
		t.Fatal(err)
	}
	a, err := ours.MAC(working(bank.UseMAC, 8), bank.MACSM4CBC, []byte("x"))
	b, err2 := theirs.MAC(working(bank.UseMAC, 8), bank.MACSM4CBC, []byte("x"))
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("%x and %x, %v, %v", a, b, err, err2)
	}
	first, err := ours.NewWorkingKeys(Bank, 9)
	second, err2 := open(t).NewWorkingKeys(Bank, 9)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for name, pair := range map[string][2][]byte{"PIN and MAC key": {first.PINKey, first.MACKey}, "two PIN keys": {first.PINKey, w.PINKey}} {
		if bytes.Equal(pair[0], pair[1]) {
			t.Errorf("%s are the same key", name)
		}
	}
	if len(second.PINKey) != 16 || len(second.MACKey) != 16 || len(second.PINCheck) != 4 || len(second.MACCheck) != 4 {
		t.Error("a wrapped set has two keys of 16 bytes and two check values of 4")
	}
}

func testWrongSet(t *testing.T, open Open) {
	ours, theirs := exchanged(t, open)
	w, err := theirs.NewWorkingKeys(Bank, 8)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*bank.WrappedKeys){
		"PIN key bit":     func(w *bank.WrappedKeys) { w.PINKey[3] ^= 1 },
		"MAC key bit":     func(w *bank.WrappedKeys) { w.MACKey[3] ^= 1 },
		"PIN check":       func(w *bank.WrappedKeys) { w.PINCheck[0] ^= 1 },
		"MAC check short": func(w *bank.WrappedKeys) { w.MACCheck = w.MACCheck[:3] },
		"no check":        func(w *bank.WrappedKeys) { w.PINCheck, w.MACCheck = nil, nil },
		"keys exchanged": func(w *bank.WrappedKeys) {
			w.PINKey, w.MACKey, w.PINCheck, w.MACCheck = w.MACKey, w.PINKey, w.MACCheck, w.PINCheck
		},
		"key short":      func(w *bank.WrappedKeys) { w.PINKey = w.PINKey[:15] },
		"key long":       func(w *bank.WrappedKeys) { w.MACKey = append(w.MACKey, 0) },
		"old generation": func(w *bank.WrappedKeys) { w.Generation = 7 },
	} {
		bad := bank.WrappedKeys{
			Generation: w.Generation, PINKey: bytes.Clone(w.PINKey), PINCheck: bytes.Clone(w.PINCheck),
			MACKey: bytes.Clone(w.MACKey), MACCheck: bytes.Clone(w.MACCheck),
		}
		spoil(&bad)
		if err := ours.InstallWorkingKeys(Bank, bad); !errors.Is(err, bank.ErrKey) {
			t.Errorf("%s: got %v, want %v", name, err, bank.ErrKey)
		}
		if _, err := ours.CheckValue(working(bank.UseMAC, 8)); !errors.Is(err, bank.ErrKey) {
			t.Errorf("%s: half of the set was kept (%v)", name, err)
		}
	}
	if err := ours.InstallWorkingKeys(Other, w); !errors.Is(err, bank.ErrKey) {
		t.Errorf("under another bank's master key: %v", err)
	}
	if err := ours.InstallWorkingKeys(Bank, w); err != nil {
		t.Errorf("the right set after the wrong ones: %v", err)
	}
}

func testGenerations(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	for _, next := range []uint32{8, 12} {
		if _, err := ours.NewWorkingKeys(Bank, next); err != nil {
			t.Fatal(err)
		}
	}
	for generation, want := range map[uint32]error{0: bank.ErrKey, 7: bank.ErrKey, 8: nil, 9: bank.ErrKey, 12: nil} {
		for _, use := range []bank.KeyUse{bank.UseMAC, bank.UsePIN} {
			if _, err := ours.CheckValue(working(use, generation)); !errors.Is(err, want) {
				t.Errorf("generation %d: got %v, want %v", generation, err, want)
			}
		}
	}
	for _, old := range []uint32{0, 8, 11, 12} {
		if _, err := ours.NewWorkingKeys(Bank, old); !errors.Is(err, bank.ErrKey) {
			t.Errorf("a new set of generation %d after 12: %v", old, err)
		}
	}
}

func testBanksApart(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	if _, err := ours.NewWorkingKeys(Other, 1); err != nil {
		t.Errorf("generations of one bank bind another: %v", err)
	}
	a, err := ours.MAC(master(Bank), bank.MACSM3HMAC, nil)
	b, err2 := ours.MAC(master(Other), bank.MACSM3HMAC, nil)
	if err != nil || err2 != nil || bytes.Equal(a, b) {
		t.Errorf("two banks, one MAC: %x, %x, %v, %v", a, b, err, err2)
	}
	const stranger = "BANK9999"
	if _, err := ours.MAC(master(stranger), bank.MACSM3HMAC, nil); !errors.Is(err, bank.ErrKey) {
		t.Errorf("a bank without a key: %v", err)
	}
	if _, err := ours.NewWorkingKeys(stranger, 1); !errors.Is(err, bank.ErrKey) {
		t.Errorf("working keys for a bank without a key: %v", err)
	}
}

func testPINBlocks(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	ref := working(bank.UsePIN, 7)
	for _, c := range []struct {
		form                     bank.PINForm
		password, account, other string
		want                     error
	}{
		{bank.PINDigits, "135790", "6200000000000000001", "6200000000000000002", nil},
		{bank.PINDigits, "1357", "88000001", "88000002", nil},
		{bank.PINDigits, "135791357913", "card-with-letters", "card-with-letterz", nil},
		{bank.PINDigits, "135", "1", "", bank.ErrEncoding},
		{bank.PINDigits, "1357913579135", "1", "", bank.ErrEncoding},
		{bank.PINDigits, "13579a", "1", "", bank.ErrEncoding},
		{bank.PINDigits, "135790", "", "", bank.ErrMissing},
		{bank.PINText, "Fund-Pass#2023", "8800000123", "8800000124", nil},
		{bank.PINText, "1", "8800000123", "880000012", nil},
		{bank.PINText, "nineteen-bytes-long", "8800000123", "x", nil},
		{bank.PINText, "twenty-bytes-too-long", "1", "", bank.ErrEncoding},
		{bank.PINText, "", "1", "", bank.ErrEncoding},
		{bank.PINText, "with space", "1", "", bank.ErrEncoding},
		{bank.PINText, "secret", "", "", bank.ErrMissing},
		{bank.PINForm(9), "secret", "1", "", bank.ErrFormat},
	} {
		sealed, err := ours.SealPIN(ref, c.form, c.account, bank.NewSecret(c.password))
		if !errors.Is(err, c.want) {
			t.Errorf("%v: seal: got %v, want %v", c.form, err, c.want)
		}
		if err != nil {
			if len(c.password) > 2 && bytes.Contains([]byte(err.Error()), []byte(c.password)) {
				t.Errorf("the error tells the password: %v", err)
			}
			continue
		}
		if len(sealed) != c.form.Bytes() {
			t.Errorf("%v: %d bytes, want %d", c.form, len(sealed), c.form.Bytes())
		}
		if got, err := ours.OpenPIN(ref, c.form, c.account, sealed); err != nil || got.Reveal() != c.password {
			t.Errorf("%v: open: %v", c.form, err)
		}
		if again, err := ours.SealPIN(ref, c.form, c.account, bank.NewSecret(c.password)); err != nil || bytes.Equal(again, sealed) {
			t.Errorf("%v: the same password seals to the same block (%v)", c.form, err)
		}
		if _, err := ours.OpenPIN(ref, c.form, c.other, sealed); !errors.Is(err, bank.ErrEncoding) {
			t.Errorf("%v: opened for another account: %v", c.form, err)
		}
		if _, err := ours.OpenPIN(ref, c.form, c.account, sealed[1:]); !errors.Is(err, bank.ErrLength) {
			t.Errorf("%v: opened a block that is too short: %v", c.form, err)
		}
	}
}

func testEveryPassword(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	ref := working(bank.UsePIN, 7)
	rapid.Check(t, func(t *rapid.T) {
		form, pattern := bank.PINDigits, `[0-9]{4,12}`
		if rapid.Bool().Draw(t, "text") {
			form, pattern = bank.PINText, `[!-~]{1,19}`
		}
		password := rapid.StringMatching(pattern).Draw(t, "password")
		account := rapid.StringMatching(`[0-9]{1,19}|[0-9A-Z]{20,32}`).Draw(t, "account")
		block, err := ours.SealPIN(ref, form, account, bank.NewSecret(password))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ours.OpenPIN(ref, form, account, block); err != nil || got.Reveal() != password {
			t.Fatalf("came back wrong: %v", err)
		}
	})
}

func testPINAcross(t *testing.T, open Open) {
	ours, theirs := exchanged(t, open)
	ref := working(bank.UsePIN, 7)
	for form, password := range map[bank.PINForm]string{bank.PINDigits: "246810", bank.PINText: "Fund-Pass#1"} {
		for name, pair := range map[string][2]bank.KeyStore{"sent": {ours, theirs}, "received": {theirs, ours}} {
			block, err := pair[0].SealPIN(ref, form, "6200000000000000001", bank.NewSecret(password))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := pair[1].OpenPIN(ref, form, "6200000000000000001", block); err != nil || got.Reveal() != password {
				t.Errorf("%v %s: %v", form, name, err)
			}
		}
	}
}

// testNothingPrinted: no verb of fmt shows a master key.
func testNothingPrinted(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x", ours, ours, ours, ours, ours, ours)
	for _, key := range Masters() {
		for _, shown := range [][]byte{key, []byte(hex.EncodeToString(key)), []byte(fmt.Sprint(key)), []byte(fmt.Sprintf("%#v", key))} {
			if bytes.Contains(bytes.ToLower(out.Bytes()), shown) {
				t.Error("printing the store shows a master key")
			}
		}
	}
}

func testGoroutines(t *testing.T, open Open) {
	ours, _ := exchanged(t, open)
	want, err := ours.MAC(working(bank.UseMAC, 7), bank.MACSM3HMAC, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				got, err := ours.MAC(working(bank.UseMAC, 7), bank.MACSM3HMAC, []byte("x"))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%x, %v", got, err)
				}
				block, err := ours.SealPIN(working(bank.UsePIN, 7), bank.PINText, "1", bank.NewSecret("secret"))
				if err != nil {
					t.Error(err)
					continue
				}
				if s, err := ours.OpenPIN(working(bank.UsePIN, 7), bank.PINText, "1", block); err != nil || s.Reveal() != "secret" {
					t.Errorf("opened wrong: %v", err)
				}
			}
		})
	}
	all.Go(func() { // the next set comes while messages are on their way
		if _, err := ours.NewWorkingKeys(Bank, 8); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
}
