package risk

import "sancun/state"

// Listing is a client or security on the house's list (黑名单). There is one row for
// each that ever was listed; taken off, the row stays.
type Listing struct {
	Number  uint64 // client number, or market.ID
	Subject uint8
	Outcome Outcome
	Side    uint8 // 1 buys only, 2 sells only, 0 all orders
	State   uint8
	From    uint32 // business date of the last change
	At      int64  // its block time, unix nanoseconds
	Reason  [64]byte
}

// What is listed.
const (
	ListedClient   uint8 = 1
	ListedSecurity uint8 = 2
)

// States of a listing.
const (
	OnList  uint8 = 1
	OffList uint8 = 2
)

// TableListings is the number of the table of the list.
const TableListings uint16 = 17

const listingWidth = 96

// Encode writes the row.
func (l *Listing) Encode(dst []byte) { f := state.Writing(dst); l.walk(&f) }

// Decode reads the row.
func (l *Listing) Decode(src []byte) { f := state.Reading(src); l.walk(&f) }

func (l *Listing) walk(f *state.Fields) {
	f.U64(&l.Number)
	f.U8(&l.Subject)
	f.U8((*uint8)(&l.Outcome))
	f.U8(&l.Side)
	f.U8(&l.State)
	f.U32(&l.From)
	state.I64(f, &l.At)
	f.Bytes(l.Reason[:])
}

// NewListings returns the empty table of the list.
func NewListings() *state.Table[Listing, *Listing] {
	return state.NewTable[Listing](TableListings, listingWidth)
}

// Key is the key of a listing in an index.
func Key(subject uint8, number uint64) state.Key { return state.KeyOf(number, uint64(subject)) }

// Judge says what the listing says of an order of a side.
func (l *Listing) Judge(side uint8) Outcome {
	if l.State != OnList || l.Side != 0 && l.Side != side {
		return Pass
	}
	return l.Outcome
}
