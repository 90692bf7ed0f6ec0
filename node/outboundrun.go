package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/gateway/exchange"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
)

const (
	// laneMax bounds what waits for one counterparty in memory: more than a
	// counterparty owes in a day. Past it reading waits, and so do the others.
	laneMax = 1 << 22
	// laneBatch is how many intents are resolved with one look at the machine.
	laneBatch = 512
	// lanePause is how long a full gateway is left alone.
	lanePause = 20 * time.Millisecond
)

// lane is the way to one counterparty. Each has its own goroutine, so that a bank
// that does not take its transfers keeps nobody else waiting (the bulkhead).
type lane struct {
	wake chan struct{} // capacity 1

	mu   sync.Mutex
	left []intent // guarded by mu
}

func newLane() *lane { return &lane{wake: make(chan struct{}, 1)} }

func (l *lane) add(in intent) (room bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = append(l.left, in)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return len(l.left) < laneMax
}

// next returns the first intents, which stay until done.
func (l *lane) next() []intent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]intent(nil), l.left[:min(len(l.left), laneBatch)]...)
}

func (l *lane) done(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = append(l.left[:0], l.left[n:]...)
}

func (l *lane) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.left)
}

// destination names a lane: a market or a bank.
type destination struct {
	market market.Market
	bank   uint16
}

// dispatch hands out what becomes durable while a centre runs freely, one lane a
// counterparty. In lock-step Outbound.Pump does the same in one go.
type dispatch struct {
	out   *Outbound
	lanes map[destination]*lane
}

// newDispatch makes a lane for every counterparty of an Outbound.
func newDispatch(out *Outbound) *dispatch {
	d := &dispatch{out: out, lanes: map[destination]*lane{}}
	for m := range out.orders {
		d.lanes[destination{market: m}] = newLane()
	}
	for number := range out.banks {
		d.lanes[destination{bank: number}] = newLane()
	}
	return d
}

// waiting says how much waits for a counterparty.
func (d *dispatch) waiting(to destination) int {
	if l := d.lanes[to]; l != nil {
		return l.waiting()
	}
	return 0
}

// run reads durable blocks and fills the lanes until ctx ends. It returns an error
// of the core, after which nothing can be told any more.
func (d *dispatch) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var lanes sync.WaitGroup
	failures := make(chan error, len(d.lanes)+1)
	for to, l := range d.lanes {
		lanes.Go(func() {
			if err := d.serve(ctx, to, l); err != nil {
				failures <- err
				stop()
			}
		})
	}
	err := d.read(ctx)
	stop()
	lanes.Wait()
	close(failures)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	return err
}

// read routes what an earlier run left, then every block.
func (d *dispatch) read(ctx context.Context) error {
	if err := d.route(ctx); err != nil {
		return err
	}
	return d.out.core.Follow(ctx, d.out.next, func(b *journal.Block) error {
		if err := d.out.Take(b); err != nil {
			return err
		}
		// One look serves many blocks: a look a block could fall behind the blocks.
		if head, _ := d.out.core.Head(); b.Height < head.Height && len(d.out.left) < laneBatch {
			return nil
		}
		return d.route(ctx)
	})
}

// route puts noted intents into their lanes.
func (d *dispatch) route(ctx context.Context) error {
	if len(d.out.left) == 0 {
		return nil
	}
	to := make([]destination, len(d.out.left))
	if err := d.out.core.Look(ctx, func(m *custody.Machine) {
		for i, in := range d.out.left {
			to[i] = destinationOf(m, in)
		}
	}); err != nil {
		return err
	}
	for i, in := range d.out.left {
		l := d.lanes[to[i]]
		if l == nil {
			continue // ended already, or for a counterparty this centre is not connected to
		}
		for room := l.add(in); !room; room = l.waiting() < laneMax {
			if err := pause(ctx, lanePause); err != nil {
				return err
			}
		}
	}
	d.out.left = d.out.left[:0]
	return nil
}

func destinationOf(m *custody.Machine, in intent) destination {
	if in.kind == record.KindNewOrder || in.kind == record.KindCancelOrder {
		order, ok := m.OrderBy(in.ref)
		if !ok {
			return destination{}
		}
		return destination{market: m.InstrumentAt(order.Instrument).ID.Market()}
	}
	if in.kind == record.KindAskRemittance {
		r, ok := m.RemittanceBy(in.ref)
		if !ok {
			return destination{}
		}
		return destination{bank: r.Bank}
	}
	t, ok := m.TransferBy(in.ref)
	if !ok {
		return destination{}
	}
	return destination{bank: t.Bank}
}

// serve hands the intents of one lane over in their order.
func (d *dispatch) serve(ctx context.Context, to destination, l *lane) error {
	tries := map[uint64]int{} // cancels asked of an order
	for {
		batch := l.next()
		if len(batch) == 0 {
			select {
			case <-l.wake:
			case <-ctx.Done():
				return nil
			}
			continue
		}
		sends := make([]func(context.Context) error, len(batch))
		err := d.out.core.Look(ctx, func(m *custody.Machine) {
			for i, in := range batch {
				sends[i] = d.out.resolve(m, in, tries)
			}
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := hand(ctx, sends)
		l.done(n)
		switch {
		case ctx.Err() != nil || errors.Is(err, exchange.ErrStopped):
			return nil
		case errors.Is(err, exchange.ErrFull) || errors.Is(err, bank.ErrFull):
			if pause(ctx, lanePause) != nil {
				return nil
			}
		case err != nil:
			return fmt.Errorf("hand over to %+v: %w", to, err)
		}
	}
}

// hand sends until one is refused and returns how many were taken.
func hand(ctx context.Context, sends []func(context.Context) error) (int, error) {
	for i, send := range sends {
		if send == nil {
			continue
		}
		if err := send(ctx); err != nil {
			return i, err
		}
	}
	return len(sends), nil
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
