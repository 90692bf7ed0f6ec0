package node

import (
	"context"
	"sync"
	"time"

	"sancun/centre"
	"sancun/custody"
	"sancun/journal"
	"sancun/replica"
)

// errShut says that the centre stopped while answers waited for the other one.
var errShut = centre.ErrShut

// shield is centre.Shield for the goroutines of a running centre: the writer of
// the sequencer tells it of blocks, the line of acknowledgements, and the
// sequencer's answers wait at it.
type shield struct {
	now func() time.Time

	mu   sync.Mutex
	turn *sync.Cond
	s    *centre.Shield // guarded by mu
	news chan struct{}  // closed and replaced when a block is durable here
}

func newShield(now func() time.Time) *shield {
	s := &shield{now: now, s: centre.NewShield(), news: make(chan struct{})}
	s.turn = sync.NewCond(&s.mu)
	return s
}

// begin puts the shield before a centre that begins to write behind head.
func (s *shield) begin(row custody.Centre, head journal.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.s.Begin(row, head, s.now().UnixNano())
}

// stored is told of each block that is durable here.
func (s *shield) stored(b *journal.Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.s.Stored(b, s.now().UnixNano())
	close(s.news)
	s.news = make(chan struct{})
	s.turn.Broadcast()
}

// offered tells that keys were drawn, before anything that rests on them.
func (s *shield) offered(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.s.Offered(seq)
}

// keyed tells that the other centre has every key up to a change.
func (s *shield) keyed(seq uint64) {
	s.change(func() { s.s.Keyed(seq, s.now().UnixNano()) })
}

// keep tells that answers may rest on keys that lie beside the journal.
func (s *shield) keep() { s.change(func() { s.s.HasKeys = true }) }

// release waits until a height may leave the house.
func (s *shield) release(height uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if lets, err := s.s.Lets(height); lets || err != nil {
			return err
		}
		s.turn.Wait()
	}
}

// acked takes what a follower has stored and applied.
func (s *shield) acked(stored, applied uint64) {
	s.change(func() { s.s.Acked(stored, applied, s.now().UnixNano()) })
}

// change changes the shield and wakes who waits at it.
func (s *shield) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
	s.turn.Broadcast()
}

// level waits until the other centre has everything that is durable here; false
// when ctx ends first.
func (s *shield) level(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() { s.change(func() {}) })
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.s.Behind() > 0 && ctx.Err() == nil {
		s.turn.Wait()
	}
	return s.s.Behind() == 0
}

// depose ends all answers: a newer epoch has begun elsewhere.
func (s *shield) depose(why error) { s.change(func() { s.s.Depose(why) }) }

// close ends the waiting of a centre that stops.
func (s *shield) close() { s.change(s.s.Shut) }

// wish is the change of mode that should be journaled now.
func (s *shield) wish() (replica.Wish, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Wish(s.now().UnixNano())
}

// behind is how far the other centre is behind.
func (s *shield) behind() replica.Behind { return s.s.Meter.Behind(s.now().UnixNano()) }

// delays are the delays measured since the last call.
func (s *shield) delays() ([]int64, uint64) { return s.s.Meter.Delays() }

// protection is the mode in force.
func (s *shield) protection() replica.Protection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Protection()
}

// beat is what the line says when there is nothing to send.
func (s *shield) beat(epoch uint32) replica.Beat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Beat(epoch)
}

// home returns a channel closed when the next block is durable here.
func (s *shield) home() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

func (s *shield) durableAt(height uint64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.DurableAt(height)
}
