package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sancun/approval"
	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/gateway/exchange"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// OrderGateway takes orders and cancels that are durable; exchange.Gateway is one.
type OrderGateway interface {
	Place(ctx context.Context, o exchange.Order) error
	Withdraw(ctx context.Context, c exchange.Cancel) error
}

// Outbound reads durable blocks in order and hands what must leave the house to
// the gateways (law L7): nothing leaves that is not in the journal, and what is
// in the journal leaves in its order. It keeps no state that a restart needs: the
// machine says which orders and transfers still wait.
type Outbound struct {
	core   *Core
	orders map[market.Market]OrderGateway
	banks  map[uint16]*seat
	next   uint64         // height to read next
	tries  map[uint64]int // cancels asked of an order today
	left   []intent
	date   uint32            // the last business date that opened
	opened func(date uint32) // told of every business date that opens; may be nil

	approved func() // told of every approval of two people; may be nil
}

// intent is one thing to tell a counterparty.
type intent struct {
	kind   record.Kind
	ref    uint64    // order number or platform serial
	at     int64     // block time
	review bool      // of an order: let go by its review, not by its placing
	key    state.Key // of the request that asked for a transfer, by which the card's password is found
}

// NewOutbound begins behind the present head. What an earlier run may have sent
// is taken up again: banks are asked what became of it, orders still waiting are
// placed when their exchange has shown that it does not know them.
func NewOutbound(ctx context.Context, core *Core, orders map[market.Market]OrderGateway, banks ...*Bank) (*Outbound, error) {
	seats := map[uint16]*seat{}
	for _, b := range banks {
		seats[b.Bank()] = &seat{number: b.Bank(), gateway: b}
	}
	return newOutbound(ctx, core, orders, seats)
}

// newOutbound is NewOutbound for banks whose gateways may be replaced.
func newOutbound(ctx context.Context, core *Core, orders map[market.Market]OrderGateway, banks map[uint16]*seat) (*Outbound, error) {
	o := &Outbound{core: core, orders: orders, banks: banks, tries: map[uint64]int{}}
	numbers := slices.Sorted(maps.Keys(banks))
	var open []bank.Intent
	if err := core.Look(ctx, func(m *custody.Machine) {
		head, _ := core.Head()
		o.next, o.date = head.Height+1, m.Today().Date
		for _, number := range numbers {
			open = append(open, bank.OpenIntents(m, number)...)
		}
		for _, order := range m.Orders() {
			if order.State == custody.OrderNew { // a released one was placed before its day
				o.left = append(o.left, intent{kind: record.KindNewOrder, ref: order.ID, at: max(order.Placed, m.Today().Opened), review: order.Review != 0})
			}
			if order.Cancelling != 0 && order.Open() {
				o.left = append(o.left, intent{kind: record.KindCancelOrder, ref: order.ID, at: order.Placed})
			}
		}
	}); err != nil {
		return nil, err
	}
	for _, in := range open {
		if err := o.banks[in.Bank].feed(in); err != nil {
			return nil, fmt.Errorf("transfer %d: %w", in.Transfer, err)
		}
	}
	return o, nil
}

// Pump hands over everything that became durable since the last call.
func (o *Outbound) Pump(ctx context.Context) error {
	head, _ := o.core.Head()
	if o.next <= head.Height {
		if err := o.core.Blocks(o.next, o.Take); err != nil {
			return err
		}
	}
	return o.Flush(ctx)
}

// Take notes the intents of one block.
func (o *Outbound) Take(b *journal.Block) error {
	for _, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err != nil {
			return fmt.Errorf("block %d: %w", b.Height, err)
		}
		if v.Code != record.Accepted {
			continue
		}
		switch v.Kind {
		case record.KindNewOrder, record.KindCancelOrder, record.KindAskDeposit, record.KindAskWithdrawal, record.KindAskReversal,
			record.KindAskRemittance: // as leaves has them
			o.left = append(o.left, intent{kind: v.Kind, ref: v.Ref, at: b.Time, key: v.Key})
		case record.KindApprove: // what two people asked for leaves the house like what one did
			if act, ok := approval.ActOf(v); ok && leaves(act.Kind()) {
				o.left = append(o.left, intent{kind: act.Kind(), ref: v.Ref, at: b.Time})
			}
			o.turned(v)
		case record.KindDatedOrder:
			o.left = append(o.left, intent{kind: record.KindNewOrder, ref: v.Ref, at: b.Time})
		case record.KindReleaseOrders:
			if err := o.released(v, b.Time); err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
		case record.KindReviewOrder: // let go, or refused and ended by now
			o.left = append(o.left, intent{kind: record.KindNewOrder, ref: v.Ref, at: b.Time, review: true})
		case record.KindOpenDay:
			o.turned(v)
		}
	}
	o.next = b.Height + 1
	return nil
}

// leaves says whether an act is told to a counterparty: of approvals those of
// reversals and remittances, and whatever an orphan was that is done again.
func leaves(act record.Kind) bool {
	switch act {
	case record.KindNewOrder, record.KindCancelOrder, record.KindAskDeposit, record.KindAskWithdrawal, record.KindAskReversal, record.KindAskRemittance:
		return true
	}
	return false
}

