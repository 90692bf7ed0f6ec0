package record

// Commands of next-day orders (隔日委托, also called 夜市委托): orders entered after
// business has stopped, for the next trading day (docs/flows/order.md).
const (
	KindDatedOrder    Kind = 161
	KindReleaseOrders Kind = 162
)

// DatedOrder is a NewOrder that names the trading date it is for, yyyymmdd. A
// NewOrder is for whichever day takes orders when it is decided: the open one, or
// the next one once business has stopped. Whoever must not have an order carried
// over names its date and is refused with WrongDate instead.
type DatedOrder struct {
	NewOrder
	Date uint32
}

// Kind returns KindDatedOrder.
func (*DatedOrder) Kind() Kind { return KindDatedOrder }

// Walk walks the fields: those of NewOrder, then the date.
func (c *DatedOrder) Walk(w *Codec) {
	c.NewOrder.Walk(w)
	w.U32(&c.Date)
}

// ReleaseMax is how many rows of next-day orders one ReleaseOrders looks at, so
// that its record stays below a megabyte: a released order takes some 430 bytes.
const ReleaseMax = 1_000

// ReleaseOrders decides the next-day orders of one market that wait in rows First
// to First + Count - 1, at most ReleaseMax: each becomes an order of the day, or
// is refused with its reason. Whoever submits it says by it that the static data
// of the market are whole for Date. Rows that are decided already are passed over,
// so it may be repeated. The outcome's Ref is the row to go on with, 0 behind the
// last.
type ReleaseOrders struct {
	Date   uint32 // the open business date
	Market uint8
	First  uint32
	Count  uint16
}

// Kind returns KindReleaseOrders.
func (*ReleaseOrders) Kind() Kind { return KindReleaseOrders }

// Walk walks the fields.
func (c *ReleaseOrders) Walk(w *Codec) {
	w.U32(&c.Date)
	w.U8(&c.Market)
	w.U32(&c.First)
	w.U16(&c.Count)
}

var nextOrderCommands = []func() Command{
	func() Command { return &DatedOrder{} },
	func() Command { return &ReleaseOrders{} },
}
