// Package statement makes clients' statements (对账单, row K18): what was there,
// what moved, what is there, of a business date or a month, from the query tables.
//
//	S1  A statement is as of a closing, the block at which the day end read the
//	    clients' balances, and says its height and hash. Statements that follow
//	    each other fit without gap or overlap, and one of a closed period is the
//	    same whenever it is made.
//	S2  It adds up or it is not given: opening and postings lead to the closing,
//	    cash by bank and units by security, and fees by kind to what was charged.
//	S3  It holds nobody's name unless the caller hands one in, masked or revealed.
//
// The package must never read the journal, book anything, or compute a fee that
// was not charged: the rules of the date only take a charge apart.
package statement

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"sancun/books"
	"sancun/calendar"
	"sancun/market"
)

// RowsMax bounds the postings, fills and movements of units of one statement, each.
const RowsMax = 100_000

var (
	// ErrPeriod reports a period that is no date yyyymmdd and no month yyyymm.
	ErrPeriod = errors.New("a period is a date as 20230825 or a month as 202308")
	// ErrUnbalanced reports figures that do not add up: the query tables are
	// damaged. Fill them again with `sancun books`, and prove the journal with
	// `sancun verify`.
	ErrUnbalanced = errors.New("the statement does not add up; fill the query tables again and verify the journal")
)

// Period is a business date or a calendar month.
type Period struct {
	From, To uint32 // business dates, yyyymmdd; of a month its first and 31st
}

// Day is the period of one business date.
func Day(date uint32) Period { return Period{date, date} }

// ParsePeriod reads a date of eight digits or a month of six.
func ParsePeriod(text string) (Period, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	switch {
	case err != nil || text[0] == '+':
	case len(text) == 8 && calendar.Date(n).Valid():
		return Day(uint32(n)), nil
	case len(text) == 6 && calendar.Date(n*100+1).Valid():
		return Period{uint32(n)*100 + 1, uint32(n)*100 + 31}, nil
	}
	return Period{}, fmt.Errorf("%q: %w", text, ErrPeriod)
}

// Month says whether the period is a month.
func (p Period) Month() bool { return p.From != p.To }

// String writes what ParsePeriod reads.
func (p Period) String() string {
	if p.Month() {
		return strconv.Itoa(int(p.From / 100))
	}
	return strconv.Itoa(int(p.From))
}

// Maker makes statements from query tables. Its methods may be called from several
// goroutines.
type Maker struct {
	books *books.Books
	rules *market.Rules

	mu   sync.Mutex
	days map[uint32]*market.Day // rules of dates asked for
}

// daysMax bounds the rules that are kept: those of a quarter, 20 KiB each.
const daysMax = 70

// NewMaker returns a Maker. The rules take the fees of past orders apart.
func NewMaker(b *books.Books, rules *market.Rules) *Maker {
	return &Maker{books: b, rules: rules, days: map[uint32]*market.Day{}}
}

// rulesOf returns the rules of a date.
func (m *Maker) rulesOf(date uint32) (*market.Day, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if day := m.days[date]; day != nil {
		return day, nil
	}
	day, err := m.rules.On(calendar.Date(date))
	if err != nil {
		return nil, err
	}
	if len(m.days) >= daysMax {
		clear(m.days)
	}
	m.days[date] = day
	return day, nil
}
