package day

import (
	"context"
	"fmt"

	"sancun/calendar"
	"sancun/quotes"
	"sancun/record"
)

// slot is one step of the day: how many orders fall into it and until when it
// lasts.
type slot struct {
	until  calendar.TimeOfDay
	orders int64
	phase  calendar.Phase
}

// reserveAt is when the desk brings the reserve up in the morning: the banks have
// signed in, and nothing else happens yet.
const reserveAt = calendar.TimeOfDay(9*calendar.Hour + 5*calendar.Minute)

// slotLength is how long one step of trading is.
const slotLength = 30 * calendar.Second

// plan spreads the orders over the day: a part in the opening call, most by the
// shape of real minute bars, a few after hours.
func plan(orders int64, shape *quotes.Shape) []slot {
	opening, after := orders*6/100, orders/200
	minutes := shape.Spread(orders - opening - after)
	all := []slot{{until: calendar.Clock(9, 0, 30)}, {until: calendar.Clock(9, 5, 0)}} // banks and gateways sign in
	add := func(from, to calendar.TimeOfDay, n int64, phase calendar.Phase) {
		steps := int64((to - from) / slotLength)
		for i := range steps {
			all = append(all, slot{from + calendar.TimeOfDay(i+1)*slotLength, n*(i+1)/steps - n*i/steps, phase})
		}
	}
	add(calendar.Clock(9, 10, 0), calendar.Clock(9, 15, 0), 0, calendar.PreOpen)
	add(calendar.Clock(9, 15, 0), calendar.Clock(9, 25, 0), opening, calendar.OpeningAuction)
	add(calendar.Clock(9, 25, 0), calendar.Clock(9, 30, 0), 0, calendar.OpeningGap)
	for m := range 240 {
		from := calendar.Clock(9, 30, 0) + calendar.TimeOfDay(m)*calendar.Minute
		phase := calendar.MorningTrading
		if m >= 120 {
			from, phase = calendar.Clock(13, 0, 0)+calendar.TimeOfDay(m-120)*calendar.Minute, calendar.Afternoon
		}
		if m == 120 {
			add(calendar.Clock(11, 30, 0), calendar.Clock(13, 0, 0), 0, calendar.Lunch)
		}
		if m >= 237 {
			phase = calendar.ClosingAuction
		}
		add(from, from+calendar.Minute, minutes[m], phase)
	}
	add(calendar.Clock(15, 0, 0), calendar.Clock(15, 5, 0), 0, calendar.AfterClose)
	add(calendar.Clock(15, 5, 0), calendar.Clock(15, 30, 0), after, calendar.AfterHours)
	add(calendar.Clock(15, 30, 0), calendar.Clock(16, 1, 0), 0, calendar.Closed)
	return all
}

// trade plays the trading session.
func (p *player) trade(ctx context.Context, slots []slot) error {
	total := slots[len(slots)-1].until - slots[0].until
	for i, s := range slots {
		if err := p.core.Look(ctx, p.flow.see); err != nil {
			return err
		}
		if err := p.place(ctx, s); err != nil {
			return err
		}
		if err := p.move(ctx, s.until); err != nil {
			return err
		}
		if err := p.step(ctx, s.until); err != nil {
			return err
		}
		if s.until == reserveAt {
			if err := p.balanceReserve(ctx); err != nil {
				return fmt.Errorf("reserve: %w", err)
			}
		}
		if i%20 == 0 {
			p.config.Progress(float64(s.until-slots[0].until)/float64(total), "trading, "+s.until.String())
		}
	}
	return nil
}

// place submits the orders and cancels of a slot, as the investors would.
func (p *player) place(ctx context.Context, s slot) error {
	var requests []record.Request
	funds := map[int]uint64{}
	for range s.orders {
		o, fund := p.flow.order(s.phase)
		funds[len(requests)] = fund
		requests = append(requests, record.Request{Caller: record.CallerOf(record.CallerClient, fund-fundBase+clientBase), Cmd: o})
	}
	if s.phase.Continuous() {
		for _, o := range p.subscribe.subscriptions(s.orders) {
			funds[len(requests)] = o.Fund
			requests = append(requests, record.Request{Caller: record.CallerOf(record.CallerClient, o.Fund-fundBase+clientBase), Cmd: o})
		}
	}
	if s.phase.Continuous() || s.phase == calendar.OpeningAuction {
		for range s.orders * 14 / 100 {
			if c, ok := p.flow.cancel(); ok {
				requests = append(requests, record.Request{Caller: record.CallerOf(record.CallerClient, c.Fund-fundBase+clientBase), Cmd: c})
			}
		}
	}
	if len(requests) == 0 {
		return nil
	}
	answers, err := p.core.Submit(ctx, requests...)
	if err != nil {
		return err
	}
	for i, a := range answers {
		code := record.Code(a.Code)
		fund, isOrder := funds[i]
		if isOrder {
			p.counts.orders++
		} else {
			p.counts.cancels++
		}
		if code != record.Accepted {
			p.counts.rejects++
			p.counts.byCode[code]++
			continue
		}
		if isOrder {
			p.flow.remember(a.Ref, fund)
		}
	}
	return nil
}

// exchanges is a step of the exchanges alone.
func (p *player) exchanges(ctx context.Context, until calendar.TimeOfDay) error {
	if err := p.outbound.Pump(ctx); err != nil {
		return err
	}
	if err := p.advance(ctx, until); err != nil {
		return err
	}
	for _, v := range p.venues {
		if err := v.quotes.Drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// advance brings what is at the gateways to the exchanges, moves the clock on and
// takes what they say.
func (p *player) advance(ctx context.Context, until calendar.TimeOfDay) error {
	for _, v := range p.venues {
		if err := v.drain(ctx); err != nil {
			return err
		}
	}
	p.clock.set(until)
	for _, v := range p.venues {
		if err := v.control.Advance(ctx, until); err != nil {
			return err
		}
		if err := v.drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// step lets everything that was decided leave the house, the exchanges work, and
// the clock move on; every counterparty in its turn.
func (p *player) step(ctx context.Context, until calendar.TimeOfDay) error {
	if err := p.outbound.Pump(ctx); err != nil {
		return err
	}
	if err := p.advance(ctx, until); err != nil {
		return err
	}
	if err := p.banksStep(ctx); err != nil {
		return err
	}
	for _, v := range p.venues {
		if err := v.quotes.Drain(ctx); err != nil {
			return err
		}
	}
	return nil
}
