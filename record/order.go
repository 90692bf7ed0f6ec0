package record

import "sancun/money"

// Commands of quotes, orders and execution reports.
const (
	KindLoadInstruments Kind = 150
	KindQuotes          Kind = 151
	KindNewOrder        Kind = 152
	KindCancelOrder     Kind = 153
	KindOrderReported   Kind = 154
	KindOrderFilled     Kind = 155
	KindOrderCancelled  Kind = 156
	KindOrderRefused    Kind = 157
	KindCancelRefused   Kind = 158
	KindExpireOrders    Kind = 159
	KindSecuritiesIn    Kind = 160
)

// InstrumentData is the static data of one security for one day (row K61).
type InstrumentData struct {
	ID            uint32 // market.ID
	Board         uint8  // market.Board
	Standing      uint8  // market.Standing
	Status        uint8  // market.Status
	Flags         uint16 // custody.FlagSameDay …
	Listed        uint32 // date, 0 when long ago
	DelistingFrom uint32
	Lot           uint32
	Tick          money.Price
	LimitRate     money.Rate
	PrevClose     money.Price
}

func (d *InstrumentData) walk(w *Codec) {
	w.U32(&d.ID)
	w.U8(&d.Board)
	w.U8(&d.Standing)
	w.U8(&d.Status)
	w.U16(&d.Flags)
	w.U32(&d.Listed)
	w.U32(&d.DelistingFrom)
	w.U32(&d.Lot)
	w.Price(&d.Tick)
	w.Rate(&d.LimitRate)
	w.Price(&d.PrevClose)
}

// LoadInstruments enters the static data of a day, new securities and changed
// ones, at most 1,000 a command.
type LoadInstruments struct {
	Date uint32
	Rows []InstrumentData
}

// Kind returns KindLoadInstruments.
func (*LoadInstruments) Kind() Kind { return KindLoadInstruments }

// Walk walks the fields.
func (c *LoadInstruments) Walk(w *Codec) {
	w.U32(&c.Date)
	walkRows(w, &c.Rows, (*InstrumentData).walk)
}

// QuoteData is what the market shows of one security: zero where there is
// nothing (row K60).
type QuoteData struct {
	ID     uint32
	Status uint8
	Last   money.Price
	Bid    money.Price
	Ask    money.Price
	Close  money.Price // closing price, 0 before the close
}

func (d *QuoteData) walk(w *Codec) {
	w.U32(&d.ID)
	w.U8(&d.Status)
	w.Price(&d.Last)
	w.Price(&d.Bid)
	w.Price(&d.Ask)
	w.Price(&d.Close)
}

// Quotes enters reference prices, so that what a check decided can be decided
// again. At most 5,000 rows a command.
type Quotes struct {
	Rows []QuoteData
}

// Kind returns KindQuotes.
func (*Quotes) Kind() Kind { return KindQuotes }

// Walk walks the fields.
func (c *Quotes) Walk(w *Codec) { walkRows(w, &c.Rows, (*QuoteData).walk) }

// walkRows walks a list behind its 16-bit length.
func walkRows[T any](w *Codec, rows *[]T, walk func(*T, *Codec)) {
	n := w.length(len(*rows))
	if w.reading {
		*rows = nil
	}
	for i := range n {
		if w.reading {
			if w.failed {
				return
			}
			var t T
			*rows = append(*rows, t)
		}
		walk(&(*rows)[i], w)
	}
}

// NewOrder asks to buy, sell or subscribe (row K29), today or, once business has
// stopped, on the next trading day (see DatedOrder). The outcome's Ref is the
// order number.
type NewOrder struct {
	Fund       uint64 // fund account number
	Instrument uint32 // market.ID
	Side       uint8  // 1 buy, 2 sell, 3 subscribe
	Category   uint8  // 1 auction, 2 after-hours, 3 non-trading …
	Type       uint8  // market.OrderType
	Channel    uint8
	Price      money.Price
	Quantity   money.Quantity
}

// Kind returns KindNewOrder.
func (*NewOrder) Kind() Kind { return KindNewOrder }

// Walk walks the fields.
func (c *NewOrder) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U32(&c.Instrument)
	w.U8(&c.Side)
	w.U8(&c.Category)
	w.U8(&c.Type)
	w.U8(&c.Channel)
	w.Price(&c.Price)
	w.Quantity(&c.Quantity)
}

