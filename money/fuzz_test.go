package money

import (
	"errors"
	"testing"
)

// FuzzParse wants every figure that is read to be written and read again as the
// same, and every other text to be refused with one of the two errors.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-0.01", "12.3", "92233720368547758.07", "922337203685477.5807", "1.", ".5", "+1", "1e3", "CNY", "USD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(what, again string, err error) {
			if err != nil && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrOverflow) {
				t.Errorf("%s of %q: %v", what, s, err)
			}
			if err == nil && again != "" {
				t.Errorf("%s of %q: %s", what, s, again)
			}
		}
		again := ""
		a, err := ParseAmount(s)
		if b, bad := ParseAmount(a.String()); bad != nil || b != a {
			again = a.String()
		}
		check("amount", again, err)
		again = ""
		p, err := ParsePrice(s)
		if q, bad := ParsePrice(p.String()); bad != nil || q != p {
			again = p.String()
		}
		check("price", again, err)
		c, err := ParseCurrency(s)
		if err == nil && c.String() != s {
			again = c.String()
		}
		check("currency", again, err)
	})
}
