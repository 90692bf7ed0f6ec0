package calendar

import (
	"errors"
	"fmt"
)

// ErrCoverage reports a date outside the years a Calendar has data for. Beyond
// its data a calendar refuses: a guessed trading day would settle money on a
// holiday.
var ErrCoverage = errors.New("outside the years of the trading calendar")

// ErrNotTradingDay reports a day on which the exchanges do not open.
var ErrNotTradingDay = errors.New("not a trading day")

// ErrCalendarData reports a calendar table that contradicts itself.
var ErrCalendarData = errors.New("trading calendar data")

// Calendar knows the trading days of consecutive years. It is immutable after
// New and safe to share.
type Calendar struct {
	first, last int     // day numbers of the first and the last covered day
	days        []Date  // trading days, ascending
	rank        []int32 // rank[n-first] counts the trading days up to day n, that day included
}

// China returns the calendar of the mainland exchanges for the built-in years
// 2008–2026. Building it costs well under a millisecond; keep the value. The
// error is that of New, which the tests show the built-in data not to raise.
func China() (*Calendar, error) { return New(builtinYears, builtinExceptions) }

// BuiltinYears returns a copy of the built-in years, to be extended by the
// years an operator adds before New.
func BuiltinYears() []Year { return append([]Year(nil), builtinYears...) }

// BuiltinExceptions returns a copy of the built-in exceptions.
func BuiltinExceptions() []Exception { return append([]Exception(nil), builtinExceptions...) }

// New builds a calendar from consecutive years and the exceptions to them. It
// returns ErrCalendarData when years are missing or out of order, a closed day
// is no weekday of its year, or an exception says what is already so.
func New(years []Year, exceptions []Exception) (*Calendar, error) {
	if len(years) == 0 {
		return nil, fmt.Errorf("no years: %w", ErrCalendarData)
	}
	firstYear, lastYear := years[0].Year, years[len(years)-1].Year
	if firstYear < yearMin || lastYear > yearMax {
		return nil, fmt.Errorf("years %d to %d: %w", firstYear, lastYear, ErrCalendarData)
	}
	c := &Calendar{first: dayNumber(Date(firstYear*10_000 + 101)), last: dayNumber(Date(lastYear*10_000 + 1231))}
	open := make([]bool, c.last-c.first+1)
	for i := range open {
		weekday := dateOf(c.first + i).Weekday()
		open[i] = weekday != 0 && weekday != 6
	}
	for i, year := range years {
		if year.Year != firstYear+i {
			return nil, fmt.Errorf("year %d follows %d: %w", year.Year, firstYear+i-1, ErrCalendarData)
		}
		for _, d := range year.Closed {
			if !d.Valid() || d.Year() != year.Year || !open[dayNumber(d)-c.first] {
				return nil, fmt.Errorf("closed day %s of %d is no open weekday: %w", d, year.Year, ErrCalendarData)
			}
			open[dayNumber(d)-c.first] = false
		}
	}
	for _, e := range exceptions {
		if !c.Covers(e.Date) || open[dayNumber(e.Date)-c.first] == e.Open {
			return nil, fmt.Errorf("exception %s changes nothing: %w", e.Date, ErrCalendarData)
		}
		open[dayNumber(e.Date)-c.first] = e.Open
	}
	c.count(open)
	return c, nil
}

func (c *Calendar) count(open []bool) {
	c.rank = make([]int32, len(open))
	for i, isOpen := range open {
		if isOpen {
			c.days = append(c.days, dateOf(c.first+i))
		}
		c.rank[i] = int32(len(c.days))
	}
}

func dateOf(number int) Date {
	year, month, day := civil(number)
	return Date(year*10_000 + month*100 + day)
}

// Covers says whether the calendar has data for d.
func (c *Calendar) Covers(d Date) bool {
	return d.Valid() && dayNumber(d) >= c.first && dayNumber(d) <= c.last
}

// IsTradingDay says whether the exchanges open on d. Outside the covered years
// it says no; ask Covers where the difference matters.
func (c *Calendar) IsTradingDay(d Date) bool {
	if !c.Covers(d) {
		return false
	}
	rank := c.rank[dayNumber(d)-c.first]
	return rank > 0 && c.days[rank-1] == d
}

// Next returns the first trading day after d, or ErrCoverage.
func (c *Calendar) Next(d Date) (Date, error) { return c.AddTradingDays(d, 1) }

// Prev returns the last trading day before d, or ErrCoverage.
func (c *Calendar) Prev(d Date) (Date, error) { return c.AddTradingDays(d, -1) }

// AddTradingDays returns the n-th trading day after d, or the -n-th before it.
// With n zero it returns d if that is a trading day and else the next one. It
// returns ErrCoverage when d or the result lies outside the covered years.
func (c *Calendar) AddTradingDays(d Date, n int) (Date, error) {
	if !c.Covers(d) {
		return 0, fmt.Errorf("%s: %w", d, ErrCoverage)
	}
	upTo := int(c.rank[dayNumber(d)-c.first]) // trading days up to and including d
	index := upTo - 1 + n
	if n <= 0 && !c.IsTradingDay(d) {
		index++ // d itself was not counted
	}
	if index < 0 || index >= len(c.days) {
		return 0, fmt.Errorf("%s %+d trading days: %w", d, n, ErrCoverage)
	}
	return c.days[index], nil
}

// SettlementDay returns T+n for a trade done on the trading day T. Settlement
// days are trading days. It returns ErrNotTradingDay when nothing can have been
// traded on that day and ErrCoverage beyond the data.
func (c *Calendar) SettlementDay(trade Date, n int) (Date, error) {
	if !c.Covers(trade) {
		return 0, fmt.Errorf("%s: %w", trade, ErrCoverage)
	}
	if !c.IsTradingDay(trade) || n < 0 {
		return 0, fmt.Errorf("settlement of %s at T%+d: %w", trade, n, ErrNotTradingDay)
	}
	return c.AddTradingDays(trade, n)
}

// CountTradingDays returns the number of trading days in [from, to], both days
// included, or ErrCoverage. It is zero when to is before from.
func (c *Calendar) CountTradingDays(from, to Date) (int, error) {
	if !c.Covers(from) || !c.Covers(to) {
		return 0, fmt.Errorf("%s to %s: %w", from, to, ErrCoverage)
	}
	if to < from {
		return 0, nil
	}
	n := c.rank[dayNumber(to)-c.first] - c.rank[dayNumber(from)-c.first]
	if c.IsTradingDay(from) {
		n++
	}
	return int(n), nil
}
