package custody

import (
	"bytes"
	"crypto/sha256"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Case is a difference between our books and an outsider's, from finding to
// working off (差错处理, row K41). It is never deleted.
type Case struct {
	Number  uint64
	Date    uint32 // of the entries that differ
	Found   uint32 // business date it was found on: its age counts from here
	Type    uint8
	Subject uint8
	State   uint8
	As      uint8 // how it ended
	Bank    uint16
	Market  uint8
	Fund    uint64
	Ours    money.Amount
	Theirs  money.Amount
	OurRef  uint64
	Opened  int64 // block time, unix nanoseconds
	Closed  int64
	Same    state.Key // hash of everything that makes it the same difference
	// TheirRef is their serial or execution number, a security's code or a file's
	// name, zero padded and cut to fit; the record has it in full.
	TheirRef [32]byte
}

// States of a case.
const (
	CaseOpen   uint8 = 1
	CaseClosed uint8 = 2
)

const caseWidth = 128

// Encode writes the row.
func (c *Case) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Case) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Case) walk(f *state.Fields) {
	f.U64(&c.Number)
	f.U32(&c.Date)
	f.U32(&c.Found)
	f.U8(&c.Type)
	f.U8(&c.Subject)
	f.U8(&c.State)
	f.U8(&c.As)
	f.U16(&c.Bank)
	f.U8(&c.Market)
	f.U64(&c.Fund)
	state.I64(f, &c.Ours)
	state.I64(f, &c.Theirs)
	f.U64(&c.OurRef)
	state.I64(f, &c.Opened)
	state.I64(f, &c.Closed)
	f.Bytes(c.Same[:])
	f.Bytes(c.TheirRef[:])
}

// Serial returns TheirRef without its padding.
func (c *Case) Serial() string { return string(bytes.TrimRight(c.TheirRef[:], "\x00")) }

func (m *Machine) decideCase(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.Propose:
		return m.propose(c)
	case *record.Approve:
		return m.approve(c)
	case *record.Decline:
		return m.decline(c), 0
	case *record.Withdraw:
		return m.withdraw(c), 0
	case *record.OpenCase:
		return m.openCase(c)
	case *record.CloseCase:
		return m.closeCase(c), 0
	case *record.WriteOff:
		return m.writeOff(c), 0
	case *record.SetGuard:
		return m.setGuard(c), 0
	}
	return record.UnknownKind, 0
}

// openCase registers a difference once.
func (m *Machine) openCase(c *record.OpenCase) (record.Code, uint64) {
	switch {
	case c.Type < record.CaseMissingHere || c.Type > record.CaseFile || c.Subject < record.CaseTransfer || c.Subject > record.CaseData:
		return record.CaseKindUnknown, 0
	case !validDate(c.Date) || c.Date > m.today().Date:
		return record.WrongDate, 0
	case !within(c.Ours) || !within(c.Theirs):
		return record.BadAmount, 0
	}
	same := sha256.Sum256(record.Encode(nil, c))
	key := state.Key(same[:16])
	if row, ok := m.index.cases.Find(key); ok {
		return record.Accepted, m.cases.At(row).Number
	}
	k := Case{
		Number: uint64(m.cases.Len()) + 1, Date: c.Date, Found: m.today().Date, Type: c.Type, Subject: c.Subject, State: CaseOpen,
		Bank: c.Bank, Market: c.Market, Fund: c.Fund, Ours: c.Ours, Theirs: c.Theirs, OurRef: c.OurRef, Opened: m.now, Same: key,
	}
	copy(k.TheirRef[:], c.TheirRef)
	put(m, m.cases, m.cases.Len(), k)
	return record.Accepted, k.Number
}

func (m *Machine) closeCase(c *record.CloseCase) record.Code {
	row, ok := m.caseRow(c.Case)
	switch {
	case !ok:
		return record.UnknownCase
	case m.cases.At(row).State != CaseOpen:
		return record.CaseClosed
	case c.As < record.ResolvedByBooking || c.As > record.ResolvedByWriteOff:
		return record.Malformed
	case c.Reason == "":
		return record.ReasonMissing
	}
	k := *m.cases.At(row)
	k.State, k.As, k.Closed = CaseClosed, c.As, m.now
	put(m, m.cases, row, k)
	return record.Accepted
}

// caseRow returns the row of a case: case n is row n − 1.
func (m *Machine) caseRow(number uint64) (uint32, bool) {
	if number == 0 || number > uint64(m.cases.Len()) {
		return 0, false
	}
	return uint32(number - 1), true
}

// writeOff lets the broker's own money take a difference over: where the bank has
// less than our books, own money is paid into the pooled account; where it has
// more, the surplus that belongs to nobody goes to the broker. In the clients'
// domain the difference is entered on the suspense account and cleared from it in
// one go (挂账, 销账): the difference moves the bank's figure away from ours, the
// payment moves it back, and our pooled account is again what the bank has. In the
// own domain it is a loss, or brings one back.
func (m *Machine) writeOff(c *record.WriteOff) record.Code {
	row, ok := m.caseRow(c.Case)
	switch {
	case !ok:
		return record.UnknownCase
	case m.cases.At(row).State != CaseOpen:
		return record.CaseClosed
	case c.Amount == 0 || !within(c.Amount) || !c.Currency.Valid():
		return record.BadAmount
	}
	if _, ok := m.bank(c.Bank); !ok {
		return record.UnknownRow
	}
	unit := uint32(c.Currency)
	ownKey, lossKey := ledger.Key{Kind: ledger.OwnBank, Bank: c.Bank, Unit: unit}, ledger.Key{Kind: ledger.OwnLoss, Unit: unit}
	pooled := m.pooledAt(c.Bank, c.Currency)
	if !m.room(ledger.KeyFrom(m.Ledger.At(pooled).Key), ownKey, lossKey) {
		return record.OutOfRange
	}
	// What adds to the pooled account comes first, because it may not fall below
	// zero in between: the payment of a shortage, the entry of a surplus.
	size := int64(max(c.Amount, -c.Amount))
	suspense := m.Ledger.Ensure(ledger.Key{Kind: ledger.Suspense, Bank: c.Bank, Unit: unit})
	m.Ledger.Post(ledger.CodeWriteOff, pooled, suspense, size)
	m.Ledger.Post(ledger.CodeWriteOff, suspense, pooled, size)
	m.postSigned(ledger.CodeWriteOff, m.Ledger.Ensure(lossKey), m.Ledger.Ensure(ownKey), int64(c.Amount))
	return record.Accepted
}
