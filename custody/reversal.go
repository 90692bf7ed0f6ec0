package custody

import (
	"sancun/internal/invariant"
	"sancun/ledger"
	"sancun/record"
)

// askReversal asks the bank to undo a transfer of today that we began (row K22).
// A deposit that was credited is debited at once, as with a withdrawal; a
// withdrawal is credited only when the bank has confirmed. A transfer of unknown
// outcome may be reversed too: the bank then undoes it if it happened at all.
func (m *Machine) askReversal(c *record.AskReversal) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	row, ok := m.transfer(c.Transfer)
	if !ok {
		return record.UnknownRow, 0
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code, 0
	}
	o := *m.transfers.At(row)
	if code := reversible(&o, m.today().Date); code != record.Accepted {
		return code, 0
	}
	switch {
	case o.Initiator != ByBroker || o.State == TransferSent:
		return record.NotReversible, 0
	case c.Amount != o.Amount:
		return record.ReversalDiffers, 0
	}
	if code := m.bankTakes(o.Bank); code != record.Accepted {
		return code, 0
	}
	if o.Direction == Deposit && o.Booked == 1 {
		if code := m.coversReversal(&o); code != record.Accepted {
			return code, 0
		}
		m.unbook(&o, ledger.CodeDepositReversed)
	}
	o.ReversedBy = m.newTransfer(Transfer{
		Fund: o.Fund, Bank: o.Bank, Direction: o.Direction, Initiator: ByBroker, State: TransferSent,
		Channel: o.Channel, Amount: o.Amount, Reverses: o.ID,
	})
	put(m, m.transfers, row, o)
	return record.Accepted, o.ReversedBy
}

// reversible checks what every reversal needs of its original.
func reversible(o *Transfer, today uint32) record.Code {
	switch {
	case o.Date != today:
		return record.NotSameDay
	case o.State == TransferReversed:
		return record.AlreadyReversed
	case o.Reversing():
		return record.ReversalUnderWay
	case o.Reverses != 0, o.State == TransferRefused, o.State == TransferPoisoned:
		return record.NotReversible
	}
	return record.Accepted
}

// coversReversal checks that a credited deposit can be taken back.
func (m *Machine) coversReversal(o *Transfer) record.Code {
	switch {
	case m.spendable(o.Fund, o.Bank) < int64(o.Amount):
		return record.ReversalNotCovered
	case m.pooledBalance(o.Bank, m.funds.At(o.Fund).Currency) < int64(o.Amount):
		return record.PoolShort
	}
	return record.Accepted
}

// original returns the row that a reversal reverses. The day's opening keeps it
// as long as the reversal is open.
func (m *Machine) original(t *Transfer) uint32 {
	row, ok := m.transfer(t.Reverses)
	invariant.Assert(ok, "the original %d of reversal %d is in the table", t.Reverses, t.ID)
	return row
}

// reversalDone ends a reversal of ours that the bank carried out.
func (m *Machine) reversalDone(row uint32, t *Transfer, v *verdict) record.Code {
	at := m.original(t)
	o := *m.transfers.At(at)
	if o.Direction == Withdrawal {
		if code := m.takesIn(o.Fund, o.Bank, o.Amount); code != record.Accepted {
			return code
		}
		m.unbook(&o, ledger.CodeWithdrawReversed)
	}
	m.uncount(&o)
	m.end(at, &o, TransferReversed, &verdict{})
	m.end(row, t, TransferDone, v)
	return record.Accepted
}

// reversalRefused ends a reversal of ours that the bank refused: the original
// stands as it was, and a deposit taken back on asking is credited again.
func (m *Machine) reversalRefused(row uint32, t *Transfer, v *verdict) record.Code {
	at := m.original(t)
	o := *m.transfers.At(at)
	if o.Direction == Deposit && o.State == TransferDone {
		if code := m.takesIn(o.Fund, o.Bank, o.Amount); code != record.Accepted {
			return code
		}
		m.book(&o, ledger.CodeDepositReversed)
	}
	o.ReversedBy = 0
	put(m, m.transfers, at, o)
	m.end(row, t, TransferRefused, v)
	return record.Accepted
}

