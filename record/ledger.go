package record

// Commands of the plain ledger, for books without custody rules.
const (
	KindLedgerOpen     Kind = 1
	KindLedgerTransfer Kind = 2
	KindLedgerHold     Kind = 3
	KindLedgerSettle   Kind = 4
)

// LedgerOpen opens an account. The outcome's Ref is its row + 1.
type LedgerOpen struct {
	AccountKind uint16
	Bank        uint16
	Unit        uint32
	Owner       uint64
}

// Kind returns KindLedgerOpen.
func (*LedgerOpen) Kind() Kind { return KindLedgerOpen }

// Walk walks the fields.
func (c *LedgerOpen) Walk(w *Codec) {
	w.U16(&c.AccountKind)
	w.U16(&c.Bank)
	w.U32(&c.Unit)
	w.U64(&c.Owner)
}

// LedgerTransfer moves Amount (minor units, positive) between two general
// accounts by their rows.
type LedgerTransfer struct {
	Debit  uint32
	Credit uint32
	Amount int64
}

// Kind returns KindLedgerTransfer.
func (*LedgerTransfer) Kind() Kind { return KindLedgerTransfer }

// Walk walks the fields.
func (c *LedgerTransfer) Walk(w *Codec) {
	w.U32(&c.Debit)
	w.U32(&c.Credit)
	w.I64(&c.Amount)
}

// LedgerHold reserves Amount of a general account for a later settlement.
type LedgerHold struct {
	Account uint32
	Amount  int64
}

// Kind returns KindLedgerHold.
func (*LedgerHold) Kind() Kind { return KindLedgerHold }

// Walk walks the fields.
func (c *LedgerHold) Walk(w *Codec) {
	w.U32(&c.Account)
	w.I64(&c.Amount)
}

// LedgerSettle releases Held and moves Amount (at most Held) to another account.
// An Amount of zero only releases.
type LedgerSettle struct {
	From   uint32
	To     uint32
	Held   int64
	Amount int64
}

// Kind returns KindLedgerSettle.
func (*LedgerSettle) Kind() Kind { return KindLedgerSettle }

// Walk walks the fields.
func (c *LedgerSettle) Walk(w *Codec) {
	w.U32(&c.From)
	w.U32(&c.To)
	w.I64(&c.Held)
	w.I64(&c.Amount)
}
