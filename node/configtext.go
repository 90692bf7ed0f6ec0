package node

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/money"
	"sancun/vault"
)

// Secret is a reference to a secret: "file:" and the path of a file that only its
// owner may read, or "env:" and the name of an environment variable. A secret
// itself is refused, so that none lies in a file that is copied and reviewed.
type Secret string

var errSecret = errors.New("a secret may not stand here; write file:/path/of/a/file or env:NAME_OF_A_VARIABLE")

// secretBytesMax bounds what is read as a secret.
const secretBytesMax = 4 << 10

// UnmarshalText reads a reference. Its error never shows the text.
func (s *Secret) UnmarshalText(text []byte) error {
	kind, rest, ok := strings.Cut(string(text), ":")
	if len(text) > 0 && (!ok || rest == "" || kind != "file" && kind != "env") {
		return errSecret
	}
	*s = Secret(text)
	return nil
}

// Resolve fetches the secret, without the line end of its file. It returns an
// error for a file that others may read and for a variable that is not set.
func (s Secret) Resolve() (vault.Secret, error) {
	kind, rest, _ := strings.Cut(string(s), ":")
	switch kind {
	case "":
		return vault.Secret{}, nil
	case "env":
		text, ok := os.LookupEnv(rest)
		if !ok || text == "" {
			return vault.Secret{}, fmt.Errorf("the environment variable %s is not set", rest)
		}
		return vault.NewSecret(text), nil
	}
	info, err := os.Stat(rest)
	switch {
	case err != nil:
		return vault.Secret{}, err
	case info.Mode().Perm()&0o077 != 0:
		return vault.Secret{}, fmt.Errorf("%s may be read by others; chmod 600 it", rest)
	case info.Size() == 0 || info.Size() > secretBytesMax:
		return vault.Secret{}, fmt.Errorf("%s has %d bytes; a secret has 1 to %d", rest, info.Size(), secretBytesMax)
	}
	text, err := os.ReadFile(rest)
	if err != nil {
		return vault.Secret{}, err
	}
	return vault.NewSecret(strings.TrimRight(string(text), "\r\n")), nil
}

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration; write one like 90s, 5m or 1h30m", text)
	}
	*d = Duration(v)
	return nil
}

// String writes a duration without the zeros that time.Duration adds.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

var byteUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}}

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	for _, unit := range byteUnits {
		digits, ok := strings.CutSuffix(string(text), unit.name)
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if ok && err == nil && n >= 0 && n <= 1<<40/unit.bytes {
			*b = Bytes(n * unit.bytes)
			return nil
		}
	}
	return fmt.Errorf("%q is no size; write one like 4096, 64KiB, 128MiB or 1GiB", text)
}

// String writes a size in the largest unit that leaves no rest.
func (b Bytes) String() string {
	for i := len(byteUnits) - 2; i >= 0; i-- {
		if unit := byteUnits[i]; b != 0 && int64(b)%unit.bytes == 0 {
			return strconv.FormatInt(int64(b)/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// UnmarshalText reads an instant.
func (t *Time) UnmarshalText(text []byte) error {
	v, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is no time; write one like 2023-08-25T09:00:00+08:00", text)
	}
	*t = Time(v)
	return nil
}

// String writes an instant as it is read.
func (t Time) String() string {
	if time.Time(t).IsZero() {
		return ""
	}
	return time.Time(t).Format(time.RFC3339)
}

// UnmarshalText reads a time of day.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	v, err := calendar.ParseTimeOfDay(string(text))
	if err != nil {
		return fmt.Errorf("%q is no time of day; write one like 09:00:00", text)
	}
	*t = TimeOfDay(v)
	return nil
}

// String writes a time of day as it is read.
func (t TimeOfDay) String() string { return calendar.TimeOfDay(t).String() }

// UnmarshalText reads a date.
func (d *Date) UnmarshalText(text []byte) error {
	v, err := calendar.ParseDate(string(text))
	if err != nil {
		return fmt.Errorf("%q is no date; write one like 20230825", text)
	}
	*d = Date(v)
	return nil
}

// String writes a date as it is read.
func (d Date) String() string { return calendar.Date(d).Compact() }

// rateDigits are the places of a rate behind the point.
const rateDigits = 9

// UnmarshalText reads a decimal fraction of one.
func (r *Rate) UnmarshalText(text []byte) error {
	whole, fraction, _ := strings.Cut(string(text), ".")
	v, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", max(0, rateDigits-len(fraction))), 10, 32)
	if err != nil || whole == "" || len(fraction) > rateDigits || money.Rate(v) > money.RateUnit {
		return fmt.Errorf("%q is no rate; write a fraction of one like 0.0035", text)
	}
	*r = Rate(v)
	return nil
}

// String writes a rate as it is read.
func (r Rate) String() string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%09d", money.Rate(r)/money.RateUnit, money.Rate(r)%money.RateUnit), "0"), ".")
}

// UnmarshalText reads yuan.
func (a *Amount) UnmarshalText(text []byte) error {
	v, err := money.ParseAmount(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no amount; write yuan like 50000 or 0.01", text)
	}
	*a = Amount(v)
	return nil
}

// String writes yuan.
func (a Amount) String() string { return money.Amount(a).String() }

// UnmarshalText reads a host and port.
func (a *Address) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" || portErr != nil || number == 0 {
		return fmt.Errorf("%q is no address; write host:port, such as 10.1.2.3:9129", text)
	}
	*a = Address(text)
	return nil
}

// UnmarshalText reads an address and port of this machine.
func (l *Listen) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = Listen{}
		return nil
	}
	v, err := netip.ParseAddrPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is no address to listen on; write address:port, such as 127.0.0.1:8081", text)
	}
	*l = Listen{v}
	return nil
}

// String is empty for no address.
func (l Listen) String() string {
	if !l.IsValid() {
		return ""
	}
	return l.AddrPort.String()
}

// fen is the amount as the program counts.
func (a Amount) fen() money.Amount { return money.Amount(a) }
