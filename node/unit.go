package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/market"
)

// unit is one part of a running centre with its own goroutine. A unit that fails
// is reported and, if it can be, begun again; the others go on (the bulkhead).
// Only the failure of the store ends them all (law L6).
type unit struct {
	name string
	run  func(context.Context) error
	// again is the pause before a failed unit is begun again, twice as long each
	// time up to unitAgainMax; 0 leaves it ended, because what it holds must not be
	// used any more.
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
func (n *Node) addUnit(u *unit) {
	n.unitsLock.Lock()
	defer n.unitsLock.Unlock()
	n.units = append(n.units, u)
}

// listed returns the units there are.
func (n *Node) listed() []*unit {
	n.unitsLock.Lock()
	defer n.unitsLock.Unlock()
	return slices.Clone(n.units)
}

// forget drops the units behind the first few, when a role ends.
func (n *Node) forget(keep int) {
	n.unitsLock.Lock()
	defer n.unitsLock.Unlock()
	n.units = n.units[:keep:keep]
}

// errEnded reports a unit that returned although nobody asked it to.
var errEnded = errors.New("ended by itself")

// Run runs everything around the core until ctx ends, which is no error, or the
// centre must stop. When it returns no unit runs any more; Close comes next. What
// belongs to the centre in every role runs throughout; with a second centre, what
// belongs to a role begins and ends with it.
func (n *Node) Run(ctx context.Context) error {
	n.prepareAlways()
	if n.restored != nil {
		n.log.Warn("isolated: restored from a backup; it shows what it has and says nothing to anybody until two people release it",
			slog.Uint64("archive", n.restored.Number), slog.Uint64("height", n.restored.Height), slog.Time("restored", n.restored.At))
		return n.runUnits(ctx, n.listed())
	}
	if n.peer == nil {
		if err := n.prepareWriting(ctx); err != nil {
			return err
		}
		return n.runUnits(ctx, n.listed())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var always sync.WaitGroup
	units := n.listed()
	always.Go(func() { stop(n.runUnits(ctx, units)) })
	var err error
	for {
		err = n.reign(ctx, len(units))
		if !errors.Is(err, errTurn) || n.peer.rebase != nil {
			break
		}
	}
	stop(nil)
	always.Wait()
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// runUnits runs units until ctx ends, the store fails, or one of them must end
// the centre. With a cause of its own ctx ends with that.
func (n *Node) runUnits(ctx context.Context, units []*unit) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running sync.WaitGroup
	for _, u := range units {
		running.Go(func() {
			if err := n.keep(ctx, u); err != nil {
				stop(err)
			}
		})
	}
	n.log.Info("centre serves", slog.Int("units", len(units)))
	select {
	case <-ctx.Done():
	case <-n.Core.Failed():
	}
	stop(nil)
	running.Wait()
	cause := context.Cause(ctx)
	if err := n.Core.Failure(); err != nil && !errors.Is(cause, errTurn) {
		return err
	}
	if !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// keep runs a unit. It returns an error when the centre must stop.
func (n *Node) keep(ctx context.Context, u *unit) error {
	again := u.again
	for {
		began := time.Now()
		u.note(true, n.clock.Now(), nil)
		err := u.run(ctx)
		if err == nil && ctx.Err() == nil {
			err = errEnded
		}
		if ctx.Err() != nil || n.Core.Err() != nil {
			u.note(false, n.clock.Now(), nil)
			return nil
		}
		u.note(false, n.clock.Now(), err)
		if time.Since(began) >= unitSteady {
			again = u.again
		}
		n.log.Error("a part of the centre failed", slog.String("unit", u.name), slog.Any("error", err), slog.Duration("again", again))
		if u.vital || errors.Is(err, journal.ErrPoisoned) { // nobody knows what a failed store holds: only a new start finds out
			return fmt.Errorf("%s: %w", u.name, err)
		}
		if again == 0 {
			return nil
		}
		if pause(ctx, again) != nil {
			return nil
		}
		again = min(2*again, unitAgainMax)
	}
}

// The pauses and beats of units.
const (
	// unitAgain is the first pause before a failed unit is begun again, short
	// because most troubles pass. It doubles up to unitAgainMax, so that one that
	// does not pass fills no log, and begins anew after a unit ran for unitSteady.
	unitAgain    = time.Second
	unitAgainMax = 5 * time.Minute
	unitSteady   = 10 * time.Minute
	// bankBeat is how often a bank gateway is told the time.
	bankBeat = 250 * time.Millisecond
	// snapshotBeat is how often is looked whether a snapshot is due.
	snapshotBeat = time.Second
)

// prepareAlways makes the units that run in every role.
func (n *Node) prepareAlways() {
	n.addUnit(&unit{name: "snapshots", run: n.takeSnapshots, again: unitAgain})
	if n.filler.Load() != nil {
		n.addUnit(&unit{name: "books", run: n.fillBooks, again: unitAgain})
	}
	if n.door != nil {
		n.addUnit(&unit{name: "door", run: n.serveDoor, again: unitAgain})
	}
	if n.config.Health.Listen.IsValid() {
		n.addUnit(&unit{name: "health", run: n.serveHealth, again: unitAgain})
	}
	if n.zone != nil {
		n.addUnit(&unit{name: "echo", run: n.echoBanks, vital: true})
	}
	if n.backups != nil {
		n.addUnit(&unit{name: "backups", run: n.runBackups, again: unitAgain})
	}
	if n.peer != nil {
		n.addUnit(&unit{name: "control", run: n.serveControl, vital: true})
		n.addUnit(&unit{name: "peer door", run: n.servePeer, vital: true})
		n.addUnit(&unit{name: "files", run: n.peer.goods.run, again: unitAgain})
		n.addUnit(&unit{name: "drift", run: n.peer.drift.run, again: unitAgain})
		n.addUnit(&unit{name: "data", run: n.data.run, again: unitAgain})
	}
	n.addUnit(&unit{name: "scrub", run: n.scrub.run, again: unitAgain})
	n.addUnit(&unit{name: "erasing", run: n.keepErasing, again: unitAgain})
}

// prepareWriting enters what the journal does not know and makes the units of a
// centre that writes.
func (n *Node) prepareWriting(ctx context.Context) error {
	if err := n.EnterBanks(ctx); err != nil {
		return err
	}
	orders := map[market.Market]OrderGateway{}
	for of, gateway := range n.Exchanges {
		orders[of] = gateway
		n.addUnit(&unit{name: "exchange " + of.String(), run: gateway.Run})
	}
	if n.AfterHours != nil {
		orders[market.Shanghai] = ExchangePair{Trading: n.Exchanges[market.Shanghai], AfterHours: n.AfterHours}
		n.addUnit(&unit{name: "after-hours " + market.Shanghai.String(), run: n.AfterHours.Run})
	}
	for of, quotes := range n.Quotes {
		n.addUnit(&unit{name: "quotes " + of.String(), run: quotes.Run, again: unitAgain})
	}
	for number, s := range n.banks {
		n.addUnit(&unit{name: fmt.Sprintf("bank %d", number), run: func(ctx context.Context) error { return n.runBank(ctx, s) }, again: unitAgain})
	}
	if n.zone != nil {
		n.played(orders)
	}
	out, err := newOutbound(ctx, n.Core, orders, n.banks)
	if err != nil {
		return err
	}
	out.opened, out.approved = n.openDay, n.dayEnd.approved.ring
	n.gateways.Lock()
	n.dispatch = newDispatch(out)
	n.gateways.Unlock()
	n.addUnit(&unit{name: "outbound", run: n.dispatch.run, vital: true})
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		if today := m.Today(); today.Date != 0 {
			n.openDay(today.Date)
		}
	}); err != nil {
		return err
	}
	if n.compare != nil {
		n.addUnit(&unit{name: "name lists", run: n.compare.run, again: unitAgain})
	}
	n.addUnit(&unit{name: "day end", run: n.dayEnd.keep, again: unitAgain})
	if n.config.Clearing.Inbox != "" {
		n.addUnit(&unit{name: "clearing", run: n.receive, again: unitAgain})
	}
	return nil
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
