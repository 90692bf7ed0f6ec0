package custody

import (
	"sancun/calendar"
	"sancun/ledger"
	"sancun/record"
)

// How much of an account must be finished, as sets of blockers.
const (
	// leavingBank is what stands in the way of asking for another bank.
	leavingBank = record.BlockOrders | record.BlockTransfers | record.BlockUnsettled | record.BlockDebt |
		record.BlockHolds | record.BlockDeduction
	// leavingHouse is what stands in the way of asking to close.
	leavingHouse = leavingBank | record.BlockPositions | record.BlockAuxiliary
	// emptied is what must be gone as well before the bank confirms.
	emptied = record.BlockInterest | record.BlockBalance
)

// clear says whether nothing of a set of blockers holds an account, and names all
// that do. It looks through the day's transfers and orders and through the list of
// securities, which is slow but rare.
func (m *Machine) clear(row uint32, asked record.Blocker) (record.Code, uint64) {
	f := m.funds.At(row)
	found := m.moneyBlocks(f) | m.freezeBlocks(f)
	if m.transfersOpen(row) {
		found |= record.BlockTransfers
	}
	if asked&record.BlockAuxiliary != 0 && f.Main == 1 && m.auxiliaryOpen(f) {
		found |= record.BlockAuxiliary
	}
	if f.Main == 1 {
		found |= m.unitBlocks(row)
		if m.ordersOpen(row) {
			found |= record.BlockOrders
		}
	}
	if found &= asked; found != 0 {
		return record.FundNotClear, uint64(found)
	}
	return record.Accepted, 0
}

// moneyBlocks looks at the cash account.
func (m *Machine) moneyBlocks(f *Fund) (found record.Blocker) {
	if f.DayProduct != 0 {
		found |= record.BlockInterest
	}
	if f.Cash == 0 {
		return found
	}
	return found | blocksOf(m.Ledger.At(f.Cash-1), record.BlockBalance)
}

// blocksOf says what one ledger account blocks; there is the blocker that stands
// for a positive balance.
func blocksOf(a *ledger.Account, there record.Blocker) (found record.Blocker) {
	if a.In(ledger.Payable) != 0 || a.In(ledger.Receivable) != 0 {
		found |= record.BlockUnsettled
	}
	if a.Held() != 0 {
		found |= record.BlockHolds
	}
	switch {
	case a.Balance < 0:
		found |= record.BlockDebt
	case a.Balance > 0:
		found |= there
	}
	return found
}

// freezeBlocks looks at the freezes of an account.
func (m *Machine) freezeBlocks(f *Fund) (found record.Blocker) {
	for next := f.Freezes; next != 0; {
		z := m.freezes.At(next - 1)
		if z.Released == 0 {
			found |= record.BlockHolds
		}
		if z.Deducted > z.Paid {
			found |= record.BlockDeduction
		}
		next = z.Earlier
	}
	return found
}

// unitBlocks looks at the position of every security.
func (m *Machine) unitBlocks(fund uint32) (found record.Blocker) {
	for in := range m.instruments.Len() {
		if row, ok := m.positionRow(fund, in); ok {
			found |= blocksOf(m.Ledger.At(row), record.BlockPositions)
		}
	}
	return found
}

// ordersOpen says whether a fund account has an order that can still be filled,
// today or on the next trading day. It looks through the day's table, like
// transfersOpen.
func (m *Machine) ordersOpen(fund uint32) bool {
	for range m.eachNextOrder(fund) {
		return true
	}
	for row := range m.orders.Len() {
		if o := m.orders.At(row); o.Fund == fund && o.Open() {
			return true
		}
	}
	return false
}

// auxiliaryOpen says whether the owner of a main account has an auxiliary one of
// the same currency that is not closed.
func (m *Machine) auxiliaryOpen(main *Fund) (open bool) {
	m.eachFund(main.Client, func(_ uint32, f *Fund) bool {
		open = f.Main == 0 && f.Currency == main.Currency && f.State != Closed
		return !open
	})
	return open
}

// askable checks what both applications share and returns the account's row.
func (m *Machine) askable(number uint64, verified uint8) (uint32, record.Code) {
	row, code := m.fundFor(number)
	if code != record.Accepted {
		return 0, code
	}
	f := m.funds.At(row)
	client := m.clients.At(f.Client)
	switch {
	case f.State != Normal && f.State != PreDesignated:
		return 0, record.FundNotNormal
	case client.State != Normal:
		return 0, record.ClientNotNormal
	case client.Mismatch != 0:
		return 0, record.DataUnconfirmed
	case verified != 1:
		return 0, record.IdentityNotVerified
	case f.ClosingDate != 0:
		return 0, record.ApplicationPending
	}
	return row, m.takesBusiness()
}

// apply enters an application.
func (m *Machine) apply(row uint32, closing uint8) {
	f := *m.funds.At(row)
	f.Closing, f.ClosingDate = closing, m.today().Date
	put(m, m.funds, row, f)
}