// turned tells of a business date that a record has opened, and of an approval.
func (o *Outbound) turned(v record.View) {
	if d, ok := custody.DayChanged(v); ok && d.Phase == custody.DayOpen && d.Date > o.date {
		o.date = d.Date
		if o.opened != nil {
			o.opened(d.Date)
		}
	}
	if v.Kind == record.KindApprove && o.approved != nil {
		o.approved()
	}
}

// released notes the orders that a record has released: those it puts among the
// orders of the day. Until then an order for the next day is not among them and
// cannot leave.
func (o *Outbound) released(v record.View, at int64) error {
	return v.EachEffect(func(e record.Effect) error {
		if e.Kind == record.EffectPut && e.Code == custody.TableOrders {
			var order custody.Order
			order.Decode(e.Bytes)
			o.left = append(o.left, intent{kind: record.KindNewOrder, ref: order.ID, at: at})
		}
		return nil
	})
}

// Flush hands noted intents to the gateways, in order. What a full gateway does
// not take stays for the next call.
func (o *Outbound) Flush(ctx context.Context) error {
	if len(o.left) == 0 {
		return nil
	}
	sends := make([]func(context.Context) error, len(o.left))
	if err := o.core.Look(ctx, func(m *custody.Machine) {
		for i, in := range o.left {
			sends[i] = o.resolve(m, in, o.tries)
		}
	}); err != nil {
		return err
	}
	for i, send := range sends {
		if send == nil {
			continue
		}
		err := send(ctx)
		if errors.Is(err, exchange.ErrFull) || errors.Is(err, bank.ErrFull) {
			o.left = o.left[i:]
			return nil
		}
		if err != nil {
			o.left = o.left[i:]
			return err
		}
	}
	o.left = o.left[:0]
	return nil
}

// resolve looks up what an intent needs from the machine. Nothing is sent for an
// order or a transfer that has ended meanwhile.
func (o *Outbound) resolve(m *custody.Machine, in intent, tries map[uint64]int) func(context.Context) error {
	if in.kind == record.KindNewOrder || in.kind == record.KindCancelOrder {
		order, ok := m.OrderBy(in.ref)
		if !ok || !order.Open() || order.State == custody.OrderHeld {
			return nil // a held order has never left and does not before a review
		}
		if in.kind == record.KindNewOrder && (order.Review != 0) != in.review {
			return nil // placed and let go since the last look: its review places it, once
		}
		return o.toExchange(m, in, order, tries)
	}
	var ask bank.Intent
	if in.kind == record.KindAskRemittance {
		r, ok := m.RemittanceBy(in.ref)
		if !ok || !r.Open() {
			return nil
		}
		ask = bank.RemittanceIntent(&r)
	} else {
		t, ok := m.TransferBy(in.ref)
		if !ok || !t.Open() {
			return nil
		}
		ask = bank.IntentOf(m, &t)
		ask.Key = in.key
	}
	if o.banks[ask.Bank] == nil {
		return nil
	}
	return func(context.Context) error { return o.banks[ask.Bank].feed(ask) }
}

func (o *Outbound) toExchange(m *custody.Machine, in intent, order custody.Order, tries map[uint64]int) func(context.Context) error {
	security := m.InstrumentAt(order.Instrument).ID
	account := m.SecuritiesAt(order.Account)
	gateway, ok := o.orders[security.Market()]
	if !ok {
		return nil
	}
	holder, pbu := text(account.Account[:]), text(account.PBU[:])
	at := time.Unix(0, in.at)
	id := exchange.ClOrdID(order.ClOrdID)
	if in.kind == record.KindNewOrder {
		out := exchange.Order{
			ClOrdID: id, Account: holder, PBU: pbu, Security: security, Side: order.Side, Category: order.Category,
			Type: order.Type, Price: order.Price, Quantity: order.Quantity, Time: at,
		}
		return func(ctx context.Context) error { return gateway.Place(ctx, out) }
	}
	tries[order.ID]++
	out := exchange.Cancel{
		ClOrdID: exchange.CancelID(id, tries[order.ID]), Original: id, Account: holder, PBU: pbu, Security: security,
		Side: order.Side, Category: order.Category, Quantity: order.Quantity, Time: at,
	}
	return func(ctx context.Context) error { return gateway.Withdraw(ctx, out) }
}

// text is a fixed field without its padding.
func text(b []byte) string { return strings.TrimRight(string(b), "\x00 ") }

// Positions tells an exchange gateway from which report on it must ask.
type Positions struct{ Core *Core }

// Cursors returns the next report index of every partition known today.
func (p Positions) Cursors(ctx context.Context, of market.Market) ([]exchange.Cursor, error) {
	var all []exchange.Cursor
	err := p.Core.Look(ctx, func(m *custody.Machine) {
		today := m.Today().Date
		for _, c := range m.Cursors() {
			if market.Market(c.Market) == of && c.Date == today {
				all = append(all, exchange.Cursor{Partition: c.Partition, Next: c.Next})
			}
		}
	})
	return all, err
}
