package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
)

// errShut says that the centre stopped while answers waited for the other one.
var errShut = errors.New("stopped while answers waited for the other centre")

// shield stands between what is durable here and what may leave the house. It is
// told of blocks by the sequencer's writer and of acknowledgements by the line to
// the other centre, and lets the sequencer's answers through.
type shield struct {
	now   func() time.Time
	meter replica.Meter

	mu    sync.Mutex
	turn  *sync.Cond
	gate  *replica.Gate
	end   error            // why nothing is let out any more
	head  journal.Position // durable here
	times durableTimes
	news  chan struct{} // closed and replaced when a block is durable here

	there   uint64  // stored at the other centre, as it said last
	hasKeys bool    // answers may rest on keys that lie beside the journal
	offers  []offer // keys the other centre has not said it has, oldest first
	lastKey uint64  // number of the last change of keys
}

// offer is a change of the keys: blocks above the height may rest on it.
type offer struct {
	seq    uint64
	height uint64
}

// durableTimes remembers when the newest blocks became durable, for the delay
// that the other centre measures.
type durableTimes struct {
	height [durableTimesKept]uint64
	at     [durableTimesKept]int64
}

// durableTimesKept covers a few seconds of the smallest blocks.
const durableTimesKept = 1 << 14

func (d *durableTimes) put(height uint64, at int64) {
	i := height % durableTimesKept
	d.height[i], d.at[i] = height, at
}

func (d *durableTimes) get(height uint64) int64 {
	if i := height % durableTimesKept; d.height[i] == height {
		return d.at[i]
	}
	return 0
}

func newShield(now func() time.Time) *shield {
	s := &shield{now: now, gate: replica.NewGate(replica.Protection{Mode: replica.Fast}, 0), news: make(chan struct{})}
	s.turn = sync.NewCond(&s.mu)
	return s
}

// begin puts the shield before a centre that begins to write behind head.
func (s *shield) begin(row custody.Centre, head journal.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.head, s.end = replica.NewGate(protectionOf(row), head.Height), head, nil
	s.meter.Reset()
	s.there, s.offers = 0, nil
	if s.hasKeys { // what was drawn before counts as offered until the other centre has said what it has
		s.offers = []offer{{s.lastKey, head.Height}}
	}
}

// offered tells that keys were drawn, before anything that rests on them.
func (s *shield) offered(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastKey = seq
	if len(s.offers) == offersMax { // of a centre that is long lost: the oldest bounds what it is behind
		s.offers = s.offers[:1]
		s.offers[0].seq = seq
		return
	}
	s.offers = append(s.offers, offer{seq, s.head.Height})
}

// offersMax bounds the changes of keys that are remembered one by one.
const offersMax = 4096

// keyed tells that the other centre has every key up to a change.
func (s *shield) keyed(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.offers) && s.offers[n].seq <= seq {
		n++
	}
	if n == 0 {
		return
	}
	s.offers = append(s.offers[:0], s.offers[n:]...)
	if s.there > 0 {
		s.gate.There(s.secured(), s.now().UnixNano())
	}
	s.turn.Broadcast()
}

// secured is the height up to which the other centre has blocks and the keys they
// rest on. The caller holds mu.
func (s *shield) secured() uint64 {
	if len(s.offers) > 0 {
		return min(s.there, s.offers[0].height)
	}
	return s.there
}

// protectionOf reads the mode in force. Before anybody set one it is fast.
func protectionOf(row custody.Centre) replica.Protection {
	p := replica.Protection{Mode: replica.Mode(row.Mode), Alone: row.Alone == 1, Limit: int64(row.LimitMS) * int64(time.Millisecond)}
	if row.Mode == 0 {
		p.Mode = replica.Fast
	}
	return p
}