// askChangeBank begins a change of bank (row K23). Positions stay; from now on
// nothing is traded until a contract with the new bank is in force.
func (m *Machine) askChangeBank(c *record.AskChangeBank) (record.Code, uint64) {
	row, code := m.askable(c.Fund, c.Verified)
	if code != record.Accepted {
		return code, 0
	}
	if m.funds.At(row).Relation != RelationDesignated {
		return record.NotSigned, 0
	}
	if code, ref := m.clear(row, leavingBank); code != record.Accepted {
		return code, ref
	}
	m.apply(row, ClosingBank)
	return record.Accepted, 0
}

// confirmChangeBank ends the relation with the former bank. The account keeps the
// empty ledger there until the next contract, so that a dividend that comes in
// between has a place.
func (m *Machine) confirmChangeBank(c *record.ConfirmChangeBank) (record.Code, uint64) {
	row, code, ref := m.mayLeave(c)
	if code == record.Accepted {
		m.endRelation(row)
	}
	return code, ref
}

// mayLeave checks the bank's word that a client has left it and returns the account's row.
func (m *Machine) mayLeave(c *record.ConfirmChangeBank) (row uint32, code record.Code, blockers uint64) {
	row, code = m.leaving(c.Fund, c.Bank, ClosingBank)
	if code != record.Accepted {
		return 0, code, 0
	}
	if code, ref := m.clear(row, leavingBank|emptied); code != record.Accepted {
		return 0, code, ref
	}
	if code := m.secondDay(row); code != record.Accepted {
		return 0, code, 0
	}
	return row, record.Accepted, 0
}

// leaving checks that the bank may confirm an application and returns the row.
func (m *Machine) leaving(number uint64, bank uint16, closing uint8) (uint32, record.Code) {
	if !m.fromBank(bank) && (bank != 0 || !m.fromHouse()) {
		return 0, record.NotPermitted
	}
	row, ok := m.fund(number)
	if !ok {
		return 0, record.UnknownFund
	}
	f := m.funds.At(row)
	switch {
	case f.State == Closed:
		return 0, record.AccountClosed
	case f.ClosingDate == 0 || f.Closing != closing:
		return 0, record.NoApplication
	case f.Relation == RelationDesignated && f.Bank != bank, f.Relation != RelationDesignated && bank != 0:
		return 0, record.WrongBank
	case f.State != Normal && f.State != PreDesignated:
		return 0, record.FundNotNormal
	}
	return row, m.takesBusiness()
}

// secondDay checks that the application is of an earlier day and that the ledger
// stood at zero when the last day ended, so that the bank's mirror does too.
func (m *Machine) secondDay(row uint32) record.Code {
	f := m.funds.At(row)
	c := m.counted(f)
	if f.ClosingDate >= m.today().Date || c.inCount != 0 || c.outCount != 0 || m.earnedLastNight(f) {
		return record.NotSecondDay
	}
	return record.Accepted
}

// earnedLastNight says whether the balance with which the last day closed was above
// zero: it was then counted up to the day before this one.
func (m *Machine) earnedLastNight(f *Fund) bool { return dayAfter(f.AccruedTo) == m.today().Date }

// dayAfter returns the calendar day after a date, 0 for no date.
func dayAfter(date uint32) uint32 {
	next, err := calendar.Date(date).AddDays(1)
	if err != nil {
		return 0
	}
	return uint32(next)
}

// askClosing begins the closing of a fund account (row K16). Interest is posted
// next, by CloseInterest, and the client takes the rest out to the bank.
func (m *Machine) askClosing(c *record.AskClosing) (record.Code, uint64) {
	row, code := m.askable(c.Fund, c.Verified)
	if code != record.Accepted {
		return code, 0
	}
	if code, ref := m.clear(row, leavingHouse); code != record.Accepted {
		return code, ref
	}
	m.apply(row, ClosingFund)
	return record.Accepted, 0
}

// confirmClosing closes an account for good. Where a bank keeps a management
// account it must have closed it, on the second day or later; its word is this
// command. The row stays, and so do its ledger and its records.
func (m *Machine) confirmClosing(c *record.ConfirmClosing) (record.Code, uint64) {
	row, code, ref := m.mayClose(c)
	if code != record.Accepted {
		return code, ref
	}
	m.endRelation(row)
	m.takeOffAll(row)
	f := *m.funds.At(row)
	f.State, f.RelationDate = Closed, m.today().Date
	put(m, m.funds, row, f)
	return record.Accepted, 0
}

// mayClose checks the closing of a fund account and returns the account's row.
func (m *Machine) mayClose(c *record.ConfirmClosing) (row uint32, code record.Code, blockers uint64) {
	row, code = m.leaving(c.Fund, c.Bank, ClosingFund)
	if code != record.Accepted {
		return 0, code, 0
	}
	if code, ref := m.clear(row, leavingHouse|emptied); code != record.Accepted {
		return 0, code, ref
	}
	if m.funds.At(row).Relation == RelationDesignated {
		if code := m.secondDay(row); code != record.Accepted {
			return 0, code, 0
		}
	}
	return row, record.Accepted, 0
}

func (m *Machine) withdrawApplication(c *record.WithdrawApplication) record.Code {
	row, code := m.fundFor(c.Fund)
	if code != record.Accepted {
		return code
	}
	f := *m.funds.At(row)
	if f.ClosingDate == 0 {
		return record.NoApplication
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code
	}
	f.Closing, f.ClosingDate = 0, 0
	put(m, m.funds, row, f)
	return record.Accepted
}
