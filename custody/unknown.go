package custody

import (
	"sancun/ledger"
	"sancun/record"
)

// verdict is what is said of a transfer's outcome: by the bank's answer, by an
// enquiry or by the day-end comparison.
type verdict struct {
	outcome uint8 // record.Outcome…
	error   uint16
	ref     string
	cases   uint64 // difference case
}

func (m *Machine) bankAnswered(c *record.BankAnswered) (record.Code, uint64) {
	if c.Outcome < record.OutcomeSuccess || c.Outcome > record.OutcomeUnknown {
		return record.Malformed, 0
	}
	return m.told(c.Transfer, verdict{outcome: c.Outcome, error: c.Error, ref: c.BankRef})
}

func (m *Machine) enquiryResult(c *record.EnquiryResult) (record.Code, uint64) {
	if c.Outcome < record.OutcomeSuccess || c.Outcome > record.OutcomeNotArrived {
		return record.Malformed, 0
	}
	return m.told(c.Transfer, verdict{outcome: c.Outcome, error: c.Error, ref: c.BankRef})
}

// told takes a verdict from the bank of the transfer, and from no other.
func (m *Machine) told(id uint64, v verdict) (record.Code, uint64) {
	if at, ok := m.remittance(id); ok {
		if !m.fromBank(m.remittances.At(at).Bank) {
			return record.NotPermitted, 0
		}
		return m.concludeRemittance(at, v), id
	}
	row, ok := m.transfer(id)
	if !ok {
		return record.UnknownRow, 0
	}
	if !m.fromBank(m.transfers.At(row).Bank) {
		return record.NotPermitted, 0
	}
	return m.conclude(row, v), id
}

// transferTimedOut turns a transfer that waits for its answer into one of unknown
// outcome. Nothing is posted: silence says nothing about the money (law L6).
func (m *Machine) transferTimedOut(c *record.TransferTimedOut) (record.Code, uint64) {
	open := false
	if at, ok := m.remittance(c.Transfer); ok {
		open = m.remittances.At(at).Open()
	} else if row, ok := m.transfer(c.Transfer); ok {
		open = m.transfers.At(row).Open()
	}
	code, ref := m.told(c.Transfer, verdict{outcome: record.OutcomeUnknown})
	if code == record.Accepted && !open {
		return record.OutcomeKnown, c.Transfer
	}
	return code, ref
}

// conclude is the one place where a transfer or reversal gets its outcome. The
// first definite verdict holds; the same said again is accepted without effect,
// another is refused and left to the comparison of the day end.
func (m *Machine) conclude(row uint32, v verdict) record.Code {
	t := *m.transfers.At(row)
	if !t.Open() {
		return agrees(&t, &v)
	}
	if t.Reversing() {
		return record.ReversalUnderWay
	}
	switch v.outcome {
	case record.OutcomeUnknown:
		if t.State == TransferSent {
			t.State, t.BankError = TransferUnknown, v.error
			put(m, m.transfers, row, t)
		}
		return record.Accepted
	case record.OutcomeSuccess:
		return m.succeed(row, &t, &v)
	}
	return m.fail(row, &t, &v)
}

// agrees says whether a verdict repeats what is known.
func agrees(t *Transfer, v *verdict) record.Code {
	switch {
	case v.outcome == record.OutcomeUnknown:
		return record.Accepted // says nothing
	case t.State == TransferDone && v.outcome == record.OutcomeSuccess:
		if ref, ok := bankRef(v.ref); v.ref == "" || ok && ref == t.BankRef {
			return record.Accepted
		}
	case t.State == TransferRefused && v.outcome != record.OutcomeSuccess:
		return record.Accepted
	}
	return record.OutcomeKnown
}

// succeed ends an open transfer that the bank carried out.
func (m *Machine) succeed(row uint32, t *Transfer, v *verdict) record.Code {
	ref, ok := bankRef(v.ref)
	if !ok && (t.Reverses == 0 || v.ref != "") {
		return record.Malformed // a bank may do without a serial for a reversal only
	}
	other, used := m.byBankRef(t.Bank, t.Date, ref)
	echoed := used && t.Reverses == m.transfers.At(other).ID // some banks answer a reversal with the original's serial
	if used && !echoed {
		return m.serialMet(row, t, other)
	}
	if !echoed {
		t.BankRef = ref
	}
	if t.Reverses != 0 {
		return m.reversalDone(row, t, v)
	}
	if t.Direction == Deposit {
		if code := m.takesIn(t.Fund, t.Bank, t.Amount); code != record.Accepted {
			return code
		}
		m.book(t, ledger.CodeDeposit)
	}
	m.end(row, t, TransferDone, v)
	return record.Accepted
}

// serialMet decides what it means that the serial of a success is known already:
// either the bank's reversal overtook its own answer, and the transfer ends as
// reversed, or the serial stands for another transfer.
func (m *Machine) serialMet(row uint32, t *Transfer, other uint32) record.Code {
	o := m.transfers.At(other)
	if o.State != TransferPoisoned || t.Reverses != 0 || o.Fund != t.Fund || o.Direction != t.Direction || o.Amount != t.Amount {
		return record.BankSerialUsed
	}
	if t.Booked == 1 {
		if code := m.takesIn(t.Fund, t.Bank, t.Amount); code != record.Accepted {
			return code
		}
		m.unbook(t, ledger.CodeWithdrawReversed)
	}
	t.ReversedBy = o.ReversedBy
	m.uncount(t)
	m.end(row, t, TransferReversed, &verdict{})
	return record.Accepted
}

// fail ends an open transfer of which nothing moved at the bank.
func (m *Machine) fail(row uint32, t *Transfer, v *verdict) record.Code {
	if t.Reverses != 0 {
		return m.reversalRefused(row, t, v)
	}
	if t.Booked == 1 {
		if code := m.takesIn(t.Fund, t.Bank, t.Amount); code != record.Accepted {
			return code
		}
		m.unbook(t, ledger.CodeWithdrawReversed)
	}
	m.uncount(t)
	m.end(row, t, TransferRefused, v)
	return record.Accepted
}

// end writes the outcome into the row.
func (m *Machine) end(row uint32, t *Transfer, state uint8, v *verdict) {
	t.State, t.Ended, t.BankError = state, m.now, v.error
	if v.cases != 0 {
		t.Case = v.cases
	}
	put(m, m.transfers, row, *t)
}
