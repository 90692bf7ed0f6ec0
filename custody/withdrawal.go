package custody

import (
	"sancun/ledger"
	"sancun/record"
)

// askWithdrawal debits the client first and only then lets the withdrawal out to
// the bank (row K20), so that the money cannot be used twice while the outcome is
// open. A definite refusal posts it back; silence never does.
func (m *Machine) askWithdrawal(c *record.AskWithdrawal) (record.Code, uint64) {
	row, ok := m.fund(c.Fund)
	if !ok {
		return record.UnknownRow, 0
	}
	f := m.funds.At(row)
	if !m.forClient(f) {
		return record.NotPermitted, 0
	}
	if c.Channel == 0 || c.Channel > record.ChannelBank {
		return record.Malformed, 0
	}
	if code := m.passwordAllows(row, c.PasswordOK == 1); code != record.Accepted {
		return code, 0
	}
	v := movement{fund: row, direction: Withdrawal, channel: c.Channel, second: c.SecondFactor == 1, amount: c.Amount}
	if code := m.admit(&v); code != record.Accepted {
		return code, 0
	}
	m.count(&v)
	t := Transfer{
		Fund: row, Bank: f.Bank, Direction: Withdrawal, Initiator: ByBroker, State: TransferSent,
		Channel: c.Channel, Amount: c.Amount,
	}
	m.book(&t, ledger.CodeWithdrawal)
	return record.Accepted, m.newTransfer(t)
}

// bankWithdrawal debits a withdrawal that began at the bank, which credits the
// card once it has our answer.
func (m *Machine) bankWithdrawal(c *record.BankWithdrawal) (record.Code, uint64) {
	q := bankRequest{
		bank: c.Bank, date: c.Date, direction: Withdrawal, currency: c.Currency,
		amount: c.Amount, card: c.Card, name: c.Name, id: c.ID,
	}
	if code := m.resolve(&q, c.BankRef, c.Fund); code != record.Accepted {
		return code, 0
	}
	return m.handle(&q, c.PasswordOK == 1)
}

// passwordAllows looks at the fund password, which was compared outside the
// machine. It is asked before the balance, so that a stranger learns nothing.
func (m *Machine) passwordAllows(fund uint32, right bool) record.Code {
	switch {
	case m.clients.At(m.funds.At(fund).Client).FundLocked != 0:
		return record.FundPasswordLocked
	case !right:
		return record.FundPasswordWrong
	}
	return record.Accepted
}
