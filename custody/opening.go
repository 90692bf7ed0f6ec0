package custody

import (
	"slices"

	"sancun/ledger"
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideDay(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.OpenDay:
		return m.openDay(c), 0
	case *record.StopDay:
		return m.stopDay(c), 0
	case *record.SetBank:
		return m.setBank(c), 0
	case *record.BankSession:
		return m.bankSession(c), 0
	case *record.FundOwn:
		return m.fundOwn(c), 0
	case *record.TakeOver:
		return m.takeOver(c)
	case *record.RevealLogged:
		return m.revealLogged(c), 0
	}
	return record.UnknownKind, 0
}

// today returns the day row, zero before genesis.
func (m *Machine) today() Day {
	if m.day.Len() == 0 {
		return Day{}
	}
	return *m.day.At(0)
}

// openDay opens the next business date: the day before must be cleared, orders of
// that day leave the table, transfers with a known outcome too.
func (m *Machine) openDay(c *record.OpenDay) record.Code {
	d := m.today()
	switch {
	case d.Date != 0 && d.Phase != DayCleared:
		return record.DayNotCleared
	case c.Date <= d.Date, d.Next != 0 && c.Date != d.Next, c.Next <= c.Date:
		return record.WrongDate
	case !m.rules.tradingDay(c.Date, c.Next):
		return record.WrongDate
	}
	if m.orders.Len() > 0 {
		m.drop(m.orders)
	}
	m.keepOpenTransfers()
	m.keepOpenRemittances()
	d.Orders += uint64(m.nextOrders.Len()) // they took the numbers that follow
	d.Date, d.Next, d.Phase, d.Opened, d.Stopped = c.Date, c.Next, DayOpen, m.now, 0
	put(m, m.day, 0, d)
	return record.Accepted
}

// keepOpenTransfers clears the table of transfers and writes those still without
// a known outcome back, and those being reversed with them, so that the table
// does not grow with the years.
func (m *Machine) keepOpenTransfers() {
	var open []Transfer
	for row := range m.transfers.Len() {
		if t := m.transfers.At(row); t.Open() || t.Reversing() {
			open = append(open, *t)
		}
	}
	if m.transfers.Len() == 0 || len(open) == int(m.transfers.Len()) {
		return
	}
	m.drop(m.transfers)
	for row, t := range open {
		put(m, m.transfers, uint32(row), t)
	}
}

func (m *Machine) stopDay(c *record.StopDay) record.Code {
	d := m.today()
	if d.Phase != DayOpen {
		return record.DayClosed
	}
	switch {
	case c.Date != d.Date:
		return record.WrongDate
	case m.index.next.open > 0:
		return record.NextOrdersWait
	case m.nextOrders.Len() > 0: // all of this date and decided; those of the next follow
		m.drop(m.nextOrders)
	}
	d.Phase, d.Stopped = DayStopped, m.now
	put(m, m.day, 0, d)
	return record.Accepted
}

func (m *Machine) setBank(c *record.SetBank) record.Code {
	switch {
	case c.Number == 0 || int(c.Number) >= len(m.index.banks),
		c.Service != BankOpen && c.Service != BankSuspended,
		c.Code == "" || len(c.Code) > 8 || c.Name == "" || len(c.Name) > 40,
		c.WindowFrom >= c.WindowTo || int64(c.WindowTo) > dayMillis:
		return record.Malformed
	case c.SingleMin < 0 || c.SingleMax < c.SingleMin || c.DailyMax < 0 || c.MinRemaining < 0:
		return record.BadAmount
	}
	row, b := m.banks.Len(), Bank{}
	if known, ok := m.bank(c.Number); ok {
		row, b = known, *m.banks.At(known)
	}
	b.Number, b.Service, b.WindowFrom, b.WindowTo = c.Number, c.Service, c.WindowFrom, c.WindowTo
	b.SingleMin, b.SingleMax, b.DailyMax = c.SingleMin, c.SingleMax, c.DailyMax
	b.DailyCount, b.MinRemaining = c.DailyCount, c.MinRemaining
	b.Code, b.Name = [8]byte{}, [40]byte{}
	copy(b.Code[:], c.Code)
	copy(b.Name[:], c.Name)
	put(m, m.banks, row, b)
	return record.Accepted
}

// bank returns the row of a bank by its number.
func (m *Machine) bank(number uint16) (uint32, bool) {
	if int(number) >= len(m.index.banks) || m.index.banks[number] == 0 {
		return 0, false
	}
	return m.index.banks[number] - 1, true
}

func (m *Machine) bankSession(c *record.BankSession) record.Code {
	row, ok := m.bank(c.Bank)
	if !ok {
		return record.UnknownRow
	}
	if c.Date != 0 && c.Date != m.today().Date {
		return record.WrongDate
	}
	b := *m.banks.At(row)
	b.SignedIn = c.Date
	put(m, m.banks, row, b)
	return record.Accepted
}

func (m *Machine) fundOwn(c *record.FundOwn) record.Code {
	if _, ok := m.bank(c.Bank); !ok {
		return record.UnknownRow
	}
	if c.Amount <= 0 || !c.Currency.Valid() {
		return record.BadAmount
	}
	unit := uint32(c.Currency)
	own := m.Ledger.Ensure(ledger.Key{Kind: ledger.OwnBank, Bank: c.Bank, Unit: unit})
	equity := m.Ledger.Ensure(ledger.Key{Kind: ledger.OwnEquity, Unit: unit})
	m.Ledger.Post(ledger.CodeOpening, own, equity, int64(c.Amount))
	return record.Accepted
}

// takeOver books opening balances. The outcome's Ref is the first bad row,
// counted from 1, when rejected.
func (m *Machine) takeOver(c *record.TakeOver) (record.Code, uint64) {
	if len(c.Rows) == 0 || len(c.Rows) > record.BatchMax {
		return record.Malformed, 0
	}
	seen := make([]uint32, 0, len(c.Rows))
	for i, b := range c.Rows {
		bad := uint64(i + 1)
		fund, ok := m.index.funds.Find(state.KeyOf(b.Fund, 0))
		switch {
		case !ok || slices.Contains(seen, fund):
			return record.UnknownRow, bad
		case b.Amount <= 0 || !within(b.Amount):
			return record.BadAmount, bad
		case m.funds.At(fund).Relation != RelationDesignated:
			return record.NotDesignated, bad
		case *m.Ledger.At(m.cashOf(fund)) != (ledger.Account{Key: m.Ledger.At(m.cashOf(fund)).Key}):
			return record.AlreadyBooked, bad
		}
		seen = append(seen, fund)
	}
	for i, b := range c.Rows {
		f := m.funds.At(seen[i])
		pooled := m.Ledger.Ensure(ledger.Key{Kind: ledger.Pooled, Bank: f.Bank, Unit: uint32(f.Currency)})
		m.Ledger.Post(ledger.CodeOpening, pooled, f.Cash-1, int64(b.Amount))
	}
	return record.Accepted, 0
}
