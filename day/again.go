package day

import (
	"context"
	"fmt"

	"sancun/calendar"
	"sancun/custody"
	"sancun/difference"
	"sancun/reconcile"
	"sancun/record"
	"sancun/settle"
	"sancun/wire/csdc"
)

// askAgain works off what the clearing house has told wrongly of trades and
// positions: for trades our data prevail (domain facts B.7), so it is asked to
// send its files again, the comparison is made again with them, and two people
// close the cases that are gone.
func (p *player) askAgain(ctx context.Context) error {
	var open int
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		for _, c := range m.Cases() {
			if reconcile.OfClearing(&c) && c.State == custody.CaseOpen {
				open++
			}
		}
	}); err != nil || open == 0 {
		return err
	}
	if err := p.collectAgain(ctx); err != nil {
		return err
	}
	options, err := p.settleOptions()
	if err != nil {
		return err
	}
	again, err := settle.CompareAgain(ctx, p.core, p.inputs(), options)
	if err != nil {
		return fmt.Errorf("with the corrected files: %w", err)
	}
	still, err := p.register(ctx, again)
	if err != nil {
		return err
	}
	_, err = reconcile.Agree(ctx, p.core, reconcile.OfClearing, still, record.ResolvedByThem, reconcile.People{Maker: clerk, Checker: checker})
	return err
}

func (p *player) register(ctx context.Context, found []difference.Difference) ([]uint64, error) {
	if len(found) == 0 {
		return nil, nil
	}
	return reconcile.Register(ctx, p.core, found)
}

// collectAgain asks for the details of trades again and waits for the new set.
func (p *player) collectAgain(ctx context.Context) error {
	sets := len(p.dusk.intake.Sets())
	date := csdc.Date(p.today().Compact())
	for _, l := range []csdc.Layout{csdc.LayoutJsmx, csdc.LayoutSJSMX1} {
		if err := p.dusk.intake.Request(ctx, l.FileName(participant, date), p.clock.Now()); err != nil {
			return fmt.Errorf("ask for %s again: %w", l, err)
		}
	}
	for range 6 {
		p.clock.set(p.clock.at + 2*calendar.Minute)
		if err := p.dusk.house.Release(p.clock.at); err != nil {
			return err
		}
		if _, err := p.dusk.intake.Collect(ctx, p.clock.Now()); err != nil {
			return err
		}
		if len(p.dusk.intake.Sets()) > sets {
			return nil
		}
	}
	return fmt.Errorf("the clearing house sent nothing better: %+v", p.dusk.intake.Status().Findings)
}
