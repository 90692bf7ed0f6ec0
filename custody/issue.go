package custody

import (
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Issue is a new issue that takes subscriptions on one date (新股申购; row K33). It
// enters through a record, from the calendar of issues.
type Issue struct {
	Code     market.ID // under which subscriptions are entered
	Security market.ID // that will be listed
	Date     uint32    // of subscription
	Unit     uint32
	Price    money.Price
	Max      money.Quantity // of one securities account; 0 when the issue was closed again
}

const issueWidth = 32

// Encode writes the row.
func (i *Issue) Encode(dst []byte) { f := state.Writing(dst); i.walk(&f) }

// Decode reads the row.
func (i *Issue) Decode(src []byte) { f := state.Reading(src); i.walk(&f) }

func (i *Issue) walk(f *state.Fields) {
	f.U32((*uint32)(&i.Code))
	f.U32((*uint32)(&i.Security))
	f.U32(&i.Date)
	f.U32(&i.Unit)
	state.I64(f, &i.Price)
	state.I64(f, &i.Max)
}

// issueRowsMax bounds one load command; a date has a handful of issues.
const issueRowsMax = 500

// loadIssues enters the issues of the day. What it does not name stays as it is:
// an issue is closed again by naming it with a maximum of zero.
func (m *Machine) loadIssues(c *record.LoadIssues) record.Code {
	if !m.fromHouse() && m.caller.Class() != record.CallerExchange {
		return record.NotPermitted
	}
	if c.Date != m.today().Date {
		return record.WrongDate
	}
	if len(c.Rows) == 0 || len(c.Rows) > issueRowsMax {
		return record.Malformed
	}
	for n := range c.Rows {
		if code := m.checkIssue(c.Date, &c.Rows[n]); code != record.Accepted {
			return code
		}
	}
	for n := range c.Rows {
		d := &c.Rows[n]
		at, _ := m.instrument(market.ID(d.Code))
		in := *m.instruments.At(at)
		row := in.Issue - 1
		if in.Issue == 0 {
			row = m.issues.Len()
			in.Issue = row + 1
			put(m, m.instruments, at, in)
		}
		put(m, m.issues, row, Issue{
			Code: market.ID(d.Code), Security: market.ID(d.Security), Date: c.Date, Unit: d.Unit, Price: d.Price, Max: d.Max,
		})
	}
	return record.Accepted
}

func (m *Machine) checkIssue(date uint32, d *record.IssueData) record.Code {
	row, known := m.instrument(market.ID(d.Code))
	switch {
	case !market.ID(d.Security).Valid() || market.ID(d.Security).Market() != market.ID(d.Code).Market(),
		d.Price <= 0 || d.Unit == 0 || d.Max < 0 || d.Max%money.Quantity(d.Unit) != 0:
		return record.Malformed
	case !known || m.instruments.At(row).Date != date:
		return record.UnknownInstrument
	}
	return record.Accepted
}

// issueOf returns the issue that an instrument is today, or nil.
func (m *Machine) issueOf(in *Instrument) *Issue {
	if in.Issue == 0 {
		return nil
	}
	if i := m.issues.At(in.Issue - 1); i.Date == m.today().Date {
		return i
	}
	return nil
}

// checkSubscription checks an order for a new issue, which takes no money on
// the day it is placed: allotted shares are paid on the second day after. Before
// the day of an order its calendar of issues is not known.
func (m *Machine) checkSubscription(c *record.NewOrder, e *entry) record.Code {
	switch {
	case c.Side != Subscribe || c.Category != CategoryNonTrading || c.Type != uint8(market.LimitOrder):
		return record.Malformed
	case c.Quantity <= 0:
		return record.SubscribeTooMuch
	case c.Price <= 0:
		return record.OfVerdict(market.PriceNotPositive)
	case m.before(e):
		return record.Accepted
	}
	i := m.issueOf(e.instrument)
	switch {
	case i == nil || i.Max == 0:
		return record.NotOpenToSubscribe
	case c.Quantity%money.Quantity(i.Unit) != 0 || c.Quantity > i.Max:
		return record.SubscribeTooMuch
	case c.Price != i.Price:
		return record.SubscribePrice
	case e.day.CheckPhase(&e.rules, market.LimitOrder, e.at) != market.OK:
		return record.OfVerdict(market.PhaseRefusesOrders)
	}
	return record.Accepted
}

// Issues lists the issues that take subscriptions on the open date.
func (m *Machine) Issues() []Issue {
	var all []Issue
	for row := range m.issues.Len() {
		if i := m.issues.At(row); i.Date == m.today().Date && i.Max > 0 {
			all = append(all, *i)
		}
	}
	return all
}
