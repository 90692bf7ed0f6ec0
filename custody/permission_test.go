package custody

import "testing"

// A rule holds from its date on, and every permission there is has one.
func TestPermitRules(t *testing.T) {
	for i, r := range PermitRules {
		if i > 0 && PermitRules[i-1].From > r.From {
			t.Errorf("the rule from %d stands before one from %d", PermitRules[i-1].From, r.From)
		}
		if !validDate(r.From) || r.Source == "" || r.Risk < 1 || r.Risk > 5 {
			t.Errorf("rule %+v", r)
		}
	}
	for _, c := range []struct {
		permission, date uint32
		known            bool
		months           uint16
	}{
		{PermitSTAR, 20190228, false, 0},
		{PermitSTAR, 20190301, true, 24},
		{PermitBSE, 20211114, false, 0},
		{PermitBSE, 20211115, true, 24},
		{PermitMargin, 20230825, true, 6},
		{PermitMain | PermitSTAR, 20230825, false, 0},
		{0, 20230825, false, 0},
	} {
		rule, ok := permitRule(c.permission, c.date)
		if ok != c.known || rule.Months != c.months {
			t.Errorf("permission %b on %d: %v %d months, want %v %d", c.permission, c.date, ok, rule.Months, c.known, c.months)
		}
	}
	for bit := uint32(1); bit <= permitAll; bit <<= 1 {
		if _, ok := permitRule(bit, 20230825); !ok {
			t.Errorf("permission %b has no rule", bit)
		}
	}
}
