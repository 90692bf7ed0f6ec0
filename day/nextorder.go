package day

import (
	"context"

	"sancun/calendar"
	"sancun/custody"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
)

// NextDayReport is what became of the orders that were entered for the next trading
// day while the day end ran, up to the opening auction of that day.
type NextDayReport struct {
	Date      string         `json:"date"`
	Entered   uint64         `json:"entered"` // taken, those cancelled later included
	Refused   uint64         `json:"refused"` // when they were entered
	Cancelled uint64         `json:"cancelled"`
	Released  uint64         `json:"released"` // on their day, into orders of it
	Scrapped  uint64         `json:"scrapped"` // 废单: refused on their day
	Reported  uint64         `json:"reported"` // taken by an exchange
	Fills     uint64         `json:"fills"`    // in the opening auction
	ByCode    map[string]int `json:"scrapped_by_code"`
}

// nextOrders is how many orders the investors enter for the next day, by a day of
// so many orders: a few hundred.
func nextOrders(orders int) int { return min(600, max(200, orders/500)) }

// night is the centre as the day end sees it while investors enter orders for the
// next day: some come in before each of its submissions, and as many at its steps
// as are due by then.
type night struct {
	settle.Core
	p *player
}

// Submit lets some orders come in first.
func (n night) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	if err := n.p.orderAhead(ctx, 1+n.p.ahead.rng.IntN(4)); err != nil {
		return nil, err
	}
	return n.Core.Submit(ctx, requests...)
}

// ahead is what the player knows of orders for the next day.
type ahead struct {
	*flow
	left    int // still to be entered
	waiting []placed
	sales   []record.NewOrder // that nobody answers yet
}

// beginAhead prepares the evening's investors: they look at the day's last prices.
func (p *player) beginAhead(ctx context.Context) error {
	own := *p.flow
	own.rng = dice(p.config.Seed, diceNextDay)
	p.ahead = ahead{flow: &own, left: nextOrders(p.config.Orders)}
	return p.core.Look(ctx, own.see)
}

// orderAhead enters up to n orders for the next day, and cancels one now and then.
// Before business has stopped nobody does.
func (p *player) orderAhead(ctx context.Context, n int) error {
	stopped := false
	if err := p.core.Look(ctx, func(m *custody.Machine) { stopped = m.Today().Phase == custody.DayStopped }); err != nil || !stopped {
		return err
	}
	for range min(n, p.ahead.left) {
		p.ahead.left--
		o, fund := p.ahead.order(calendar.OpeningAuction)
		p.ahead.turn(o)
		a, err := p.core.Submit(ctx, record.Request{Caller: record.CallerOf(record.CallerClient, fund-fundBase+clientBase), Cmd: o})
		if err != nil {
			return err
		}
		if a[0].Code == 0 {
			p.ahead.waiting = append(p.ahead.waiting, placed{a[0].Ref, fund})
		}
		if p.ahead.rng.IntN(10) == 0 {
			if err := p.cancelAhead(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn gives an order for the next day what makes it one: some hope for more than a
// day may bring, and some answer a sale, so that there is something to trade.
func (h *ahead) turn(o *record.NewOrder) {
	switch r := h.rng.IntN(12); {
	case r == 0:
		o.Price = o.Price / 100 * 115 / 100 * 100
	case o.Side == custody.Sell && o.Quantity%100 == 0:
		h.sales = append(h.sales, *o)
	case o.Side == custody.Buy && r < 6 && len(h.sales) > 0:
		s := h.sales[len(h.sales)-1]
		h.sales = h.sales[:len(h.sales)-1]
		o.Instrument, o.Price, o.Quantity = s.Instrument, s.Price, s.Quantity
	}
}

// cancelAhead takes one of the waiting orders back, which succeeds at once.
func (p *player) cancelAhead(ctx context.Context) error {
	if len(p.ahead.waiting) == 0 {
		return nil
	}
	at := p.ahead.rng.IntN(len(p.ahead.waiting))
	w := p.ahead.waiting[at]
	p.ahead.waiting = append(p.ahead.waiting[:at], p.ahead.waiting[at+1:]...)
	cmd := &record.CancelOrder{Order: w.id, Fund: w.fund}
	a, err := p.core.Submit(ctx, record.Request{Caller: record.CallerOf(record.CallerClient, w.fund-fundBase+clientBase), Cmd: cmd})
	if err == nil && a[0].Code != 0 {
		err = refused(cmd, a[0])
	}
	return err
}

// tallyNextDay counts what a record did to orders for the next day. It says whether
// the record was about them alone, and does not count among those of the day.
func (r *Report) tallyNextDay(v record.View) (alone bool, err error) {
	n := &r.NextDay
	accepted := v.Code == record.Accepted
	switch {
	case v.Kind == record.KindStopDay && accepted:
		r.evening = true
	case v.Kind == record.KindOpenDay && accepted:
		r.morning, r.evening = r.evening, false
	case r.evening && v.Kind == record.KindNewOrder && accepted:
		n.Entered++
		return true, nil
	case r.evening && v.Kind == record.KindNewOrder:
		n.Refused++
		return true, nil
	case r.evening && v.Kind == record.KindCancelOrder && accepted:
		n.Cancelled++
		return true, nil
	case r.morning && v.Kind == record.KindReleaseOrders:
		return true, n.released(v)
	case r.morning && v.Kind == record.KindOrderReported && accepted:
		n.Reported++
		return true, nil
	case r.morning && v.Kind == record.KindOrderFilled && accepted:
		n.Fills++
		return true, nil
	}
	return false, nil
}

// released counts what one release decided, by the rows it wrote.
func (n *NextDayReport) released(v record.View) error {
	return v.EachEffect(func(e record.Effect) error {
		if e.Kind != record.EffectPut || e.Code != custody.TableNextOrders {
			return nil
		}
		var o custody.Order
		o.Decode(e.Bytes)
		if o.State == custody.OrderReleased {
			n.Released++
			return nil
		}
		n.Scrapped++
		n.ByCode[record.Code(o.Reason).String()]++
		return nil
	})
}

// whole says whether every order that was entered was decided once, and every
// released one was taken by its exchange.
func (n *NextDayReport) whole() bool {
	return n.Entered == n.Cancelled+n.Released+n.Scrapped && n.Reported == n.Released
}
