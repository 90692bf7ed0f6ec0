package custody

import (
	"math"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// amountMax bounds one transfer, in minor units: a trillion yuan. With at most
// 65,535 transfers a day and account, no counter of a day can overflow.
const amountMax money.Amount = 100_000_000_000_000

// cashAt returns the ledger row of a fund account's cash in custody with a bank,
// opening it if need be. A transfer keeps the bank it was asked of, also when
// the account has gone to another bank before the outcome is known.
func (m *Machine) cashAt(fund uint32, bank uint16) uint32 {
	f := m.funds.At(fund)
	if f.Bank == bank && f.Cash != 0 {
		return f.Cash - 1
	}
	return m.Ledger.Ensure(ledger.Key{Kind: ledger.ClientCash, Bank: bank, Unit: uint32(f.Currency), Owner: uint64(fund)})
}

// findCash is cashAt for looking: false means that there is no such account yet.
func (m *Machine) findCash(fund uint32, bank uint16) (uint32, bool) {
	f := m.funds.At(fund)
	if f.Bank == bank && f.Cash != 0 {
		return f.Cash - 1, true
	}
	return m.Ledger.Find(ledger.Key{Kind: ledger.ClientCash, Bank: bank, Unit: uint32(f.Currency), Owner: uint64(fund)})
}

// pooledAt returns the ledger row of a bank's pooled account, opening it if need be.
func (m *Machine) pooledAt(bank uint16, c money.Currency) uint32 {
	return m.Ledger.Ensure(ledger.Key{Kind: ledger.Pooled, Bank: bank, Unit: uint32(c)})
}

// balanceOf returns an account's balance, 0 when it is not open.
func (m *Machine) balanceOf(k ledger.Key) int64 {
	row, ok := m.Ledger.Find(k)
	if !ok {
		return 0
	}
	return m.Ledger.At(row).Balance
}

// pooledBalance returns what the books hold in a bank's pooled account.
func (m *Machine) pooledBalance(bank uint16, c money.Currency) int64 {
	return m.balanceOf(ledger.Key{Kind: ledger.Pooled, Bank: bank, Unit: uint32(c)})
}

// takesIn says whether pooled account and client's cash can both grow by amount.
func (m *Machine) takesIn(fund uint32, bank uint16, amount money.Amount) record.Code {
	room := math.MaxInt64 - int64(amount)
	if m.pooledBalance(bank, m.funds.At(fund).Currency) > room {
		return record.OutOfRange
	}
	if cash, ok := m.findCash(fund, bank); ok && m.Ledger.At(cash).Balance > room {
		return record.OutOfRange
	}
	return record.Accepted
}

// spendable is what can be taken back of a client's cash without a debt: the
// available balance, but not the proceeds of sales that have not settled.
func (m *Machine) spendable(fund uint32, bank uint16) int64 {
	cash, ok := m.findCash(fund, bank)
	if !ok {
		return 0
	}
	a := m.Ledger.At(cash)
	return min(a.Available(), a.Balance)
}

// book posts a transfer in its direction. What covers it is checked before.
func (m *Machine) book(t *Transfer, code ledger.Code) {
	m.post(t, code, t.Direction == Deposit)
	t.Booked = 1
}

// unbook takes the posting of a transfer back by the opposite one.
func (m *Machine) unbook(t *Transfer, code ledger.Code) {
	m.post(t, code, t.Direction != Deposit)
	t.Booked = 0
}

func (m *Machine) post(t *Transfer, code ledger.Code, in bool) {
	pooled, cash := m.pooledAt(t.Bank, m.funds.At(t.Fund).Currency), m.cashAt(t.Fund, t.Bank)
	if in {
		m.Ledger.Post(code, pooled, cash, int64(t.Amount))
	} else {
		m.Ledger.Post(code, cash, pooled, int64(t.Amount))
	}
}

// owes says whether a fund account is below zero: a receivable of ours. Nothing
// may be bought or withdrawn until it is paid. It follows from the ledger, so it
// ends by itself with the posting that pays the debt.
func (m *Machine) owes(fund uint32) bool {
	f := m.funds.At(fund)
	return f.Cash != 0 && m.Ledger.At(f.Cash-1).Balance < 0
}
