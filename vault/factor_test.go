package vault

import (
	"bytes"
	"encoding/base32"
	"strings"
	"testing"
	"time"
)

// The codes of RFC 6238, appendix B, in six digits: the last six of its eight.
func TestFactorVectors(t *testing.T) {
	secret, err := ParseFactor(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	if err != nil {
		t.Fatal(err)
	}
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok, err := CheckFactor(secret, code, time.Unix(at, 0))
		if err != nil || !ok || step != uint64(at)/30 {
			t.Errorf("%s at %d: step %d, %v, %v", code, at, step, ok, err)
		}
	}
}

// A clock may be off by one step either way and no more.
func TestFactorDrift(t *testing.T) {
	secret, _ := ParseFactor(base32.StdEncoding.EncodeToString([]byte("12345678901234567890")))
	const at = 1111111109
	for off, want := range map[time.Duration]bool{0: true, -FactorStep: true, FactorStep: true, -2 * FactorStep: false, 2 * FactorStep: false} {
		step, ok, err := CheckFactor(secret, "081804", time.Unix(at, 0).Add(off))
		if err != nil || ok != want || ok && step != at/30 {
			t.Errorf("off by %v: step %d, %v, %v", off, step, ok, err)
		}
	}
	for _, code := range []string{"", "81804", "081805", "0818040", "０８１８０４"} {
		if _, ok, _ := CheckFactor(secret, code, time.Unix(at, 0)); ok {
			t.Errorf("%q is taken", code)
		}
	}
}

func TestFactorSecrets(t *testing.T) {
	secret, err := NewFactor(bytes.NewReader(bytes.Repeat([]byte{0xa5}, factorSecretBytes)))
	if err != nil || len(secret.Plain()) != 32 {
		t.Errorf("drawn %d characters, %v", len(secret.Plain()), err)
	}
	if _, err := NewFactor(bytes.NewReader(make([]byte, factorSecretBytes-1))); err == nil {
		t.Error("a secret without enough randomness")
	}
	back, err := ParseFactor(" " + strings.ToLower(secret.Plain()[:16]) + " " + secret.Plain()[16:] + "\n")
	if err != nil || !back.Equal(secret) {
		t.Errorf("read back: %v", err)
	}
	for _, text := range []string{"", "AAAA", "not base 32 at all!", strings.Repeat("A", 25), strings.Repeat("A", 136)} {
		if _, err := ParseFactor(text); err != ErrFactor {
			t.Errorf("%q: %v", text, err)
		}
	}
	want := "otpauth://totp/San%20cun:li%2Fna?algorithm=SHA1&digits=6&issuer=San+cun&period=30&secret=" + secret.Plain()
	if url := FactorURL(secret, "San cun", "li/na"); url.Plain() != want {
		t.Errorf("address %s, want %s", url.Plain(), want)
	}
	if _, _, err := CheckFactor(NewSecret("!"), "000000", time.Unix(1, 0)); err != ErrFactor {
		t.Errorf("a broken secret: %v", err)
	}
}

func FuzzParseFactor(f *testing.F) {
	for _, text := range []string{"", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "A=======", strings.Repeat("7", 128), strings.Repeat("2", 33)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := ParseFactor(text)
		if err != nil {
			return
		}
		if _, _, err := CheckFactor(secret, "000000", time.Unix(1111111109, 0)); err != nil {
			t.Errorf("%q is read and makes no codes: %v", text, err)
		}
	})
}
