package record

import "sancun/money"

// Commands of interest on fund accounts.
const (
	KindAccrueInterest   Kind = 120
	KindPostInterest     Kind = 121
	KindCloseInterest    Kind = 122
	KindInterestReceived Kind = 123
)

// InterestBatchMax bounds the rows of one interest command, so that its record
// stays well below MaxBytes.
const InterestBatchMax = 2000

// AccrueInterest adds today's closing balances to the day-products (积数) of a
// batch of fund rows, once for each calendar day from the business date up to
// Until, so that a weekend counts with Friday's balance. Accruing a row twice
// changes nothing.
type AccrueInterest struct {
	Date  uint32 // the business date
	Until uint32 // last calendar date counted: the day before the next trading day, or earlier
	First uint32 // row of the first fund account
	Count uint32 // at most InterestBatchMax; rows that do not exist are left out
}

// Kind returns KindAccrueInterest.
func (*AccrueInterest) Kind() Kind { return KindAccrueInterest }

// Walk walks the fields.
func (c *AccrueInterest) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U32(&c.Until)
	w.U32(&c.First)
	w.U32(&c.Count)
}

// PostInterest posts the quarter's interest (季度结息) of a batch of fund rows:
// day-product × rate ÷ base, half up, and starts the products at zero again.
// The outcome's reference is the sum posted, in minor units.
type PostInterest struct {
	Date     uint32 // the business date
	Currency money.Currency
	Rate     money.Rate // per year, in force on the posting date
	Base     uint16     // days of the year: 360 or 365
	First    uint32
	Count    uint32 // at most InterestBatchMax
}

// Kind returns KindPostInterest.
func (*PostInterest) Kind() Kind { return KindPostInterest }

// Walk walks the fields.
func (c *PostInterest) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U8((*uint8)(&c.Currency))
	w.Rate(&c.Rate)
	w.U16(&c.Base)
	w.U32(&c.First)
	w.U32(&c.Count)
}

// CloseInterest posts the interest of one fund account before its ledger is
// cancelled (销户结息). The outcome's reference is the amount posted.
type CloseInterest struct {
	Fund uint64
	Rate money.Rate
	Base uint16
}

// Kind returns KindCloseInterest.
func (*CloseInterest) Kind() Kind { return KindCloseInterest }

// Walk walks the fields.
func (c *CloseInterest) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.Rate(&c.Rate)
	w.U16(&c.Base)
}

// InterestReceived books the interest a bank paid on the pooled account.
type InterestReceived struct {
	Bank     uint16
	Currency money.Currency
	Amount   money.Amount
}

// Kind returns KindInterestReceived.
func (*InterestReceived) Kind() Kind { return KindInterestReceived }

// Walk walks the fields.
func (c *InterestReceived) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}
