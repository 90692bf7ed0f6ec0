package market

import (
	"sancun/calendar"
	"sancun/money"
)

// Side is buy or sell. The numbers are written to records and never change.
type Side uint8

// The sides.
const (
	Buy  Side = 1
	Sell Side = 2
)

// OrderType is how an order trades. The numbers are written to records and
// never change.
type OrderType uint8

// The order types.
const (
	LimitOrder  OrderType = 1
	MarketOrder OrderType = 2
	FixedOrder  OrderType = 3 // 盘后固定价格: trades at the close, with a limit of its own
)

// Order is what the rules look at in an order.
type Order struct {
	Side     Side
	Type     OrderType
	Price    money.Price // zero for a market order
	Quantity money.Quantity
	Sellable money.Quantity // of the seller before this order; not used for a buy
}

// CheckTradable judges whether in can be traded at all on the date.
func (day *Day) CheckTradable(in *Instrument) Verdict {
	switch in.Status {
	case Trading:
	case Suspended:
		return IsSuspended
	case Halted:
		return IsHalted
	case Delisted:
		return IsDelisted
	case Unlisted:
		return NotListed
	default:
		return NotTradable
	}
	switch {
	case in.Board == Index:
		return NotTradable
	case in.Listed > day.date:
		return NotListed
	case day.at(in).order.From == 0:
		return NoRule
	}
	return OK
}

// CheckLot judges a quantity: the minimum, the lot, the largest order and, for
// a sell, that an odd lot goes whole.
func (day *Day) CheckLot(in *Instrument, o *Order) Verdict {
	rule := &day.at(in).order
	least, step := rule.Minimum, rule.Step
	if in.Lot > 0 {
		least, step = in.Lot, in.Lot
	}
	most := rule.LimitMax
	switch o.Type {
	case MarketOrder:
		most = rule.MarketMax
	case FixedOrder:
		most = rule.FixedMax
	}
	switch {
	case rule.From == 0 || step <= 0:
		return NoRule
	case o.Quantity <= 0:
		return QuantityNotPositive
	case o.Quantity > most:
		return QuantityAboveMaximum
	case o.Side == Sell:
		return checkSell(o.Quantity, o.Sellable, least, step)
	case o.Quantity < least:
		return QuantityBelowMinimum
	case (o.Quantity-least)%step != 0:
		return QuantityNotInLots
	}
	return OK
}

// checkSell lets a seller sell in lots, or the whole of what is less than a
// lot, alone or together with lots.
func checkSell(quantity, sellable, least, step money.Quantity) Verdict {
	switch {
	case quantity > sellable:
		return QuantityNotHeld
	case quantity >= least && (quantity-least)%step == 0:
		return OK
	case sellable < least && quantity == sellable:
		return OK
	case step > 1 && quantity%step == sellable%step:
		return OK
	}
	return OddLotNotWhole
}

// Window returns the part of the day that time t falls in for in, with what the
// exchange takes then.
func (day *Day) Window(in *Instrument, t calendar.TimeOfDay) calendar.Window {
	if !day.trading {
		return calendar.Window{Phase: calendar.Closed}
	}
	w := day.session.At(t)
	feature := &day.at(in).feature
	if w.Phase == calendar.ClosingAuction && !feature.ClosingAuction {
		w.Phase, w.Cancel = calendar.Afternoon, true
	}
	if feature.AfterHours {
		return w
	}
	w.Fixed = false
	if w.Phase == calendar.AfterClose || w.Phase == calendar.AfterHours {
		w.Phase, w.Cancel = calendar.Closed, false
	}
	return w
}

// Phase returns the phase of Window.
func (day *Day) Phase(in *Instrument, t calendar.TimeOfDay) calendar.Phase {
	return day.Window(in, t).Phase
}

// CheckPhase judges whether the exchange takes an order of this type at time t.
func (day *Day) CheckPhase(in *Instrument, kind OrderType, t calendar.TimeOfDay) Verdict {
	w := day.Window(in, t)
	switch {
	case !day.trading:
		return NotTradingDay
	case kind == FixedOrder && !day.at(in).feature.AfterHours:
		return NoAfterHours
	case kind == FixedOrder && !w.Fixed, kind != FixedOrder && !w.Orders:
		return PhaseRefusesOrders
	case kind == MarketOrder && !w.Phase.Continuous():
		return MarketOrderNotNow
	}
	return OK
}

// Opening returns the first moment from t on at which the exchange takes an order
// of this type, so that an order placed before it can be judged as of then. When
// none is left on the date the verdict says why, and the moment is t.
func (day *Day) Opening(in *Instrument, kind OrderType, t calendar.TimeOfDay) (calendar.TimeOfDay, Verdict) {
	refusal := day.CheckPhase(in, kind, t)
	if refusal == OK {
		return t, OK
	}
	for i := range day.session.Windows {
		if start := day.session.Windows[i].Start; start > t && day.CheckPhase(in, kind, start) == OK {
			return start, OK
		}
	}
	return t, refusal
}

// CheckCancel judges whether the exchange takes a cancel at time t.
func (day *Day) CheckCancel(in *Instrument, t calendar.TimeOfDay) Verdict {
	switch {
	case !day.trading:
		return NotTradingDay
	case !day.Window(in, t).Cancel:
		return PhaseRefusesCancel
	}
	return OK
}

// CheckOrder judges an order at time t by all rules, in this order: tradable,
// quantity, tick and limit, phase, cage. The first rule that refuses answers.
func (day *Day) CheckOrder(in *Instrument, o *Order, q *Quote, t calendar.TimeOfDay) Verdict {
	if o.Side != Buy && o.Side != Sell {
		return BadSide
	}
	if o.Type < LimitOrder || o.Type > FixedOrder {
		return BadOrderType
	}
	if v := day.CheckTradable(in); v != OK {
		return v
	}
	if v := day.CheckLot(in, o); v != OK {
		return v
	}
	if o.Type != MarketOrder {
		if v := day.CheckPrice(in, o.Price, q.PrevClose); v != OK {
			return v
		}
	}
	if v := day.CheckPhase(in, o.Type, t); v != OK {
		return v
	}
	if o.Type == LimitOrder && day.Phase(in, t).Continuous() {
		return day.CheckCage(in, o.Side, o.Price, q)
	}
	return OK
}

// CheckAhead judges an order before its day has begun, by the rules that need no
// price and no state of that day: side and type, a listing that has not ended,
// quantity, tick, and that some phase of the day takes it. What is suspended today
// may trade again by then.
func (day *Day) CheckAhead(in *Instrument, o *Order) Verdict {
	switch {
	case o.Side != Buy && o.Side != Sell:
		return BadSide
	case o.Type < LimitOrder || o.Type > FixedOrder:
		return BadOrderType
	case in.Status == Delisted:
		return IsDelisted
	case in.Listed > day.date:
		return NotListed
	}
	if v := day.CheckLot(in, o); v != OK {
		return v
	}
	if o.Type != MarketOrder {
		if v := day.CheckTick(in, o.Price); v != OK {
			return v
		}
	}
	_, v := day.Opening(in, o.Type, 0)
	return v
}

// Settlement returns after how many settlement days bought units may be sold,
// and sale proceeds used and withdrawn. ok is false without a rule.
func (day *Day) Settlement(in *Instrument) (sell, use, withdraw int, ok bool) {
	rule := &day.at(in).settle
	if rule.From == 0 {
		return 0, 0, 0, false
	}
	if in.SameDay {
		return 0, rule.UseDays, rule.WithdrawDays, true
	}
	return rule.SellDays, rule.UseDays, rule.WithdrawDays, true
}
