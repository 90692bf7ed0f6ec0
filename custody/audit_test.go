package custody

import (
	"strings"
	"testing"

	"sancun/record"
)

// A revelation is taken of staff alone, of a client there is, with a reason, and
// at any hour.
func TestRevealLogged(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 1)
	good := record.RevealLogged{Client: 1, Field: 2, Reason: "case 17"}
	staff := record.CallerOf(record.CallerStaff, 7)
	for _, c := range []struct {
		name   string
		caller record.Caller
		change func(*record.RevealLogged)
		want   record.Code
	}{
		{"staff", staff, func(*record.RevealLogged) {}, record.Accepted},
		{"the client", record.CallerOf(record.CallerClient, 1), func(*record.RevealLogged) {}, record.NotPermitted},
		{"a bank's desk", record.CallerOf(record.CallerBankDesk, 7), func(*record.RevealLogged) {}, record.NotPermitted},
		{"the house, which is no person", 0, func(*record.RevealLogged) {}, record.NotPermitted},
		{"staff number 0", record.CallerOf(record.CallerStaff, 0), func(*record.RevealLogged) {}, record.NotPermitted},
		{"no such client", staff, func(c *record.RevealLogged) { c.Client = 99 }, record.UnknownClient},
		{"no field", staff, func(c *record.RevealLogged) { c.Field = 0 }, record.Malformed},
		{"no reason", staff, func(c *record.RevealLogged) { c.Reason = "ok" }, record.ReferenceMissing},
		{"an essay", staff, func(c *record.RevealLogged) { c.Reason = strings.Repeat("a", record.RevealReasonMax+1) }, record.ReferenceMissing},
	} {
		cmd := good
		c.change(&cmd)
		if got := record.Code(r.do(c.caller, &cmd).Code); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	r.must(0, &record.StopDay{Date: testDate})
	r.must(staff, &good)
}
