package day

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/difference"
	"sancun/node"
	"sancun/reconcile"
	"sancun/settle"
)

// Evening is a played day whose clearing can be done again from an image: the
// files of the clearing house and of the banks are there.
type Evening struct {
	p  *player
	at time.Time // of the image
}

// PlayEvening plays a day up to the end of its evening. At the instant before
// clearing it hands the centre to image, which may fork it (row B164). The caller
// closes the evening.
func PlayEvening(ctx context.Context, c Config, image func(ctx context.Context, core *node.Core) error) (*Evening, error) {
	p, err := newPlayer(c)
	if err != nil {
		return nil, err
	}
	e := &Evening{p: p}
	p.image = func(ctx context.Context) error {
		e.at = p.clock.Now()
		return image(ctx, p.core)
	}
	var r Report
	r.RejectsByCode, r.NextDay.ByCode = map[string]int{}, map[string]int{}
	for _, part := range []struct {
		name string
		run  func(context.Context, *Report) error
	}{{"genesis", p.beginning}, {"trading", p.trading}, {"day end", p.dayEnd}} {
		if err := part.run(ctx, &r); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", part.name, err), p.close())
		}
	}
	return e, nil
}

// Now is when the image was taken, which is when every clearing of it begins.
func (e *Evening) Now() time.Time { return e.at }

// Inputs are the files that the evening was cleared with, without the clients'
// statements.
func (e *Evening) Inputs() settle.Inputs {
	in := e.p.inputs()
	in.Statements = nil
	return in
}

// Options are those of the evening, for another centre: differences are worked off
// there by the same rules, nothing is sent to anybody, and time stands still.
func (e *Evening) Options(core reconcile.Core) (settle.Options, error) {
	o, err := e.p.settleOptions()
	if err != nil {
		return o, err
	}
	o.Now, o.Progress = e.Now, nil
	o.Between = func(ctx context.Context, _ settle.StepReport, found []difference.Difference) error {
		if len(found) == 0 {
			return nil
		}
		if _, err := reconcile.Register(ctx, core, found); err != nil {
			return fmt.Errorf("register differences: %w", err)
		}
		_, err := e.p.dusk.rules.WorkAll(ctx, core, reconcile.People{Maker: clerk, Checker: checker})
		return err
	}
	return o, nil
}

// Close ends the evening's centre and counterparties.
func (e *Evening) Close() error { return e.p.close() }
