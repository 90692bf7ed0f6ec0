package exchange

import (
	"context"
	"errors"
	"sync"
)

// Gateway is our side of one exchange's trading platform. Place and Withdraw may
// be called from any goroutine; Run, or in lock-step Drain, is called by one.
type Gateway struct {
	o    Options
	door chan *entry
	gone chan struct{} // closed when Run has ended

	mu     sync.Mutex
	s      *session // guarded by mu
	flying int      // guarded by mu: requests at the sequencer

	// Owned by the goroutine of Run or Drain.
	link  *link
	spare []event
}

// Errors of the door.
var (
	// ErrFull refuses an order in lock-step, where nothing makes room before Drain.
	ErrFull = errors.New("the gateway's queue is full, nothing was taken, drain it first")
	// ErrStopped refuses an order because the gateway has stopped; the order stays
	// new in the machine and is fed again to the next gateway.
	ErrStopped = errors.New("the gateway has stopped")
)

// New makes a gateway. It returns ErrOptions.
func New(o Options) (*Gateway, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	g := &Gateway{o: o, door: make(chan *entry, QueueMax), gone: make(chan struct{})}
	g.s = newSession(&g.o)
	return g, nil
}

// Place takes a durable order (law L7). It waits while the queue is full, or in
// lock-step returns ErrFull. An order may be placed again after a restart: what
// the exchange knows already is not sent twice.
func (g *Gateway) Place(ctx context.Context, o Order) error { return g.feed(ctx, &entry{order: o}) }

// Withdraw takes a durable cancel; see Place. It must come after its order.
func (g *Gateway) Withdraw(ctx context.Context, c Cancel) error { return g.feed(ctx, entryOf(c)) }

func (g *Gateway) feed(ctx context.Context, e *entry) error {
	if g.o.LockStep {
		select {
		case g.door <- e:
			return nil
		default:
			return ErrFull
		}
	}
	select {
	case g.door <- e:
		return nil
	case <-g.gone:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit takes what waits at the door, as far as the lanes have room.
func (g *Gateway) admit() {
	for g.s.waiting < lanesMax {
		select {
		case e := <-g.door:
			g.s.queue(e)
		default:
			return
		}
	}
}