// stored is told of each block that is durable here.
func (s *shield) stored(b *journal.Block) {
	mode, exposure := survey(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now().UnixNano()
	s.meter.Durable(b, at, exposure)
	s.times.put(b.Height, at)
	s.head = b.Position()
	s.gate.Home(b.Height, at)
	if mode != nil {
		s.gate.Set(*mode)
	}
	close(s.news)
	s.news = make(chan struct{})
	s.turn.Broadcast()
}

// survey reads what a block says of the protection mode, and what would have to
// be worked off if it were lost. A record that cannot be read is the store's
// affair, not the survey's.
func survey(b *journal.Block) (mode *replica.Protection, e replica.Exposure) {
	for _, raw := range b.Records() {
		e.Records++
		v, err := record.Parse(raw)
		if err != nil || v.Code != record.Accepted {
			continue
		}
		switch v.Kind {
		case record.KindApprove, record.KindStandAlone, record.KindPromote:
			if row, ok := centreRow(v); ok {
				p := protectionOf(row)
				mode = &p
			}
		case record.KindAskDeposit, record.KindAskWithdrawal, record.KindBankDeposit, record.KindBankWithdrawal, record.KindOrderFilled:
			if cmd, err := v.Cmd(); err == nil {
				expose(&e, cmd)
			}
		}
	}
	return mode, e
}

// expose adds what a command moves.
func expose(e *replica.Exposure, cmd record.Command) {
	switch c := cmd.(type) {
	case *record.AskDeposit:
		e.Cash += int64(c.Amount)
	case *record.AskWithdrawal:
		e.Cash += int64(c.Amount)
	case *record.BankDeposit:
		e.Cash += int64(c.Amount)
	case *record.BankWithdrawal:
		e.Cash += int64(c.Amount)
	case *record.OrderFilled:
		e.Securities += int64(c.Quantity)
	}
}

// centreRow is the row of the centre that a record wrote. Which act an approval
// carried out does not matter: what it wrote is in force.
func centreRow(v record.View) (row custody.Centre, found bool) {
	err := v.EachEffect(func(e record.Effect) error {
		if e.Kind == record.EffectPut && e.Code == custody.TableCentre {
			row.Decode(e.Bytes)
			found = true
		}
		return nil
	})
	return row, found && err == nil
}

// release waits until a height may leave the house.
func (s *shield) release(height uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.gate.Opened() < height && s.end == nil {
		s.turn.Wait()
	}
	if s.gate.Opened() >= height {
		return nil
	}
	return fmt.Errorf("block %d is durable here and not acknowledged by the other centre: %w", height, s.end)
}

// acked takes what a follower has stored and applied.
func (s *shield) acked(stored, applied uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now().UnixNano()
	s.meter.Acked(stored, applied, at)
	s.there = max(s.there, stored)
	s.gate.There(s.secured(), at)
	s.turn.Broadcast()
}

// level waits until the other centre has everything that is durable here; false
// when ctx ends first.
func (s *shield) level(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.turn.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.gate.Behind() > 0 && ctx.Err() == nil {
		s.turn.Wait()
	}
	return s.gate.Behind() == 0
}

// depose ends all answers: a newer epoch has begun elsewhere.
func (s *shield) depose(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.Depose()
	if s.end == nil {
		s.end = why
	}
	s.turn.Broadcast()
}

// close ends the waiting of a centre that stops.
func (s *shield) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		s.end = errShut
	}
	s.turn.Broadcast()
}

// wish is the change of mode that should be journaled now.
func (s *shield) wish() (replica.Wish, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate.Wish(s.now().UnixNano()), s.gate.Behind()
}

// protection is the mode in force.
func (s *shield) protection() replica.Protection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate.Protection()
}

// beat is what the line says when there is nothing to send.
func (s *shield) beat(epoch uint32) replica.Beat {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.gate.Protection()
	return replica.Beat{Head: s.head.Height, Released: s.gate.Opened(), Epoch: epoch, Mode: uint8(p.Mode), Synced: s.gate.Behind() == 0}
}

// Home returns the last position durable here and a channel closed at the next.
func (s *shield) home() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

func (s *shield) durableAt(height uint64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times.get(height)
}
