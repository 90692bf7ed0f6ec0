package custody

import (
	"sancun/approval"
	"sancun/calendar"
	"sancun/internal/invariant"
	"sancun/market"
	"sancun/risk"
	"sancun/state"
)

// rules are the effective-dated rules resolved for the business date. They are
// derived from the day row, from the tables of rules in the program and from what
// the house set, so they are in no root: a change of a rule table in the program is
// a new record.LogicVersion.
type rules struct {
	book *market.Rules
	day  *market.Day
	next *market.Day // of the next trading day, for orders entered ahead of it

	risk   risk.Limits
	riskOn uint32 // business date of risk

	guards   approval.Guards
	guardsOn uint32 // business date of guards

	ceilings   []risk.InForce // by row of the table of net buys
	ceilingsOn uint32         // business date of ceilings
}

func newRules() rules {
	years, err := calendar.New(calendar.BuiltinYears(), calendar.BuiltinExceptions())
	invariant.NoError(err)
	return rules{book: market.Builtin(years)}
}

// resolve turns to the rules of a date and of the trading day after it. Dates
// beyond the calendar have no rules, and openDay refuses them before they come
// here.
func (r *rules) resolve(date, next uint32) {
	if r.day != nil && uint32(r.day.Date()) == date {
		return
	}
	day, err := r.book.On(calendar.Date(date))
	invariant.NoError(err)
	after, err := r.book.On(calendar.Date(next))
	invariant.NoError(err)
	r.day, r.next = day, after
}

// resolveRisk turns to the risk limits of a date. The row of the day is written
// with every order, so nothing is done while the date stays.
func (r *rules) resolveRisk(date uint32, house *state.Table[risk.Setting, *risk.Setting]) {
	if r.riskOn != date {
		r.risk, r.riskOn = risk.On(date, house), date
	}
}

// resolveGuards turns to the guards of a date.
func (r *rules) resolveGuards(date uint32, house *state.Table[approval.Guard, *approval.Guard]) {
	if r.guardsOn != date {
		r.guards, r.guardsOn = approval.On(date, house), date
	}
}

// tradingDay says whether date is a trading day the calendar knows and next the
// one after it.
func (r *rules) tradingDay(date, next uint32) bool {
	c := r.book.Calendar
	if !c.Covers(calendar.Date(date)) || !c.IsTradingDay(calendar.Date(date)) {
		return false
	}
	after, err := c.Next(calendar.Date(date))
	return err == nil && uint32(after) == next
}

// dayMillis is the length of a day in milliseconds.
const dayMillis = int64(calendar.DayEnd)

// timeOfDay returns the time of day of the block in Beijing.
func (m *Machine) timeOfDay() calendar.TimeOfDay {
	_, t := calendar.AtUnixMilli(m.now / 1_000_000)
	return t
}

// validDate says whether yyyymmdd is a date of the civil calendar.
func validDate(d uint32) bool { return calendar.Date(d).Valid() }
