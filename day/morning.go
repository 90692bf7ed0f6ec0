package day

import (
	"context"
	"fmt"

	"sancun/calendar"
	"sancun/market"
	"sancun/node"
	"sancun/sim/exchange"
)

// nextDay opens the next business date and plays its morning up to the opening
// auction: the exchanges list their securities at today's closing prices, the
// orders that waited for the day are decided as soon as a market's list is whole,
// and go out when its session opens.
func (p *player) nextDay(ctx context.Context, r *Report) error {
	years, err := calendar.China()
	if err != nil {
		return err
	}
	next, err := p.openDate(ctx, r)
	if err != nil {
		return err
	}
	rules, err := market.Builtin(years).On(next)
	if err != nil {
		return err
	}
	r.NextDay.Date = next.Compact()
	if err := p.openMorning(ctx, next, rules); err != nil {
		return err
	}
	for _, until := range []calendar.TimeOfDay{
		calendar.Clock(9, 0, 30), calendar.Clock(9, 5, 0), calendar.Clock(9, 10, 0), calendar.Clock(9, 15, 0), calendar.Clock(9, 16, 0),
		calendar.Clock(9, 20, 0), calendar.Clock(9, 25, 30), calendar.Clock(9, 26, 0),
	} {
		p.config.Progress(0, "next day, "+until.String())
		if err := p.exchanges(ctx, until); err != nil {
			return err
		}
	}
	return nil
}

// openMorning opens the exchanges of the next day. They are among themselves: the
// market data end with the day that was played.
func (p *player) openMorning(ctx context.Context, date calendar.Date, rules *market.Day) error {
	listed := make([]stock, len(p.stocks))
	for i, s := range p.stocks {
		if s.close > 0 {
			s.prevClose = s.close
		}
		s.traded = false
		listed[i] = s
	}
	gateways := map[market.Market]node.OrderGateway{}
	for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		v, err := p.openVenue(of, venueDay{date: date, rules: rules, stocks: listed})
		if err != nil {
			return fmt.Errorf("next day: %w", err)
		}
		p.venues = append(p.venues, v)
		gateways[of] = v.orders()
	}
	var banks []*node.Bank
	for _, h := range p.banks {
		banks = append(banks, h.gateway)
	}
	var err error
	p.outbound, err = node.NewOutbound(ctx, p.core, gateways, banks...)
	return err
}

// venueDay is a day at an exchange: what is listed, and what of it goes wrong.
type venueDay struct {
	date   calendar.Date
	rules  *market.Day
	stocks []stock
	faults exchange.Faults
}
