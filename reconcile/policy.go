package reconcile

import (
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/custody"
	"sancun/money"
)

// Policy is how patient the house is and who is told, from a date on (law L9).
// Days are trading days since the case was found.
type Policy struct {
	From   calendar.Date
	Source string
	// Wait is how long what may be in flight is only asked for again.
	Wait int
	// WriteOffAfter is when money that nobody can explain may be taken over by the
	// broker's own funds, and WriteOffMax how much of a case, in fen.
	WriteOffAfter int
	WriteOffMax   money.Amount
	Levels        []Level // ascending by Days
}

// Level is who must know of a case of an age.
type Level struct {
	Days   int
	ZH, EN string
}

// builtinPolicies are the house's own: no rule text sets these figures.
var builtinPolicies = []Policy{{
	From: 20200824, Source: "house rule: in flight one day, own funds after five, at most 10,000 yuan a case",
	Wait: 1, WriteOffAfter: 5, WriteOffMax: 1_000_000,
	Levels: []Level{
		{0, "清算岗", "clearing desk"},
		{1, "清算主管", "head of clearing"},
		{3, "运营总监", "head of operations"},
		{5, "合规部门", "compliance"},
	},
}}

// Rules are the policies and the calendar that ages are counted by.
type Rules struct {
	Calendar *calendar.Calendar
	Policies []Policy // ascending by From
}

// Builtin returns the house's own policies.
func Builtin(c *calendar.Calendar) *Rules {
	return &Rules{Calendar: c, Policies: slices.Clone(builtinPolicies)}
}

// On returns the policy in force on a date, or the first one for earlier dates.
func (r *Rules) On(date uint32) *Policy {
	at := 0
	for i := range r.Policies {
		if r.Policies[i].From <= calendar.Date(date) {
			at = i
		}
	}
	return &r.Policies[at]
}

// Age returns how many trading days a case was or has been open: from the day it
// was found to the given date, or to its closing. The error is the calendar's.
func (r *Rules) Age(k *custody.Case, date uint32) (int, error) {
	until := calendar.Date(date)
	if k.State == custody.CaseClosed {
		closed, _ := calendar.AtUnixMilli(k.Closed / 1_000_000)
		until = min(until, closed)
	}
	n, err := r.Calendar.CountTradingDays(calendar.Date(k.Found), until)
	if err != nil {
		return 0, fmt.Errorf("age of case %d: %w", k.Number, err)
	}
	return max(0, n-1), nil
}

// Level returns the highest level an age reaches.
func (p *Policy) Level(age int) Level {
	l := p.Levels[0]
	for _, next := range p.Levels {
		if age >= next.Days {
			l = next
		}
	}
	return l
}
