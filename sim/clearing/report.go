package clearing

import (
	"slices"

	"sancun/calendar"
	"sancun/wire/csdc"
)

// Report is what the house knows about the day that is open, for its operators
// and for comparison by tests; a participant gets files instead.
type Report struct {
	Date        calendar.Date
	Trading     bool
	Trades      int64
	Nets        []Net // true ones of all members, whatever the files told
	Settlements []Settlement
	Checks      []FundCheck
	Minimums    []MinimumCheck // of the calendar days since the last open day too
	Deliveries  []Delivery
	Faults      []Injected // of this day
}

// Delivery is a file that went out.
type Delivery struct {
	At      calendar.TimeOfDay
	Name    string
	Version int          // of this name, from 1
	Control csdc.Control // zero for the control file
}

// Report returns what has happened on the open day so far.
func (h *House) Report() Report {
	if h.day == nil {
		return Report{}
	}
	r := h.day.report
	r.Settlements, r.Checks = slices.Clone(r.Settlements), slices.Clone(r.Checks)
	r.Minimums, r.Deliveries = slices.Clone(r.Minimums), slices.Clone(r.Deliveries)
	r.Nets = nil
	for _, n := range h.day.nets.sorted() {
		r.Nets = append(r.Nets, *n)
	}
	for _, f := range h.log {
		if f.Date == h.day.date {
			r.Faults = append(r.Faults, f)
		}
	}
	return r
}

// Log lists every fault since the beginning, in the order they happened.
func (h *House) Log() []Injected { return slices.Clone(h.log) }

// Accounts returns a member's cash accounts as they stand.
func (h *House) Accounts(member int) []Account { return slices.Clone(h.members[member].Accounts) }

// Holdings returns a member's positions as they stand, by market, account and
// security. Trades of the open day are in them once the evening has begun.
func (h *House) Holdings(member int) []Holding {
	var out []Holding
	for _, mk := range markets {
		for _, r := range h.holdings.rows(member, mk) {
			out = append(out, Holding{Unit: r.unit, Account: r.account, Security: r.security, Quantity: r.quantity})
		}
	}
	return out
}
