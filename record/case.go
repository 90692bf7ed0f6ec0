package record

import "sancun/money"

// Commands of dual control and of difference cases.
const (
	KindPropose   Kind = 250
	KindApprove   Kind = 251
	KindDecline   Kind = 252
	KindWithdraw  Kind = 253
	KindOpenCase  Kind = 254
	KindCloseCase Kind = 255
	KindWriteOff  Kind = 256
	KindSetGuard  Kind = 257
)

// Propose asks for an act that needs a second person. Payload is the act's
// command as Encode writes it. The outcome's Ref is the proposal's number.
type Propose struct {
	Act     Kind
	Payload []byte
	Case    uint64 // difference case it works off, 0 when none
	Reason  string // never empty
}

// Kind returns KindPropose.
func (*Propose) Kind() Kind { return KindPropose }

// Walk walks the fields.
func (c *Propose) Walk(w *Codec) {
	w.U16((*uint16)(&c.Act))
	w.Payload(&c.Payload)
	w.U64(&c.Case)
	w.Text(&c.Reason)
}

// Approve carries a proposal out, as another person. Payload repeats the
// proposal's, so that the checker approves what the checker has read. The
// outcome is the act's own.
type Approve struct {
	Proposal uint64
	Payload  []byte
}

// Kind returns KindApprove.
func (*Approve) Kind() Kind { return KindApprove }

// Walk walks the fields.
func (c *Approve) Walk(w *Codec) {
	w.U64(&c.Proposal)
	w.Payload(&c.Payload)
}

// Decline refuses a proposal, as another person than its maker.
type Decline struct {
	Proposal uint64
	Reason   string
}

// Kind returns KindDecline.
func (*Decline) Kind() Kind { return KindDecline }

// Walk walks the fields.
func (c *Decline) Walk(w *Codec) {
	w.U64(&c.Proposal)
	w.Text(&c.Reason)
}

// Withdraw takes a proposal back, as its maker.
type Withdraw struct{ Proposal uint64 }

// Kind returns KindWithdraw.
func (*Withdraw) Kind() Kind { return KindWithdraw }

// Walk walks the fields.
func (c *Withdraw) Walk(w *Codec) { w.U64(&c.Proposal) }

// OpenCase registers a difference found by reconciliation (row K41). The same
// difference found again on the same date opens nothing new and answers with the
// same case. The outcome's Ref is the case's number.
type OpenCase struct {
	Date     uint32 // of the entries that differ
	Type     uint8  // CaseMissingHere …
	Subject  uint8  // CaseTransfer …
	Bank     uint16 // 0 when a clearing house is the other side
	Market   uint8  // 0 when a bank is the other side
	Fund     uint64 // fund account number, 0 when unknown
	Ours     money.Amount
	Theirs   money.Amount
	OurRef   uint64 // platform serial or order number, 0 when there is none
	TheirRef string // the bank's serial or the clearing house's execution number
}

// Kind returns KindOpenCase.
func (*OpenCase) Kind() Kind { return KindOpenCase }

// Walk walks the fields.
func (c *OpenCase) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U8(&c.Type)
	w.U8(&c.Subject)
	w.U16(&c.Bank)
	w.U8(&c.Market)
	w.U64(&c.Fund)
	w.Amount(&c.Ours)
	w.Amount(&c.Theirs)
	w.U64(&c.OurRef)
	w.Text(&c.TheirRef)
}

// Types of a difference (row K41).
const (
	CaseMissingHere  uint8 = 1 // they have it, we have not
	CaseMissingThere uint8 = 2 // we have it, they have not
	CaseAmount       uint8 = 3
	CaseState        uint8 = 4
	CaseAccount      uint8 = 5
	CaseTotal        uint8 = 6 // totals differ though no single entry does
	CaseFile         uint8 = 7 // a file late, damaged or missing
)

// Subjects of a difference. For transfers the bank's data prevail, for trades
// and what follows from them the broker's (domain facts B.7).
const (
	CaseTransfer uint8 = 1
	CaseTrade    uint8 = 2
	CasePosition uint8 = 3
	CaseCash     uint8 = 4 // a balance or a net
	CaseFees     uint8 = 5
	CaseData     uint8 = 6 // a file or a record in it
)

// CloseCase ends a case that was worked off, or proved to be no difference. It
// needs a second person.
type CloseCase struct {
	Case   uint64
	As     uint8 // Resolved…
	Reason string
}

// Kind returns KindCloseCase.
func (*CloseCase) Kind() Kind { return KindCloseCase }

// Walk walks the fields.
func (c *CloseCase) Walk(w *Codec) {
	w.U64(&c.Case)
	w.U8(&c.As)
	w.Text(&c.Reason)
}

// How a case ended.
const (
	ResolvedByBooking  uint8 = 1 // a new entry of ours
	ResolvedByThem     uint8 = 2 // the other side corrected its books or files
	ResolvedByTime     uint8 = 3 // in flight when compared, there now
	ResolvedByWriteOff uint8 = 4 // taken over by the broker's own money
)

// WriteOff takes a difference over by the broker's own money. Amount, in minor
// units, is what the bank's pooled account has less than our books (positive: own
// money makes it up) or more (negative: the surplus goes to own money). Afterwards
// the bank has what our books say, which do not change but for a trace on the
// suspense account. It needs a second person.
type WriteOff struct {
	Case     uint64
	Bank     uint16
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindWriteOff.
func (*WriteOff) Kind() Kind { return KindWriteOff }

// Walk walks the fields.
func (c *WriteOff) Walk(w *Codec) {
	w.U64(&c.Case)
	w.U16(&c.Bank)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}

// SetGuard says how many people an act needs from a date on (row K55). It needs a
// second person itself.
type SetGuard struct {
	Act    Kind
	Need   uint8        // approval.Alone, People or Everyone
	Above  money.Amount // only for greater amounts, 0 always
	From   uint32
	Source string
}

// Kind returns KindSetGuard.
func (*SetGuard) Kind() Kind { return KindSetGuard }

// Walk walks the fields.
func (c *SetGuard) Walk(w *Codec) {
	w.U16((*uint16)(&c.Act))
	w.U8(&c.Need)
	w.Amount(&c.Above)
	w.U32(&c.From)
	w.Text(&c.Source)
}

var caseCommands = []func() Command{
	func() Command { return &Propose{} },
	func() Command { return &Approve{} },
	func() Command { return &Decline{} },
	func() Command { return &Withdraw{} },
	func() Command { return &OpenCase{} },
	func() Command { return &CloseCase{} },
	func() Command { return &WriteOff{} },
	func() Command { return &SetGuard{} },
}
