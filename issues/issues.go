// Package issues is the calendar of issues (发行日历): which new issues take
// subscriptions on which date, at what price and in what units. It reads and
// writes the dated file that operations keep (docs/formats/issues.md; row K33).
//
// The file is data of the house, made from the exchanges' announcements; market
// data say nothing of it. The package checks that a file is whole and makes
// sense. It must never open a file by name, look at a clock, or decide whether an
// investor may subscribe.
package issues

import (
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// Issue is one new issue on its date of subscription.
type Issue struct {
	Date     calendar.Date // the date of subscription
	Code     market.ID     // the code under which subscriptions are entered
	Security market.ID     // the security that will be listed; in Shenzhen the same code
	Name     string        // of the security, at most NameMax bytes of UTF-8
	Price    money.Price   // at which everybody subscribes
	Unit     money.Quantity
	// Max is the most that one securities account may subscribe, whole units.
	Max money.Quantity
	// Value is the market value that one unit of subscription asks of an account,
	// in fen. It is kept for people: the clearing house judges it, not this house.
	Value money.Amount
}

// Limits of a file. A busy month has some sixty issues, so a file of a whole year
// stays well below.
const (
	BytesMax  = 1 << 20
	IssuesMax = 5_000
	NameMax   = 40
)

// ErrFile reports a file that is not whole, not in its form, or contradicts
// itself; the words in front of it say where.
var ErrFile = errors.New("not a calendar of issues")

// Calendar is what is known of the issues of a span of dates.
type Calendar struct {
	// From and Until are the dates the calendar speaks of, both included. A date
	// within them without an issue has none; of a date outside nothing is known.
	From, Until calendar.Date
	Issues      []Issue // ascending by date and code
}

// On returns the issues of a date, and whether the calendar speaks of the date.
func (c *Calendar) On(date calendar.Date) ([]Issue, bool) {
	if date < c.From || date > c.Until {
		return nil, false
	}
	first, _ := slices.BinarySearchFunc(c.Issues, date, func(i Issue, d calendar.Date) int { return int(i.Date) - int(d) })
	last := first
	for last < len(c.Issues) && c.Issues[last].Date == date {
		last++
	}
	return c.Issues[first:last], true
}

// check says what of a calendar cannot be.
func (c *Calendar) check() error {
	if !c.From.Valid() || !c.Until.Valid() || c.From > c.Until || len(c.Issues) > IssuesMax {
		return fmt.Errorf("from %d until %d with %d issues: %w", c.From, c.Until, len(c.Issues), ErrFile)
	}
	for n := range c.Issues {
		i := &c.Issues[n]
		if err := i.check(); err != nil {
			return fmt.Errorf("issue %d: %w", n+1, err)
		}
		if i.Date < c.From || i.Date > c.Until {
			return fmt.Errorf("issue %d: %s on %d lies outside the calendar: %w", n+1, i.Code, i.Date, ErrFile)
		}
		if n > 0 && !before(&c.Issues[n-1], i) {
			return fmt.Errorf("issue %d: %s on %d stands twice or out of order: %w", n+1, i.Code, i.Date, ErrFile)
		}
	}
	return nil
}

func before(a, b *Issue) bool {
	return a.Date < b.Date || a.Date == b.Date && a.Code < b.Code
}

func (i *Issue) check() error {
	wrong := func(what string) error { return fmt.Errorf("%s on %d: %s: %w", i.Code, i.Date, what, ErrFile) }
	board, listed := market.Classify(i.Security)
	_, ordinary := market.Classify(i.Code)
	switch {
	case !i.Date.Valid() || !i.Code.Valid() || !i.Security.Valid():
		return wrong("no date, code or security")
	case i.Code.Market() != i.Security.Market():
		return wrong("code and security are of two markets")
	case !listed || board != market.Main && board != market.ChiNext && board != market.STAR:
		return wrong("the security is no share of a board that is served")
	case ordinary && i.Code != i.Security:
		return wrong("the code is that of another security")
	case i.Price <= 0 || i.Unit <= 0 || i.Unit > 1<<31 || i.Max < i.Unit || i.Max%i.Unit != 0:
		return wrong("price, unit or maximum cannot be")
	case i.Value < 0 || !named(i.Name):
		return wrong("name or market value cannot be")
	}
	if _, err := i.Price.Times(i.Max); err != nil {
		return wrong("the maximum costs more than money can count")
	}
	return nil
}

// named says whether a name is short text for people that the file can hold.
func named(name string) bool {
	if name == "" || len(name) > NameMax || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if r == separator || r == utf8.RuneError || unicode.IsControl(r) {
			return false
		}
	}
	return true
}
