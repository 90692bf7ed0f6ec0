// Package risk is what the machine watches of orders while it decides them (rows
// K46, K51): how many, how large, how far from the market, how concentrated, at
// what hour, and by or in what is on the list.
//
// Rules are data with a date and a source (law L9). The exchanges' figures are
// built in; what the house sets holds before them. A rule looks at one figure and
// says one of four things; the gravest that any rule says holds for the order.
//
// The package keeps rules, counters and the list; the machine asks it. It must
// never look at books, and never decide whether an order is good business.
package risk

import "sancun/calendar"

// Rule is the number of a rule. Numbers are written to disk.
type Rule uint8

// The rules, with the figure each looks at.
const (
	PerSecond     Rule = 1 // orders and cancels of a fund account in one second, this one included
	PerDay        Rule = 2 // the same on the business date
	SingleAmount  Rule = 3 // price × quantity of one order, fen
	DailyAmount   Rule = 4 // sum of a fund account on the business date, this one included, fen
	Deviation     Rule = 5 // distance of a limit price from the reference, money.Rate
	Concentration Rule = 6 // share of one security in the client's assets after a buy, money.Rate
	Early         Rule = 7 // time of day before the limit, milliseconds
	Late          Rule = 8 // time of day at or after the limit, milliseconds

	ruleCount = 9
)

// Outcome is what a rule says. Numbers are written to disk and ascend by gravity.
type Outcome uint8

// The outcomes.
const (
	Pass   Outcome = 0
	Warn   Outcome = 1 // accepted, and noted
	Hold   Outcome = 2 // kept back until a person has looked at it
	Refuse Outcome = 3

	outcomeCount = 4
)

// Valid says whether a rule may have a limit with this outcome. Zero takes the
// limit away. An hour lies within a day; everything else is not negative.
func Valid(r Rule, o Outcome, limit int64) bool {
	if r < PerSecond || r >= ruleCount || o < Warn || o >= outcomeCount || limit < 0 {
		return false
	}
	return r < Early || limit <= int64(calendar.DayEnd)
}

// Limits are the rules in force on one date.
type Limits struct {
	at      [ruleCount][outcomeCount]int64 // 0 none
	watched [ruleCount]bool
}

// Watches says whether a rule has any limit.
func (l *Limits) Watches(r Rule) bool { return l.watched[r] }

// Judge says what a rule says of a figure: the gravest outcome whose limit the
// figure reaches.
func (l *Limits) Judge(r Rule, figure int64) Outcome {
	if !l.watched[r] {
		return Pass
	}
	for o := Refuse; o > Pass; o-- {
		limit := l.at[r][o]
		if limit == 0 {
			continue
		}
		if r == Early && figure < limit || r != Early && figure >= limit {
			return o
		}
	}
	return Pass
}

// Limit returns the limit of a rule and outcome, 0 when there is none.
func (l *Limits) Limit(r Rule, o Outcome) int64 {
	if r >= ruleCount || o >= outcomeCount {
		return 0
	}
	return l.at[r][o]
}