// bankReversal undoes a transfer of today on the bank's word, whoever began it.
func (m *Machine) bankReversal(c *record.BankReversal) (record.Code, uint64) {
	q := bankRequest{bank: c.Bank, date: c.Date, direction: c.Direction, amount: c.Amount}
	code := m.resolve(&q, c.BankRef, c.Fund)
	original, named := bankRef(c.Original)
	switch {
	case code == record.WrongDate:
		return record.NotSameDay, 0
	case code != record.Accepted:
		return code, 0
	case !named && (c.Original != "" || c.Transfer == 0), original == q.ref,
		c.Direction != Deposit && c.Direction != Withdrawal:
		return record.Malformed, 0
	case c.Amount <= 0 || c.Amount > amountMax:
		return record.BadAmount, 0
	}
	row, found := m.originalOf(c.Transfer, &q, original)
	if known, used := m.byBankRef(q.bank, q.date, q.ref); used {
		return m.repeatedReversal(known, row, found, &q)
	}
	switch {
	case found:
		return m.reverseAt(row, &q, original)
	case !named:
		return record.UnknownRow, 0
	case m.funds.At(q.fund).Bank != q.bank:
		return record.WrongBank, 0
	}
	return record.Accepted, m.poison(&q, original)
}

// originalOf finds the transfer a bank's reversal means: by our serial when the
// bank gives it, otherwise by its own.
func (m *Machine) originalOf(id uint64, q *bankRequest, original [record.BankRefMax]byte) (uint32, bool) {
	if id != 0 {
		if row, ok := m.transfer(id); ok && m.transfers.At(row).Bank == q.bank {
			return row, true
		}
	}
	if original == ([record.BankRefMax]byte{}) {
		return 0, false
	}
	return m.byBankRef(q.bank, q.date, original)
}

// repeatedReversal answers a reversal whose own serial is known: the same one
// again gets the first answer, anything else is refused.
func (m *Machine) repeatedReversal(known, original uint32, found bool, q *bankRequest) (record.Code, uint64) {
	t := m.transfers.At(known)
	if !found || t.Reverses != m.transfers.At(original).ID || t.Amount != q.amount || t.Fund != q.fund || t.Direction != q.direction {
		return record.BankSerialUsed, 0
	}
	if t.State != TransferDone {
		return record.OutcomeKnown, 0
	}
	return record.Accepted, t.ID
}

// poison remembers a reversal that came before its original: two rows, the
// reversal and the original that will be refused when it arrives.
func (m *Machine) poison(q *bankRequest, original [record.BankRefMax]byte) uint64 {
	t := Transfer{
		Fund: q.fund, Bank: q.bank, Direction: q.direction, Initiator: ByBank, Channel: record.ChannelBank,
		State: TransferPoisoned, Amount: q.amount, BankRef: original, ReversedBy: m.nextSerial() + 1,
	}
	t.Reverses, t.BankRef, t.State, t.ReversedBy = m.newTransfer(t), q.ref, TransferDone, 0
	return m.newTransfer(t)
}

// reverseAt reverses a transfer we have. One of ours that is still open ends as
// reversed without ever having been confirmed.
func (m *Machine) reverseAt(row uint32, q *bankRequest, original [record.BankRefMax]byte) (record.Code, uint64) {
	o := *m.transfers.At(row)
	if o.State == TransferPoisoned {
		return record.AlreadyReversed, 0
	}
	if code := reversible(&o, q.date); code != record.Accepted {
		return code, 0
	}
	unnamed := o.BankRef == [record.BankRefMax]byte{}
	switch {
	case o.Amount != q.amount || o.Direction != q.direction || o.Fund != q.fund,
		!unnamed && original != [record.BankRefMax]byte{} && original != o.BankRef:
		return record.ReversalDiffers, 0
	}
	reason := ledger.CodeWithdrawReversed
	if o.Booked == 1 {
		code := m.takesIn(o.Fund, o.Bank, o.Amount)
		if o.Direction == Deposit {
			code, reason = m.coversReversal(&o), ledger.CodeDepositReversed
		}
		if code != record.Accepted {
			return code, 0
		}
		m.unbook(&o, reason)
	}
	if _, used := m.byBankRef(o.Bank, o.Date, original); unnamed && !used {
		o.BankRef = original
	}
	o.ReversedBy = m.newTransfer(Transfer{
		Fund: o.Fund, Bank: o.Bank, Direction: o.Direction, Initiator: ByBank, State: TransferDone,
		Channel: record.ChannelBank, Amount: o.Amount, BankRef: q.ref, Reverses: o.ID,
	})
	m.uncount(&o)
	m.end(row, &o, TransferReversed, &verdict{})
	return record.Accepted, o.ReversedBy
}
