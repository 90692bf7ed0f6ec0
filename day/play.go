package day

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/node"
	"sancun/quotes"
	"sancun/reconcile"
	"sancun/verify"
)

// Play plays the day and returns its report, which is also written to
// Dir/report.json. The error says which part of the day could not be played.
func Play(ctx context.Context, c Config) (*Report, error) {
	began := time.Now()
	p, err := newPlayer(c)
	if err != nil {
		return nil, err
	}
	r, err := p.play(ctx)
	err = errors.Join(err, p.close())
	if err != nil {
		return nil, err
	}
	r.SecondsTotal, r.PeakRSS = time.Since(began).Seconds(), peakRSS()
	return r, r.write(c.Dir)
}

func (p *player) play(ctx context.Context) (*Report, error) {
	r := &Report{
		TradeDate: p.config.Date.Compact(), Seed: p.config.Seed, Clients: p.config.Clients, RejectsByCode: map[string]int{},
		NextDay: NextDayReport{ByCode: map[string]int{}}, QuietDays: p.config.Quiet,
	}
	for _, part := range []struct {
		name string
		run  func(context.Context, *Report) error
	}{
		{"genesis", p.beginning}, {"trading", p.trading}, {"day end", p.dayEnd}, {"next day", p.nextDay},
		{"settlement", p.settlementDay}, {"quiet days", p.quietDays}, {"proof", p.proof},
	} {
		p.config.Progress(0, part.name)
		if err := part.run(ctx, r); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return r, nil
}

// beginning sets the centre and its counterparties up before the market opens.
func (p *player) beginning(ctx context.Context, _ *Report) error {
	if err := p.genesis(ctx); err != nil {
		return err
	}
	years, err := calendar.China()
	if err != nil {
		return err
	}
	rules, err := market.Builtin(years).On(p.config.Date)
	if err != nil {
		return err
	}
	gateways := map[market.Market]node.OrderGateway{}
	for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		v, err := p.openVenue(of, venueDay{date: p.config.Date, rules: rules, stocks: p.stocks, faults: exchangeFaults(p.config)})
		if err != nil {
			return err
		}
		p.venues = append(p.venues, v)
		gateways[of] = v.orders()
	}
	var banks []*node.Bank
	for number := range p.config.Banks {
		b, err := p.openBank(uint16(number + 1))
		if err != nil {
			return err
		}
		p.banks = append(p.banks, b)
		banks = append(banks, b.gateway)
	}
	if p.outbound, err = node.NewOutbound(ctx, p.core, gateways, banks...); err != nil {
		return err
	}
	p.dusk.rules = reconcile.Builtin(years)
	return p.openClearing()
}

// trading plays the session of the exchanges.
func (p *player) trading(ctx context.Context, r *Report) error {
	shape, err := quotes.LoadShape(p.config.Data)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := p.trade(ctx, plan(int64(p.config.Orders), &shape)); err != nil {
		return err
	}
	var count Report
	count.RejectsByCode = map[string]int{}
	if err := p.core.Blocks(1, count.tally); err != nil {
		return err
	}
	r.CommandsPerSec = float64(count.Commands) / time.Since(began).Seconds()
	return nil
}

// proof adds the day up and has the second opinion do the same.
func (p *player) proof(ctx context.Context, r *Report) error {
	if err := p.core.Blocks(1, r.tally); err != nil {
		return err
	}
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		r.look(m)
		r.NextDayOpen = m.Today().Date > uint32(p.config.Date) && m.Today().Phase == custody.DayOpen
	}); err != nil {
		return err
	}
	head, _ := p.core.Head()
	verdict, err := verify.Journal(p.core, func(height uint64) {
		p.config.Progress(float64(height)/float64(head.Height), "verifying")
	})
	if err != nil {
		return err
	}
	r.VerifyRoot = verdict.StateRoot
	r.Balanced = r.Balanced && verdict.OK() && r.StateRoot == r.VerifyRoot
	if !verdict.OK() {
		return fmt.Errorf("the second opinion refuses the journal: %+v", verdict.Laws)
	}
	return p.fillTables(ctx) // so that enquiries find the whole day
}

// close ends the servers and the centre.
func (p *player) close() error {
	var errs []error
	for _, v := range append(p.past, p.venues...) {
		errs = append(errs, v.close())
	}
	for _, b := range p.banks {
		b.gateway.Close()
		errs = append(errs, b.sim.Close())
	}
	if p.dusk.intake != nil {
		errs = append(errs, p.dusk.intake.Close())
	}
	errs = append(errs, p.running.Wait(), p.sealer.store.Close(), p.core.Close())
	return errors.Join(errs...)
}
