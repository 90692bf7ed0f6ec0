package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sancun/custody"
	"sancun/gateway/exchange"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
)

// OrderGateway takes orders and cancels that are durable; exchange.Gateway is one.
type OrderGateway interface {
	Place(ctx context.Context, o exchange.Order) error
	Withdraw(ctx context.Context, c exchange.Cancel) error
}

// TransferGateway takes transfers and reversals that are durable and must be told
// to their bank, by platform serial.
type TransferGateway interface {
	Send(ctx context.Context, serial uint64) error
}

// Outbound reads durable blocks in order and hands what must leave the house to
// the gateways (law L7): nothing leaves that is not in the journal, and what is
// in the journal leaves in its order. It keeps no state that a restart needs: the
// machine says which orders and transfers still wait.
type Outbound struct {
	core   *Core
	orders map[market.Market]OrderGateway
	banks  map[uint16]TransferGateway
	next   uint64         // height to read next
	tries  map[uint64]int // cancels asked of an order today
	left   []intent
}

// intent is one thing to tell a counterparty.
type intent struct {
	kind record.Kind
	ref  uint64 // order number or platform serial
	at   int64  // block time
}

// NewOutbound starts behind the height given.
func NewOutbound(core *Core, after uint64, orders map[market.Market]OrderGateway, banks map[uint16]TransferGateway) *Outbound {
	return &Outbound{core: core, orders: orders, banks: banks, next: after + 1, tries: map[uint64]int{}}
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
		case record.KindNewOrder, record.KindCancelOrder, record.KindAskDeposit, record.KindAskWithdrawal, record.KindAskReversal:
			o.left = append(o.left, intent{v.Kind, v.Ref, b.Time})
		}
	}
	o.next = b.Height + 1
	return nil
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
			sends[i] = o.resolve(m, in)
		}
	}); err != nil {
		return err
	}
	for i, send := range sends {
		if send == nil {
			continue
		}
		err := send(ctx)
		if errors.Is(err, exchange.ErrFull) {
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
func (o *Outbound) resolve(m *custody.Machine, in intent) func(context.Context) error {
	switch in.kind {
	case record.KindNewOrder, record.KindCancelOrder:
		order, ok := m.OrderBy(in.ref)
		if !ok || !order.Open() {
			return nil
		}
		return o.toExchange(m, in, order)
	default:
		t, ok := m.TransferBy(in.ref)
		if !ok || t.State != custody.TransferSent {
			return nil
		}
		bank, ok := o.banks[t.Bank]
		if !ok {
			return nil
		}
		return func(ctx context.Context) error { return bank.Send(ctx, in.ref) }
	}
}

func (o *Outbound) toExchange(m *custody.Machine, in intent, order custody.Order) func(context.Context) error {
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
	o.tries[order.ID]++
	out := exchange.Cancel{
		ClOrdID: exchange.CancelID(id, o.tries[order.ID]), Original: id, Account: holder, PBU: pbu, Security: security,
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
