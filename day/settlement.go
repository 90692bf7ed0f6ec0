package day

import (
	"context"
	"fmt"
	"os"

	"sancun/calendar"
	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/record"
	"sancun/settle"
	wire "sancun/wire/bank"
)

// settlementDay plays the next trading day on from its opening auction: transfers,
// final settlement of the played day's trades at 16:00 (T+1), and its own day end,
// whose files bring the entitlements with the played day as record date.
func (p *player) settlementDay(ctx context.Context, r *Report) error {
	r.Settlement.Date = p.today().Compact()
	r.Entitlements.announced(p.config.Date, p.today(), p.dusk.events)
	if err := p.quietHours(ctx, true); err != nil {
		return err
	}
	steps, err := p.endDay(ctx, r, p.core)
	r.Settlement.Steps = steps
	if err != nil {
		return err
	}
	if err := p.core.Look(ctx, func(m *custody.Machine) { r.Settlement.Banks = banksOf(m) }); err != nil {
		return err
	}
	return p.faults(ctx, r)
}

// quietDays plays days without trade, as many as are asked for, and opens the one
// after them.
func (p *player) quietDays(ctx context.Context, r *Report) error {
	for n := range p.config.Quiet {
		p.config.Progress(float64(n)/float64(p.config.Quiet), fmt.Sprintf("quiet day %d of %d", n+1, p.config.Quiet))
		if _, err := p.openDate(ctx, r); err != nil {
			return err
		}
		if err := p.quietHours(ctx, false); err != nil {
			return err
		}
		if _, err := p.endDay(ctx, r, p.core); err != nil {
			return fmt.Errorf("%s: %w", p.today(), err)
		}
	}
	_, err := p.openDate(ctx, r)
	return err
}

// openDate opens the trading day after today, at our side and at every counterparty
// but the exchanges.
func (p *player) openDate(ctx context.Context, r *Report) (next calendar.Date, err error) {
	years, err := calendar.China()
	if err != nil {
		return 0, err
	}
	if next, err = years.Next(p.today()); err != nil {
		return 0, err
	}
	after, err := years.Next(next)
	if err != nil {
		return 0, err
	}
	p.dusk.last = p.today()
	if err := p.nightAtTheHouse(r, next); err != nil {
		return 0, err
	}
	p.clock.date, p.clock.at = next, calendar.Clock(8, 0, 0)
	if err := p.system(ctx, &record.OpenDay{Date: uint32(next), Next: uint32(after)}); err != nil {
		return 0, err
	}
	// The day end looks back into the day from here instead of from the beginning.
	if _, err := p.core.Snapshot(ctx); err != nil {
		return 0, err
	}
	p.past, p.venues = append(p.past, p.venues...), nil
	var banks []*node.Bank
	for _, h := range p.banks {
		if err := h.control.OpenDay(wire.Date(next)); err != nil {
			return 0, err
		}
		h.gateway.OpenDay(wire.Date(next))
		h.arrived.forget()
		banks = append(banks, h.gateway)
	}
	p.outbound, err = node.NewOutbound(ctx, p.core, nil, banks...)
	return next, err
}

// nightAtTheHouse ends a date at the clearing house and opens the next: the minimum
// reserve is looked at on every calendar day between.
func (p *player) nightAtTheHouse(r *Report, next calendar.Date) error {
	if err := p.dusk.house.Release(calendar.DayEnd); err != nil {
		return err
	}
	r.Reserve.minimums(p.dusk.house.Report().Minimums) // of the days without business before it too
	return p.dusk.house.Open(next)
}

// quietHours plays the hours of a day without orders of its own: what waits at the
// exchanges may still trade, and clients move money if they are busy.
func (p *player) quietHours(ctx context.Context, busy bool) error {
	from, every := calendar.Clock(9, 30, 0), 30*calendar.Minute
	if busy {
		every = 10 * calendar.Minute
	}
	if p.clock.at < calendar.Clock(9, 1, 0) {
		p.clock.set(calendar.Clock(9, 1, 0))
	}
	if err := p.signedIn(ctx); err != nil {
		return err
	}
	for until := from; until <= calendar.Clock(15, 40, 0); until += calendar.TimeOfDay(every) {
		if busy && (until < calendar.Clock(11, 30, 0) || until > calendar.Clock(13, 0, 0)) {
			if err := p.move(ctx, until); err != nil {
				return err
			}
		}
		if err := p.step(ctx, until); err != nil {
			return err
		}
		if until == from {
			if err := p.payAhead(); err != nil {
				return err
			}
		}
	}
	return nil
}

// payAhead pays what the banks have paid for the day's settlement on to the clearing
// house in the morning, to the markets that will take it.
func (p *player) payAhead() error {
	due, err := p.obligations()
	if err != nil {
		return err
	}
	for _, of := range clearingMarkets {
		var net money.Amount
		for _, x := range due {
			if x.Kind == settle.ObligationNet && x.Market == uint8(of) {
				net -= x.Amount
			}
		}
		if amount := min(net, p.treasury.hub); amount > 0 {
			if err := p.payIn(of, amount); err != nil {
				return err
			}
			p.treasury.hub -= amount
		}
	}
	return nil
}

// obligations are what the last day end left for today, read from its file.
func (p *player) obligations() ([]settle.Obligation, error) {
	if p.dusk.last == 0 {
		return nil, nil
	}
	f, err := os.Open(p.ownFiles(p.dusk.last) + "/obligations.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return settle.ReadObligations(f)
}

// atFour is final settlement: the clearing house settles, our books do, and the two
// are squared over the settlement account.
func (p *player) atFour(ctx context.Context, r *Report) error {
	p.clock.set(max(p.clock.at, calendar.Clock(16, 0, 0)))
	if err := p.houseUntil(); err != nil {
		return err
	}
	p.dusk.due = nil
	all, err := p.obligations()
	if err != nil || len(all) == 0 {
		return err
	}
	p.dusk.due, err = settle.SettleDue(ctx, p.core, all, settle.Settlement{Now: p.clock.Now(), Refill: true})
	if err != nil {
		return err
	}
	if len(p.dusk.due) != len(all) {
		return fmt.Errorf("%d of %d obligations were due", len(p.dusk.due), len(all))
	}
	if err := p.squareReserve(ctx); err != nil {
		return err
	}
	if p.today().Compact() == r.Settlement.Date {
		return r.Settlement.settled(p.dusk.due, p.dusk.house.Report().Settlements)
	}
	return nil
}

// reserveOf is the reserve of a market in our books.
func reserveOf(m *custody.Machine, of market.Market) (sum money.Amount) {
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		if k := ledger.KeyFrom(a.Key); k.Kind == ledger.ClientReserve && k.Owner == uint64(of) && k.Unit == uint32(money.CNY) {
			sum += money.Amount(a.Balance)
		}
	}
	return sum
}
