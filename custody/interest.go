package custody

import (
	"math"

	"sancun/calendar"
	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// accrueInterest adds the closing balances of today to the day-products of a
// batch (row K42). It runs after second-level clearing, when balances are final;
// a row that has a day already is left alone, so the step may run again.
func (m *Machine) accrueInterest(c *record.AccrueInterest) record.Code {
	d := m.today()
	switch {
	case !m.fromHouse():
		return record.NotPermitted
	case d.Date == 0:
		return record.NotOpenedDay
	case d.Phase != DayStopped:
		return record.AccrualTooEarly
	case c.Date != d.Date || c.Until < c.Date || c.Until >= d.Next || !calendar.Date(c.Until).Valid():
		return record.WrongDate
	case c.Count == 0 || c.Count > record.InterestBatchMax:
		return record.Malformed
	}
	last := min(uint64(m.funds.Len()), uint64(c.First)+uint64(c.Count))
	for row := uint64(c.First); row < last; row++ {
		if _, ok := m.accrued(uint32(row), c); !ok {
			return record.OutOfRange
		}
	}
	for row := uint64(c.First); row < last; row++ {
		added, _ := m.accrued(uint32(row), c)
		if added == 0 {
			continue
		}
		f := *m.funds.At(uint32(row))
		f.DayProduct += added
		f.AccruedTo = c.Until
		put(m, m.funds, uint32(row), f)
	}
	return record.Accepted
}

// accrued returns what a row's day-product grows by; false means out of range. A
// debt earns the client nothing. A row that earns nothing is not written at all:
// most rows of a large house are empty.
func (m *Machine) accrued(row uint32, c *record.AccrueInterest) (int64, bool) {
	f := m.funds.At(row)
	if f.Cash == 0 {
		return 0, true
	}
	days := int64(calendar.Date(c.Date).DaysUntil(calendar.Date(c.Until))) + 1
	if f.AccruedTo >= c.Date {
		days = int64(calendar.Date(f.AccruedTo).DaysUntil(calendar.Date(c.Until)))
	}
	balance := m.Ledger.At(f.Cash - 1).Balance
	if days <= 0 || balance <= 0 {
		return 0, true
	}
	return balance * days, balance <= (math.MaxInt64-f.DayProduct)/days
}

// postInterest posts the quarter's interest of a batch of rows of one currency.
func (m *Machine) postInterest(c *record.PostInterest) (record.Code, uint64) {
	switch {
	case !m.fromHouse():
		return record.NotPermitted, 0
	case m.today().Date == 0:
		return record.NotOpenedDay, 0
	case c.Date != m.today().Date:
		return record.WrongDate, 0
	case c.Count == 0 || c.Count > record.InterestBatchMax || !c.Currency.Valid():
		return record.Malformed, 0
	}
	last := min(uint64(m.funds.Len()), uint64(c.First)+uint64(c.Count))
	var sum money.Amount
	for row := uint64(c.First); row < last; row++ {
		if m.funds.At(uint32(row)).Currency != c.Currency {
			continue
		}
		amount, code := m.interestOf(uint32(row), c.Rate, c.Base)
		if code != record.Accepted {
			return code, 0
		}
		var err error
		if sum, err = sum.Add(amount); err != nil {
			return record.OutOfRange, 0
		}
	}
	for row := uint64(c.First); row < last; row++ {
		if m.funds.At(uint32(row)).Currency == c.Currency {
			m.payInterest(uint32(row), c.Rate, c.Base)
		}
	}
	return record.Accepted, uint64(sum)
}

// closeInterest posts the interest of one account before its ledger is cancelled
// (domain facts B.5). The day itself does not count any more.
func (m *Machine) closeInterest(c *record.CloseInterest) (record.Code, uint64) {
	row, code, amount := m.mayCloseInterest(c)
	if code == record.Accepted {
		m.payInterest(row, c.Rate, c.Base)
	}
	return code, amount
}

// mayCloseInterest checks the posting of one account's interest and returns the
// account's row and the amount.
func (m *Machine) mayCloseInterest(c *record.CloseInterest) (uint32, record.Code, uint64) {
	row, ok := m.fund(c.Fund)
	if !ok {
		return 0, record.UnknownRow, 0
	}
	if !m.fromHouse() {
		return 0, record.NotPermitted, 0
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return 0, code, 0
	}
	amount, code := m.interestOf(row, c.Rate, c.Base)
	if code != record.Accepted {
		return 0, code, 0
	}
	return row, record.Accepted, uint64(amount)
}

// interestOf returns day-product × rate ÷ base, half up to the minor unit, and
// whether it can be posted.
func (m *Machine) interestOf(row uint32, rate money.Rate, base uint16) (money.Amount, record.Code) {
	if base != 360 && base != 365 {
		return 0, record.Malformed
	}
	if rate < 0 || rate > money.RateUnit {
		return 0, record.OutOfRange
	}
	f := m.funds.At(row)
	if f.Cash == 0 || f.DayProduct == 0 {
		return 0, record.Accepted
	}
	amount, err := money.Amount(f.DayProduct).AtRateDays(rate, 1, int64(base))
	if err != nil || m.Ledger.At(f.Cash-1).Balance > math.MaxInt64-int64(amount) {
		return 0, record.OutOfRange
	}
	bank := m.cashBank(f)
	if m.balanceOf(interestKey(bank, f.Currency)) < math.MinInt64+int64(amount) {
		return 0, record.OutOfRange
	}
	return amount, record.Accepted
}

// payInterest posts what interestOf found and starts the day-product at zero.
func (m *Machine) payInterest(row uint32, rate money.Rate, base uint16) {
	amount, _ := m.interestOf(row, rate, base)
	f := *m.funds.At(row)
	if f.DayProduct == 0 || f.Cash == 0 {
		return
	}
	if amount > 0 {
		due := m.Ledger.Ensure(interestKey(m.cashBank(&f), f.Currency))
		m.Ledger.Post(ledger.CodeInterest, due, f.Cash-1, int64(amount))
	}
	f.DayProduct = 0
	put(m, m.funds, row, f)
}

// cashBank returns the bank that the cash account of a fund account belongs to.
func (m *Machine) cashBank(f *Fund) uint16 { return ledger.KeyFrom(m.Ledger.At(f.Cash - 1).Key).Bank }

func interestKey(bank uint16, c money.Currency) ledger.Key {
	return ledger.Key{Kind: ledger.InterestDue, Bank: bank, Unit: uint32(c)}
}

// interestReceived books the interest a bank paid on its pooled account. It is
// owed to the clients until posted; what is left is the spread, which only the
// rules of fees may draw.
func (m *Machine) interestReceived(c *record.InterestReceived) record.Code {
	if !m.fromBank(c.Bank) && !m.fromHouse() {
		return record.NotPermitted
	}
	if _, ok := m.bank(c.Bank); !ok {
		return record.UnknownRow
	}
	room := math.MaxInt64 - int64(c.Amount)
	switch {
	case !c.Currency.Valid():
		return record.Malformed
	case c.Amount <= 0:
		return record.BadAmount
	case m.pooledBalance(c.Bank, c.Currency) > room || m.balanceOf(interestKey(c.Bank, c.Currency)) > room:
		return record.OutOfRange
	}
	due := m.Ledger.Ensure(interestKey(c.Bank, c.Currency))
	m.Ledger.Post(ledger.CodeInterestReceived, m.pooledAt(c.Bank, c.Currency), due, int64(c.Amount))
	return record.Accepted
}
