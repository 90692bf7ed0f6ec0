package custody

import (
	"math"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// betweenBanks is the owner of an in-settlement account for money that internal
// transfers put in course from one bank's pooled account to another's. Markets,
// which own the other accounts of that kind, are numbered from 1.
const betweenBanks = 0

// internalTransfer moves money between the main and an auxiliary fund account of
// one client (内部划转, row K26). The client may use it at once; the pooled money
// follows between the banks by the inter-bank total, and until then the identity
// of each bank holds through what is in course. Only withdrawable money moves,
// because the other account would let it out to a bank.
func (m *Machine) internalTransfer(c *record.InternalTransfer) record.Code {
	from, ok := m.fund(c.From)
	to, okTo := m.fund(c.To)
	if !ok || !okTo {
		return record.UnknownRow
	}
	f, t := m.funds.At(from), m.funds.At(to)
	if !m.forClient(f) {
		return record.NotPermitted
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code
	}
	switch {
	case c.Amount <= 0 || c.Amount > amountMax:
		return record.BadAmount
	case f.Client != t.Client || f.Currency != t.Currency:
		return record.NotOneClient
	case f.Main == t.Main:
		return record.NotMainAndAuxiliary
	}
	if code := m.usable(f, Withdrawal); code != record.Accepted {
		return code
	}
	if code := m.usable(t, Deposit); code != record.Accepted {
		return code
	}
	cash, ok := m.findCash(from, f.Bank)
	if !ok || m.withdrawable(from, cash) < int64(c.Amount) {
		return record.NotWithdrawable
	}
	if code := m.inCourse(f.Bank, t.Bank, f.Currency, c.Amount); code != record.Accepted {
		return code
	}
	if into, ok := m.findCash(to, t.Bank); ok && m.Ledger.At(into).Balance > math.MaxInt64-int64(c.Amount) {
		return record.OutOfRange
	}
	m.moveInternally(from, to, c.Amount)
	return record.Accepted
}

// inCourse checks that the figures in course between two banks stay in range.
func (m *Machine) inCourse(from, to uint16, c money.Currency, amount money.Amount) record.Code {
	if m.balanceOf(courseKey(from, c)) < math.MinInt64+int64(amount) || m.balanceOf(courseKey(to, c)) > math.MaxInt64-int64(amount) {
		return record.OutOfRange
	}
	return record.Accepted
}

func courseKey(bank uint16, c money.Currency) ledger.Key {
	return ledger.Key{Kind: ledger.InSettlement, Bank: bank, Unit: uint32(c), Owner: betweenBanks}
}

func (m *Machine) moveInternally(from, to uint32, amount money.Amount) {
	f, t := m.funds.At(from), m.funds.At(to)
	out, in := m.cashAt(from, f.Bank), m.cashAt(to, t.Bank)
	if f.Bank == t.Bank {
		m.Ledger.Post(ledger.CodeInternal, out, in, int64(amount))
		return
	}
	m.Ledger.Post(ledger.CodeInternal, out, m.Ledger.Ensure(courseKey(f.Bank, f.Currency)), int64(amount))
	m.Ledger.Post(ledger.CodeInternal, m.Ledger.Ensure(courseKey(t.Bank, t.Currency)), in, int64(amount))
}

// settleBetweenBanks books that pooled money went from one bank to another for
// what was in course between them.
func (m *Machine) settleBetweenBanks(c *record.SettleBetweenBanks) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	_, ok := m.bank(c.From)
	_, okTo := m.bank(c.To)
	amount := int64(c.Amount)
	switch {
	case !ok || !okTo:
		return record.UnknownRow
	case c.From == c.To || !c.Currency.Valid():
		return record.Malformed
	case amount <= 0:
		return record.BadAmount
	case m.balanceOf(courseKey(c.From, c.Currency)) > -amount || m.balanceOf(courseKey(c.To, c.Currency)) < amount:
		return record.NothingInCourse
	case m.pooledBalance(c.From, c.Currency) < amount:
		return record.PoolShort
	case m.pooledBalance(c.To, c.Currency) > math.MaxInt64-amount:
		return record.OutOfRange
	}
	from, to := m.Ledger.Ensure(courseKey(c.From, c.Currency)), m.Ledger.Ensure(courseKey(c.To, c.Currency))
	m.Ledger.Post(ledger.CodeInternal, from, m.pooledAt(c.From, c.Currency), amount)
	m.Ledger.Post(ledger.CodeInternal, m.pooledAt(c.To, c.Currency), to, amount)
	return record.Accepted
}
