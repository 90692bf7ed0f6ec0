package record

import "sancun/money"

// Commands of the risk rules (row K46).
const (
	KindSetRiskRule Kind = 280
	KindList        Kind = 281
	KindUnlist      Kind = 282
	KindReviewOrder Kind = 283
	KindSetCeiling  Kind = 284
)

// SetRiskRule sets a limit of a risk rule from a date on. It needs a second person.
type SetRiskRule struct {
	Rule    uint8  // risk.Rule
	Outcome uint8  // risk.Outcome at the limit
	From    uint32 // first business date it holds, today or later
	Limit   int64  // in the rule's unit, 0 takes it away
	Source  string // who decided it: rule, resolution or ticket; never empty
}

// Kind returns KindSetRiskRule.
func (*SetRiskRule) Kind() Kind { return KindSetRiskRule }

// Walk walks the fields.
func (c *SetRiskRule) Walk(w *Codec) {
	w.U8(&c.Rule)
	w.U8(&c.Outcome)
	w.U32(&c.From)
	w.Amount((*money.Amount)(&c.Limit))
	w.Text(&c.Source)
}

// List puts a client or a security on the house's list (黑名单), or changes its entry.
// It needs a second person.
type List struct {
	Subject uint8  // risk.ListedClient or risk.ListedSecurity
	Number  uint64 // client number, or market.ID
	Outcome uint8  // risk.Outcome of its orders
	Side    uint8  // 1 buys only, 2 sells only, 0 all orders
	Reason  string // never empty
}

// Kind returns KindList.
func (*List) Kind() Kind { return KindList }

// Walk walks the fields.
func (c *List) Walk(w *Codec) {
	w.U8(&c.Subject)
	w.U64(&c.Number)
	w.U8(&c.Outcome)
	w.U8(&c.Side)
	w.Text(&c.Reason)
}

// Unlist takes a client or a security off the list. It needs a second person.
type Unlist struct {
	Subject uint8
	Number  uint64
	Reason  string // never empty
}

// Kind returns KindUnlist.
func (*Unlist) Kind() Kind { return KindUnlist }

// Walk walks the fields.
func (c *Unlist) Walk(w *Codec) {
	w.U8(&c.Subject)
	w.U64(&c.Number)
	w.Text(&c.Reason)
}

// ReviewOrder decides on an order kept back by a risk rule: it goes to the exchange
// or is refused. The reviewer is staff and another than who placed it. The
// outcome's Ref is the order number.
type ReviewOrder struct {
	Order   uint64
	Approve uint8  // 1 lets it go, 0 refuses it
	Reason  string // never empty
}

// Kind returns KindReviewOrder.
func (*ReviewOrder) Kind() Kind { return KindReviewOrder }

// Walk walks the fields.
func (c *ReviewOrder) Walk(w *Codec) {
	w.U64(&c.Order)
	w.U8(&c.Approve)
	w.Text(&c.Reason)
}

// SetCeiling sets how much a participant, or one of its trading units, may buy on
// balance on one day (资金前端控制). It needs a second person.
type SetCeiling struct {
	Market uint8
	Unit   [6]byte // trading unit, zero for all of the market together
	Of     uint8   // risk.CeilingHighest or CeilingOwn
	Amount money.Amount
	Warn   [2]uint16 // thresholds of warning, per mille of it; 0 none
	From   uint32    // first business date it holds, today or later
	Source string    // letter, notice or ticket; never empty
}

// Kind returns KindSetCeiling.
func (*SetCeiling) Kind() Kind { return KindSetCeiling }

// Walk walks the fields.
func (c *SetCeiling) Walk(w *Codec) {
	w.U8(&c.Market)
	w.Fixed(c.Unit[:])
	w.U8(&c.Of)
	w.Amount(&c.Amount)
	w.U16(&c.Warn[0])
	w.U16(&c.Warn[1])
	w.U32(&c.From)
	w.Text(&c.Source)
}

var riskCommands = []func() Command{
	func() Command { return &SetRiskRule{} },
	func() Command { return &List{} },
	func() Command { return &Unlist{} },
	func() Command { return &ReviewOrder{} },
	func() Command { return &SetCeiling{} },
}
