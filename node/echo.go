package node

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"sancun/approval"
	"sancun/custody"
	"sancun/gateway/exchange"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
)

// echo plays a counterparty that a drill has not got: an exchange that fills every
// limit order at its price and refuses what names none. It speaks to nobody. What
// was sent to the real exchange before the fork stays as it was.
type echo struct {
	core   *Core
	market market.Market
}

// echoPartition is a partition of reports that no exchange has.
const echoPartition = 900_000

// echoRefusal is what echo's exchange says of an order without a price.
const echoRefusal = 1

// Place acknowledges an order and fills it.
func (e *echo) Place(ctx context.Context, o exchange.Order) error {
	if o.Price == 0 {
		return e.say(ctx, o.ClOrdID, func(r record.Report) record.Command { return &record.OrderRefused{Report: r, Reason: echoRefusal} })
	}
	var id [16]byte
	copy(id[:], o.ClOrdID[:])
	if err := e.say(ctx, o.ClOrdID, func(r record.Report) record.Command { return &record.OrderReported{Report: r, OrderID: id} }); err != nil {
		return err
	}
	return e.say(ctx, o.ClOrdID, func(r record.Report) record.Command {
		return &record.OrderFilled{Report: r, ExecID: id, Price: o.Price, Quantity: o.Quantity}
	})
}

// Withdraw cancels what an order from before the fork still has.
func (e *echo) Withdraw(ctx context.Context, c exchange.Cancel) error {
	return e.say(ctx, c.Original, func(r record.Report) record.Command { return &record.OrderCancelled{Report: r, Quantity: c.Quantity} })
}

// say submits the next report of echo's partition.
func (e *echo) say(ctx context.Context, of exchange.ClOrdID, report func(record.Report) record.Command) error {
	cursors, err := Positions{e.core}.Cursors(ctx, e.market)
	if err != nil {
		return err
	}
	r := record.Report{Market: uint8(e.market), Partition: echoPartition, Index: 1, ClOrdID: of}
	for _, c := range cursors {
		if c.Partition == echoPartition {
			r.Index = c.Next
		}
	}
	return e.core.echoed(ctx, record.CallerOf(record.CallerExchange, uint64(e.market)), report(r))
}

// echoed submits what echo says. A rejection is an answer too: the drill sees it in
// its journal.
func (c *Core) echoed(ctx context.Context, caller record.Caller, cmd record.Command) error {
	_, err := c.Submit(ctx, record.Request{Caller: caller, Cmd: cmd})
	if err != nil {
		return fmt.Errorf("echo: %w", err)
	}
	return nil
}

// echoBanks answers with yes for every bank that has no simulator, for transfers
// that the drill begins. What was asked of a real bank before the fork stays
// unknown, as it would be after a switchover.
func (n *Node) echoBanks(ctx context.Context) error {
	err := n.Core.Follow(ctx, n.zone.fork.Height+1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return fmt.Errorf("block %d: %w", b.Height, err)
			}
			if v.Code != record.Accepted || !asksBank(v) {
				continue
			}
			if err := n.echoBank(ctx, v.Ref); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// asksBank says whether a record asks something of a bank.
func asksBank(v record.View) bool {
	kind := v.Kind
	if kind == record.KindApprove {
		if act, ok := approval.ActOf(v); ok {
			kind = act.Kind()
		}
	}
	switch kind {
	case record.KindAskDeposit, record.KindAskWithdrawal, record.KindAskReversal, record.KindAskRemittance:
		return true
	}
	return false
}

// echoBank answers one question of a platform serial, unless it has its answer.
func (n *Node) echoBank(ctx context.Context, serial uint64) error {
	var bank uint16
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		if t, ok := m.TransferBy(serial); ok && t.Open() {
			bank = t.Bank
		} else if r, ok := m.RemittanceBy(serial); ok && r.Open() {
			bank = r.Bank
		}
	}); err != nil || bank == 0 || !n.playedBank(bank) {
		return err
	}
	answer := &record.BankAnswered{Transfer: serial, Outcome: record.OutcomeSuccess, BankRef: "ECHO" + strconv.FormatUint(serial%1_000_000_000_000_000, 10)}
	return n.Core.echoed(ctx, record.CallerOf(record.CallerBank, uint64(bank)), answer)
}

var _ OrderGateway = (*echo)(nil)
