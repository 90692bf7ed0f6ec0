package settle

import (
	"crypto/sha256"
	"fmt"

	"sancun/calendar"
	"sancun/custody"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Interest counts up to and with the 20th of a quarter's last month and is posted
// on the 21st (domain facts B.5). When the 21st is no trading day it is posted in
// the evening of the trading day before, after the days up to the 20th and before
// those behind it, so that no day is lost and none counts twice.
const lastInterestDay = 20

// quarterIn returns the last day of interest of a quarter that lies in a range of
// days, or zero.
func quarterIn(from, to calendar.Date) calendar.Date {
	for d := from; d <= to; {
		if d.Month()%3 == 0 && d.Day() == lastInterestDay {
			return d
		}
		next, err := d.AddDays(1)
		if err != nil {
			return 0
		}
		d = next
	}
	return 0
}

// interestPlan says what the evening of a business date does, in its order.
type interestPlan struct {
	postFirst bool          // the 21st: post before today counts
	split     calendar.Date // accrue up to here, post, accrue the rest; zero: no
	until     calendar.Date
}

func planInterest(date, next calendar.Date) (p interestPlan, err error) {
	if p.until, err = next.AddDays(-1); err != nil {
		return p, err
	}
	yesterday, err := date.AddDays(-1)
	if err != nil {
		return p, err
	}
	last := quarterIn(date, p.until)
	switch {
	case quarterIn(yesterday, yesterday) != 0:
		p.postFirst = true
	case last != 0:
		after, err := last.AddDays(1)
		if err != nil {
			return p, err
		}
		if after != next { // the 21st is no trading day
			p.split = last
		}
	}
	return p, nil
}

// posts says whether the evening posts interest.
func (p *interestPlan) posts() bool { return p.postFirst || p.split != 0 }

// interestParts are the rates, on the days they are used.
func (r *run) interestParts() ([]part, error) {
	p, err := planInterest(calendar.Date(r.o.Date), calendar.Date(r.day.Next))
	if err != nil || !p.posts() {
		return nil, err
	}
	_, currencies, err := r.accountsAndCurrencies()
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, c := range currencies {
		x, err := r.o.rate(c)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{"rate " + c.String(), sha256.Sum256(fmt.Appendf(nil, "%d/%d", x.Rate, x.Base))})
	}
	return parts, nil
}

// accountsAndCurrencies returns how many fund accounts there are and in which
// currencies.
func (r *run) accountsAndCurrencies() (uint32, []money.Currency, error) {
	var rows uint32
	var has [money.USD + 1]bool
	err := r.core.Look(r.ctx, func(m *custody.Machine) {
		for row, f := range m.Funds() {
			rows = row + 1
			if f.Currency.Valid() {
				has[f.Currency] = true
			}
		}
	})
	var currencies []money.Currency
	for c := money.CNY; c <= money.USD; c++ {
		if has[c] {
			currencies = append(currencies, c)
		}
	}
	return rows, currencies, err
}

// interest is step 9: the day's closing balances join the day-products, and on a
// quarter's end interest is posted (row K42). Its rows are the fund accounts.
// What it did is journaled with it: its height is the closing height.
func (r *run) interest(done bool) (uint64, error) {
	rows, currencies, err := r.accountsAndCurrencies()
	if err != nil || done {
		return uint64(rows), err
	}
	p, err := planInterest(calendar.Date(r.o.Date), calendar.Date(r.day.Next))
	if err != nil {
		return 0, err
	}
	var requests []record.Request
	if p.postFirst {
		requests, err = r.postings(requests, rows, currencies)
	}
	if p.split != 0 && err == nil {
		requests = r.accruals(requests, rows, p.split)
		requests, err = r.postings(requests, rows, currencies)
	}
	if err != nil {
		return 0, err
	}
	if p.until >= calendar.Date(r.o.Date) && p.until != p.split {
		requests = r.accruals(requests, rows, p.until)
	}
	return uint64(rows), submitAll(r.ctx, r.core, requests, submitMax, func(i int, a state.Answer) error {
		r.progress(uint64(i+1), uint64(len(requests)), false)
		return accepted(requests[i].Cmd, a)
	})
}

// accruals are idempotent by nature: a row that has a day already is left alone.
func (r *run) accruals(to []record.Request, rows uint32, until calendar.Date) []record.Request {
	for first := uint32(0); first < rows; first += record.InterestBatchMax {
		to = append(to, record.Request{Caller: house, Cmd: &record.AccrueInterest{
			Date: r.o.Date, Until: uint32(until), First: first, Count: record.InterestBatchMax,
		}})
	}
	return to
}

// postings go under keys: posted again after the rest of the days was accrued,
// they would pay those too.
func (r *run) postings(to []record.Request, rows uint32, currencies []money.Currency) ([]record.Request, error) {
	for _, c := range currencies {
		x, err := r.o.rate(c)
		if err != nil {
			return nil, err
		}
		for first := uint32(0); first < rows; first += record.InterestBatchMax {
			own := fmt.Sprintf("settle/interest/%d/%d/%d", r.o.Date, c, first)
			to = append(to, keyed(own, &record.PostInterest{
				Date: r.o.Date, Currency: c, Rate: x.Rate, Base: x.Base, First: first, Count: record.InterestBatchMax,
			}))
		}
	}
	return to, nil
}
