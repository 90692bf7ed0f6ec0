package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sancun/custody"
	"sancun/market"
)

// unit is one part of a running centre with its own goroutine. A unit that fails
// is reported and, if it can be, begun again; the others go on (the bulkhead).
// Only the failure of the store ends them all (law L6).
type unit struct {
	name string
	run  func(context.Context) error
	// again is the pause before a failed unit is begun again; 0 leaves it ended,
	// because what it holds must not be used any more.
	again time.Duration
	// vital units end the centre when they fail: without them it would take orders
	// and tell nobody.
	vital bool

	mu    sync.Mutex
	state UnitStatus // guarded by mu
}

// UnitStatus is a unit for consoles and metrics.
type UnitStatus struct {
	Name     string
	Running  bool
	Since    time.Time // of Running
	Failures uint64
	Failure  string // the last one; empty when there was none
}

// Status returns a picture of the unit.
func (u *unit) status() UnitStatus {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.state
	s.Name = u.name
	return s
}

func (u *unit) note(running bool, now time.Time, failure error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state.Running, u.state.Since = running, now
	if failure != nil {
		u.state.Failures++
		u.state.Failure = failure.Error()
	}
}

// addUnit appends a unit.
func (n *Node) addUnit(u *unit) { n.units = append(n.units, u) }

// errEnded reports a unit that returned although nobody asked it to.
var errEnded = errors.New("ended by itself")

// Run runs everything around the core until ctx ends, which is no error, or the
// centre must stop. When it returns no unit runs any more; Close comes next.
func (n *Node) Run(ctx context.Context) error {
	if err := n.prepare(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running sync.WaitGroup
	for _, u := range n.units {
		running.Go(func() {
			if err := n.keep(ctx, u); err != nil {
				stop(err)
			}
		})
	}
	n.log.Info("centre serves", slog.Int("units", len(n.units)))
	select {
	case <-ctx.Done():
	case <-n.Core.Sequencer.Failed():
	}
	stop(nil)
	running.Wait()
	if err := n.Core.Sequencer.Err(); err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// keep runs a unit. It returns an error when the centre must stop.
func (n *Node) keep(ctx context.Context, u *unit) error {
	for {
		u.note(true, n.clock.Now(), nil)
		err := u.run(ctx)
		if err == nil && ctx.Err() == nil {
			err = errEnded
		}
		if ctx.Err() != nil || n.Core.Sequencer.Err() != nil {
			u.note(false, n.clock.Now(), nil)
			return nil
		}
		u.note(false, n.clock.Now(), err)
		n.log.Error("a part of the centre failed", slog.String("unit", u.name), slog.Any("error", err), slog.Duration("again", u.again))
		if u.vital {
			return fmt.Errorf("%s: %w", u.name, err)
		}
		if u.again == 0 {
			return nil
		}
		if pause(ctx, u.again) != nil {
			return nil
		}
	}
}

// The pauses and beats of units.
const (
	unitAgain = 30 * time.Second
	// bankBeat is how often a bank gateway is told the time.
	bankBeat = 250 * time.Millisecond
	// snapshotBeat is how often is looked whether a snapshot is due.
	snapshotBeat = time.Second
)

// prepare enters what the journal does not know and makes the units.
func (n *Node) prepare(ctx context.Context) error {
	if err := n.EnterBanks(ctx); err != nil {
		return err
	}
	orders := map[market.Market]OrderGateway{}
	for of, gateway := range n.Exchanges {
		orders[of] = gateway
		n.addUnit(&unit{name: "exchange " + of.String(), run: gateway.Run})
	}
	for of, quotes := range n.Quotes {
		n.addUnit(&unit{name: "quotes " + of.String(), run: quotes.Run, again: unitAgain})
	}
	var banks []*Bank
	for number, gateway := range n.Banks {
		banks = append(banks, gateway)
		n.addUnit(&unit{name: fmt.Sprintf("bank %d", number), run: func(ctx context.Context) error { return n.runBank(ctx, gateway) }})
	}
	out, err := NewOutbound(ctx, n.Core, orders, banks...)
	if err != nil {
		return err
	}
	out.opened = n.openDay
	n.dispatch = newDispatch(out)
	n.addUnit(&unit{name: "outbound", run: n.dispatch.run, vital: true})
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		if today := m.Today(); today.Date != 0 {
			n.openDay(today.Date)
		}
	}); err != nil {
		return err
	}
	n.addUnit(&unit{name: "snapshots", run: n.takeSnapshots, again: unitAgain})
	if n.filler != nil {
		n.addUnit(&unit{name: "books", run: func(ctx context.Context) error { return n.filler.Run(ctx, n.Core.Follow) }})
	}
	if n.config.Clearing.Inbox != "" {
		n.addUnit(&unit{name: "clearing", run: n.receive, again: unitAgain})
	}
	if n.door != nil {
		n.addUnit(&unit{name: "door", run: n.serveDoor, again: unitAgain})
	}
	if n.config.Health.Listen.IsValid() {
		n.addUnit(&unit{name: "health", run: n.serveHealth, again: unitAgain})
	}
	return nil
}

// runBank drives the gateway of one bank.
func (n *Node) runBank(ctx context.Context, gateway *Bank) error {
	real, stop := n.clock.Every(bankBeat)
	defer stop()
	ticks := make(chan time.Time)
	var telling sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer telling.Wait()
	defer cancel()
	telling.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-real:
			}
			select {
			case ticks <- n.clock.Now():
			case <-ctx.Done():
				return
			}
		}
	})
	err := gateway.Run(ctx, ticks)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// takeSnapshots writes a snapshot when so much time has passed or so many records
// have come, so that a restart replays little.
func (n *Node) takeSnapshots(ctx context.Context) error {
	last, records := time.Now(), n.Core.Records()
	for {
		if err := pause(ctx, snapshotBeat); err != nil {
			return nil
		}
		fresh := n.Core.Records() - records
		if fresh == 0 || fresh < n.config.Centre.SnapshotRecords && time.Since(last) < time.Duration(n.config.Centre.SnapshotEvery) {
			continue
		}
		began := time.Now()
		records = n.Core.Records()
		height, err := n.Core.Snapshot(ctx)
		if err != nil {
			return err
		}
		last = time.Now()
		n.snapshot.Store(height)
		n.log.Info("snapshot written", slog.Uint64("height", height), slog.Duration("took", last.Sub(began)))
	}
}
