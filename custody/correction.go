package custody

import (
	"sancun/calendar"
	"sancun/ledger"
	"sancun/record"
)

// The commands here follow the bank's reconciliation data, which prevail for
// transfers (domain facts B.7, row K41). Who may propose and who confirms is
// decided by the approval rules around them.

// resolveTransfer gives an open transfer or reversal the outcome that the bank's
// file shows.
func (m *Machine) resolveTransfer(c *record.ResolveTransfer) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	if c.Outcome != record.OutcomeSuccess && c.Outcome != record.OutcomeRefused {
		return record.Malformed, 0
	}
	if at, ok := m.remittance(c.Transfer); ok {
		return m.concludeRemittance(at, verdict{outcome: c.Outcome, ref: c.BankRef, cases: c.Case}), c.Transfer
	}
	row, ok := m.transfer(c.Transfer)
	if !ok {
		return record.UnknownRow, 0
	}
	return m.conclude(row, verdict{outcome: c.Outcome, ref: c.BankRef, cases: c.Case}), c.Transfer
}

// correctTransfer books an entry that the bank has and we have not.
func (m *Machine) correctTransfer(c *record.CorrectTransfer) (record.Code, uint64) {
	fund, ok := m.fund(c.Fund)
	ref, named := bankRef(c.BankRef)
	prior, used := m.byBankRef(c.Bank, c.Date, ref)
	switch {
	case !m.fromHouse():
		return record.NotPermitted, 0
	case m.today().Date == 0:
		return record.NotOpenedDay, 0
	case !ok:
		return record.UnknownRow, 0
	case !named || c.Case == 0 || c.Direction != Deposit && c.Direction != Withdrawal:
		return record.Malformed, 0
	case c.Date > m.today().Date || !calendar.Date(c.Date).Valid():
		return record.WrongDate, 0
	case c.Amount <= 0 || c.Amount > amountMax:
		return record.BadAmount, 0
	case used && !m.transfers.At(prior).givesWay():
		return record.BankSerialUsed, 0
	}
	if _, ok := m.findCash(fund, c.Bank); !ok {
		return record.WrongBank, 0
	}
	t := Transfer{
		Fund: fund, Bank: c.Bank, Direction: c.Direction, Initiator: ByCorrection, State: TransferDone,
		Channel: record.ChannelBank, Date: c.Date, Amount: c.Amount, BankRef: ref, Case: c.Case,
	}
	if t.Direction == Deposit {
		if code := m.takesIn(t.Fund, t.Bank, t.Amount); code != record.Accepted {
			return code, 0
		}
	}
	if used {
		p := *m.transfers.At(prior)
		p.BankRef = [record.BankRefMax]byte{}
		put(m, m.transfers, prior, p)
	}
	m.book(&t, m.correcting(&t, t.Direction == Deposit))
	return record.Accepted, m.newTransfer(t)
}

// givesWay says whether a transfer leaves its bank's serial to a correction: one
// of which nothing stands, because it was undone for its wrong amount or account,
// or refused before it arrived although the bank has it after all.
func (t *Transfer) givesWay() bool {
	return t.Booked == 0 && t.Reverses == 0 && (t.State == TransferRefused || t.State == TransferPoisoned)
}

// undoTransfer takes back an entry that we have as done and the bank has not. Of
// a reversal it brings the original back.
func (m *Machine) undoTransfer(c *record.UndoTransfer) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	row, ok := m.transfer(c.Transfer)
	switch {
	case !ok:
		return record.UnknownRow, 0
	case c.Case == 0:
		return record.Malformed, 0
	}
	t := *m.transfers.At(row)
	switch {
	case t.State != TransferDone:
		return record.NotUndoable, 0
	case t.Reversing():
		return record.ReversalUnderWay, 0
	case t.Reverses != 0:
		return m.undoReversal(row, &t, c.Case), t.ID
	}
	in := t.Direction == Withdrawal
	if in {
		if code := m.takesIn(t.Fund, t.Bank, t.Amount); code != record.Accepted {
			return code, 0
		}
	}
	m.unbook(&t, m.correcting(&t, in))
	m.uncount(&t)
	m.end(row, &t, TransferRefused, &verdict{cases: c.Case})
	return record.Accepted, t.ID
}

// undoReversal books the original of a reversal that the bank has not.
func (m *Machine) undoReversal(row uint32, t *Transfer, number uint64) record.Code {
	at := m.original(t)
	o := *m.transfers.At(at)
	if o.State != TransferReversed {
		return record.NotUndoable // nothing was ever there to bring back
	}
	in := o.Direction == Deposit
	if in {
		if code := m.takesIn(o.Fund, o.Bank, o.Amount); code != record.Accepted {
			return code
		}
	}
	m.book(&o, m.correcting(&o, in))
	m.recount(&o)
	o.ReversedBy = 0
	m.end(at, &o, TransferDone, &verdict{cases: number})
	m.end(row, t, TransferRefused, &verdict{cases: number})
	return record.Accepted
}

// correcting returns the reason of a posting that follows the bank's books: a
// correction where money covers it, forced where it leaves the client owing us
// or the pooled account short.
func (m *Machine) correcting(t *Transfer, in bool) ledger.Code {
	if in || m.spendable(t.Fund, t.Bank) >= int64(t.Amount) && m.pooledBalance(t.Bank, m.funds.At(t.Fund).Currency) >= int64(t.Amount) {
		return ledger.CodeCorrection
	}
	return ledger.CodeForced
}