// CancelOrder asks to cancel what is left of an order.
type CancelOrder struct {
	Order uint64
	Fund  uint64 // fund account number, which must be the order's
}

// Kind returns KindCancelOrder.
func (*CancelOrder) Kind() Kind { return KindCancelOrder }

// Walk walks the fields.
func (c *CancelOrder) Walk(w *Codec) {
	w.U64(&c.Order)
	w.U64(&c.Fund)
}

// Report is where an execution report stands in its partition's stream, which
// counts from 1 without gaps each day (row K31).
type Report struct {
	Market    uint8
	Partition uint32
	Index     uint64
	ClOrdID   [10]byte
}

func (r *Report) walk(w *Codec) {
	w.U8(&r.Market)
	w.U32(&r.Partition)
	w.U64(&r.Index)
	w.Fixed(r.ClOrdID[:])
}

// OrderReported says that the exchange took an order.
type OrderReported struct {
	Report
	OrderID [16]byte
}

// Kind returns KindOrderReported.
func (*OrderReported) Kind() Kind { return KindOrderReported }

// Walk walks the fields.
func (c *OrderReported) Walk(w *Codec) {
	c.walk(w)
	w.Fixed(c.OrderID[:])
}

// OrderFilled says that an order traded.
type OrderFilled struct {
	Report
	ExecID   [16]byte
	Price    money.Price
	Quantity money.Quantity
}

// Kind returns KindOrderFilled.
func (*OrderFilled) Kind() Kind { return KindOrderFilled }

// Walk walks the fields.
func (c *OrderFilled) Walk(w *Codec) {
	c.walk(w)
	w.Fixed(c.ExecID[:])
	w.Price(&c.Price)
	w.Quantity(&c.Quantity)
}

// OrderCancelled says that the exchange cancelled Quantity of an order.
type OrderCancelled struct {
	Report
	Quantity money.Quantity
}

// Kind returns KindOrderCancelled.
func (*OrderCancelled) Kind() Kind { return KindOrderCancelled }

// Walk walks the fields.
func (c *OrderCancelled) Walk(w *Codec) {
	c.walk(w)
	w.Quantity(&c.Quantity)
}

// OrderRefused says that the exchange refused an order. Index is 0 when the
// refusal is not part of a partition's stream.
type OrderRefused struct {
	Report
	Reason uint16 // the exchange's code
}

// Kind returns KindOrderRefused.
func (*OrderRefused) Kind() Kind { return KindOrderRefused }

// Walk walks the fields.
func (c *OrderRefused) Walk(w *Codec) {
	c.walk(w)
	w.U16(&c.Reason)
}

// CancelRefused says that the exchange refused a cancel. Index is 0 when the
// refusal is not part of a partition's stream.
type CancelRefused struct {
	Report
	Reason uint16
}

// Kind returns KindCancelRefused.
func (*CancelRefused) Kind() Kind { return KindCancelRefused }

// Walk walks the fields.
func (c *CancelRefused) Walk(w *Codec) {
	c.walk(w)
	w.U16(&c.Reason)
}

// ExpireOrders ends what is left of orders after the close, by order number, at
// most 2,000 a command.
type ExpireOrders struct {
	Orders []uint64
}

// Kind returns KindExpireOrders.
func (*ExpireOrders) Kind() Kind { return KindExpireOrders }

// Walk walks the fields.
func (c *ExpireOrders) Walk(w *Codec) { w.U64s(&c.Orders) }

// SecuritiesIn moves securities into a fund account from outside: an opening
// position or a custody transfer (转托管转入).
type SecuritiesIn struct {
	Fund       uint64
	Instrument uint32
	Quantity   money.Quantity
}

// Kind returns KindSecuritiesIn.
func (*SecuritiesIn) Kind() Kind { return KindSecuritiesIn }

// Walk walks the fields.
func (c *SecuritiesIn) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U32(&c.Instrument)
	w.Quantity(&c.Quantity)
}

var orderCommands = []func() Command{
	func() Command { return &LoadInstruments{} },
	func() Command { return &Quotes{} },
	func() Command { return &NewOrder{} },
	func() Command { return &CancelOrder{} },
	func() Command { return &OrderReported{} },
	func() Command { return &OrderFilled{} },
	func() Command { return &OrderCancelled{} },
	func() Command { return &OrderRefused{} },
	func() Command { return &CancelRefused{} },
	func() Command { return &ExpireOrders{} },
	func() Command { return &SecuritiesIn{} },
}
