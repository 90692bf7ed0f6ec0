package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sancun/custody"
	"sancun/gateway/bank"
	wire "sancun/wire/bank"
)

// seat is the place of the gateway to one bank. A gateway that failed does not
// know any more what it said, so another one takes its place, with what the
// journal has open.
type seat struct {
	number uint16

	mu      sync.RWMutex
	gateway *Bank // guarded by mu
}

// bank returns the gateway that sits here now.
func (s *seat) bank() *Bank {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.gateway
}

// feed hands an intent to the gateway. It waits while the seat changes hands, so
// that no intent falls between two gateways.
func (s *seat) feed(in bank.Intent) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.gateway.Feed(in)
}

// Bank returns the gateway to a bank; nil for a bank that is not in the
// configuration. A gateway that failed is replaced, so it is not to be kept.
func (n *Node) Bank(number uint16) *Bank {
	n.gateways.RLock()
	s := n.banks[number]
	n.gateways.RUnlock()
	if s != nil {
		return s.bank()
	}
	return nil
}

// reseat puts a new gateway in the place of one that failed and tells it what the
// journal has open: it asks the bank what became of that.
func (n *Node) reseat(ctx context.Context, s *seat) error {
	var fresh *Bank
	for i := range n.config.Banks {
		if c := &n.config.Banks[i]; c.Number == s.number {
			var err error
			if fresh, err = n.makeBank(c); err != nil {
				return fmt.Errorf("make the gateway of bank %d anew: %w", s.number, err)
			}
		}
	}
	if fresh == nil {
		return fmt.Errorf("bank %d is not in the configuration: %w", s.number, ErrNotAvailable)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []bank.Intent
	var date uint32
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		open, date = bank.OpenIntents(m, s.number), m.Today().Date
	}); err != nil {
		return err
	}
	for _, in := range open {
		if err := fresh.Feed(in); err != nil {
			return fmt.Errorf("transfer %d: %w", in.Transfer, err)
		}
	}
	if date != 0 {
		fresh.OpenDay(wire.Date(date))
	}
	s.gateway.Close()
	s.gateway = fresh
	n.log.Warn("a bank has a new gateway: the one before failed", slog.Int("bank", int(s.number)), slog.Int("open_transfers", len(open)))
	return nil
}

// signOutWithin is how long a clean stop waits for a bank to confirm the sign-out.
// A bank that does not answer in that time finds out by the line.
const signOutWithin = 5 * time.Second

// runBank drives the gateway of one bank until ctx ends, and signs out then.
func (n *Node) runBank(ctx context.Context, s *seat) error {
	if s.bank().Health().Failure != nil {
		if err := n.reseat(ctx, s); err != nil {
			return err
		}
	}
	gateway := s.bank()
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ticks := make(chan time.Time)
	var beside sync.WaitGroup
	beside.Go(func() { n.tickBank(work, ticks) })
	beside.Go(func() {
		select {
		case <-ctx.Done():
			n.signOut(work, gateway)
			cancel()
		case <-work.Done():
		}
	})
	err := gateway.Run(work, ticks)
	cancel()
	beside.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// tickBank tells a gateway the time until ctx ends.
func (n *Node) tickBank(ctx context.Context, ticks chan<- time.Time) {
	beat, stop := n.clock.Every(bankBeat)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat:
		}
		select {
		case ticks <- n.clock.Now():
		case <-ctx.Done():
			return
		}
	}
}

// signOut ends the session with a bank politely, so that the bank refuses its
// customers at once instead of waiting for us. After a failure of the store
// nothing is said: what the bank would be told could not be written down.
func (n *Node) signOut(ctx context.Context, gateway *Bank) {
	if n.Core.Err() != nil {
		return
	}
	gateway.CloseDay()
	until := time.Now().Add(signOutWithin)
	for time.Now().Before(until) {
		if h := gateway.Health(); h.Date == 0 && h.Phase == "down" || h.Failure != nil {
			return
		}
		if pause(ctx, lanePause) != nil {
			return
		}
	}
}
