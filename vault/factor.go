package vault

import (
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// A second factor is a code of six digits that a device makes of a shared secret
// and the time (TOTP, RFC 6238, with the parameters every authenticator takes:
// SHA-1, steps of 30 seconds).

// FactorStep is how long one code is shown.
const FactorStep = 30 * time.Second

const (
	// FactorDrift is how many steps a device's clock may be off either way. RFC
	// 6238, 5.2 recommends one.
	FactorDrift = 1

	factorDigits      = 6
	factorSecretBytes = 20  // RFC 4226, 4: the length of the hash
	factorSecretMin   = 16  // bytes, RFC 4226, 4
	factorSecretMax   = 128 // letters: what every authenticator still takes
)

// ErrFactor says that a text is no secret of a second factor.
var ErrFactor = errors.New("not a secret of a second factor")

// NewFactor draws a secret, in base32 as devices take it.
func NewFactor(random io.Reader) (Secret, error) {
	secret := make([]byte, factorSecretBytes)
	if _, err := io.ReadFull(random, secret); err != nil {
		return Secret{}, fmt.Errorf("draw the secret of a second factor: %w", err)
	}
	return NewSecret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)), nil
}

// ParseFactor reads a secret that was drawn elsewhere: base32 of at least 128 bits
// (RFC 4226, 4), in capitals or not, with spaces or not.
func ParseFactor(text string) (Secret, error) {
	text = strings.ToUpper(strings.Join(strings.Fields(text), ""))
	text = strings.TrimRight(text, "=")
	plain := base32.StdEncoding.WithPadding(base32.NoPadding)
	secret, err := plain.DecodeString(text)
	if err != nil || len(secret) < factorSecretMin || len(text) > factorSecretMax || plain.EncodeToString(secret) != text {
		return Secret{}, ErrFactor // a letter too many or too few decodes too, and every device makes another thing of it
	}
	return NewSecret(text), nil
}

// FactorURL is what a device reads from a picture to make the codes of a secret.
// It is as secret as the secret.
func FactorURL(secret Secret, house, name string) Secret {
	q := url.Values{
		"secret": {secret.Plain()}, "issuer": {house}, "algorithm": {"SHA1"}, "digits": {strconv.Itoa(factorDigits)},
		"period": {strconv.Itoa(int(FactorStep / time.Second))},
	}
	return NewSecret("otpauth://totp/" + url.PathEscape(house) + ":" + url.PathEscape(name) + "?" + q.Encode())
}

// CheckFactor says whether a code is that of the secret now, or FactorDrift steps
// earlier or later, and of which step since 1970 it is. Who uses it keeps the step
// and refuses it, and those before it, from then on: RFC 6238 lets a code be used
// once. Every step is compared, so that the time tells nothing.
func CheckFactor(secret Secret, code string, now time.Time) (step uint64, ok bool, err error) {
	at := uint64(now.Unix()) / uint64(FactorStep/time.Second)
	for s := max(at, FactorDrift) - FactorDrift; s <= at+FactorDrift; s++ {
		want, err := hotp.GenerateCodeCustom(secret.Plain(), s, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, ErrFactor // the library's error may quote the secret
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok, nil
}
