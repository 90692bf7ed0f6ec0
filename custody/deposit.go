package custody

import (
	"sancun/ledger"
	"sancun/record"
)

// askDeposit lets a deposit out to the bank (row K20). Nothing is credited: the
// money is the client's only when the bank has confirmed that the card was debited.
func (m *Machine) askDeposit(c *record.AskDeposit) (record.Code, uint64) {
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
	v := movement{fund: row, direction: Deposit, channel: c.Channel, second: c.SecondFactor == 1, amount: c.Amount}
	if code := m.admit(&v); code != record.Accepted {
		return code, 0
	}
	m.count(&v)
	return record.Accepted, m.newTransfer(Transfer{
		Fund: row, Bank: f.Bank, Direction: Deposit, Initiator: ByBroker, State: TransferSent,
		Channel: c.Channel, Amount: c.Amount,
	})
}

// bankDeposit credits a deposit that began at the bank: the card is debited
// already, so the answer is final.
func (m *Machine) bankDeposit(c *record.BankDeposit) (record.Code, uint64) {
	q := bankRequest{
		bank: c.Bank, date: c.Date, direction: Deposit, currency: c.Currency,
		amount: c.Amount, card: c.Card, name: c.Name, id: c.ID,
	}
	if code := m.resolve(&q, c.BankRef, c.Fund); code != record.Accepted {
		return code, 0
	}
	return m.handle(&q, false)
}

// reasonOf returns the reason of the first posting of a transfer.
func reasonOf(direction uint8) ledger.Code {
	if direction == Deposit {
		return ledger.CodeDeposit
	}
	return ledger.CodeWithdrawal
}
