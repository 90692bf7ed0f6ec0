package centre

import (
	"errors"
	"fmt"
	"time"

	"sancun/custody"
	"sancun/internal/planted"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
)

// ErrShut says that the centre stopped while answers waited for the other one.
var ErrShut = errors.New("stopped while answers waited for the other centre")

// Shield stands between what is durable here and what may leave the house. It is
// told of blocks by the writer and of acknowledgements by the line to the other
// centre. Moments are unix nanoseconds of one clock that never steps.
//
// Invariant: once deposed or shut it lets nothing through that it had not let
// through before.
type Shield struct {
	Meter replica.Meter
	// HasKeys says that answers may rest on keys that lie beside the journal: the other
	// centre must have them too.
	HasKeys bool

	gate  *replica.Gate
	end   error            // why nothing is let out any more
	head  journal.Position // durable here
	times durableTimes

	there   uint64  // stored at the other centre, as it said last
	offers  []offer // keys the other centre has not said it has, oldest first
	lastKey uint64  // number of the last change of keys
}

// offer is a change of the keys: blocks above the height may rest on it.
type offer struct {
	seq    uint64
	height uint64
}

// offersMax bounds the changes of keys that are remembered one by one.
const offersMax = 4096

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

// NewShield makes the shield of a centre that does not write yet.
func NewShield() *Shield {
	return &Shield{gate: replica.NewGate(replica.Protection{Mode: replica.Fast}, 0, 0)}
}

// Begin puts the shield before a centre that begins to write behind head at a
// moment.
func (s *Shield) Begin(row custody.Centre, head journal.Position, at int64) {
	s.gate, s.head, s.end = replica.NewGate(ProtectionOf(row), head.Height, at), head, nil
	s.Meter.Reset()
	s.there, s.offers = 0, nil
	if s.HasKeys { // what was drawn before counts as offered until the other centre has said what it has
		s.offers = []offer{{s.lastKey, head.Height}}
	}
}

// Offered tells that keys were drawn, before anything that rests on them.
func (s *Shield) Offered(seq uint64) {
	s.lastKey = seq
	if len(s.offers) == offersMax { // of a centre that is long lost: the oldest bounds what it is behind
		s.offers = s.offers[:1]
		s.offers[0].seq = seq
		return
	}
	s.offers = append(s.offers, offer{seq, s.head.Height})
}

// LastKey is the number of the last change of keys.
func (s *Shield) LastKey() uint64 { return s.lastKey }

// Keyed tells that the other centre, heard at a moment, has every key up to a change.
func (s *Shield) Keyed(seq uint64, at int64) {
	n := 0
	for n < len(s.offers) && s.offers[n].seq <= seq {
		n++
	}
	if n == 0 {
		return
	}
	s.offers = append(s.offers[:0], s.offers[n:]...)
	if s.there > 0 {
		s.gate.There(s.secured(), at)
	}
}

// secured is the height up to which the other centre has blocks and the keys they
// rest on.
func (s *Shield) secured() uint64 {
	if len(s.offers) > 0 {
		return min(s.there, s.offers[0].height)
	}
	return s.there
}

// ProtectionOf reads the mode in force. Before anybody set one it is fast.
func ProtectionOf(row custody.Centre) replica.Protection {
	p := replica.Protection{Mode: replica.Mode(row.Mode), Alone: row.Alone == 1, Limit: int64(row.LimitMS) * int64(time.Millisecond)}
	if row.Mode == 0 {
		p.Mode = replica.Fast
	}
	return p
}

// Stored is told of each block that is durable here since at.
func (s *Shield) Stored(b *journal.Block, at int64) {
	mode, exposure := Survey(b)
	s.Meter.Durable(b, at, exposure)
	s.times.put(b.Height, at)
	s.head = b.Position()
	s.gate.Home(b.Height, at)
	if mode != nil {
		s.gate.Set(*mode)
	}
}

// Acked takes what a follower has stored and applied, as heard at a moment.
func (s *Shield) Acked(stored, applied uint64, at int64) {
	s.Meter.Acked(stored, applied, at)
	s.there = max(s.there, stored)
	s.gate.There(s.secured(), at)
}

// Lets tells whether a height may leave the house. With an error it never will
// by this shield.
func (s *Shield) Lets(height uint64) (bool, error) {
	if s.gate.Opened() >= height {
		return true, nil
	}
	if planted.In(planted.ShieldIgnored) && s.end != nil {
		return true, nil
	}
	if s.end != nil {
		return false, fmt.Errorf("block %d is durable here and not acknowledged by the other centre: %w", height, s.end)
	}
	return false, nil
}

// Opened is the height up to which answers and messages may leave.
func (s *Shield) Opened() uint64 { return s.gate.Opened() }

// Behind is the number of blocks the other centre has not acknowledged.
func (s *Shield) Behind() uint64 { return s.gate.Behind() }

// Depose ends all answers: a newer epoch has begun elsewhere.
func (s *Shield) Depose(why error) {
	s.gate.Depose()
	s.shut(why)
}

// Shut ends the waiting of a centre that stops.
func (s *Shield) Shut() { s.shut(ErrShut) }

func (s *Shield) shut(why error) {
	if s.end == nil {
		s.end = why
	}
}

// Wish is the change of mode that should be journaled now, and how many blocks
// the other centre is behind.
func (s *Shield) Wish(at int64) (replica.Wish, uint64) { return s.gate.Wish(at), s.gate.Behind() }

// Protection is the mode in force.
func (s *Shield) Protection() replica.Protection { return s.gate.Protection() }

// Beat is what the line says when there is nothing to send.
func (s *Shield) Beat(epoch uint32) replica.Beat {
	p := s.gate.Protection()
	return replica.Beat{Head: s.head.Height, Released: s.gate.Opened(), Epoch: epoch, Mode: uint8(p.Mode), Synced: s.gate.Behind() == 0}
}

// DurableAt is when a block became durable here, 0 when that is forgotten.
func (s *Shield) DurableAt(height uint64) int64 { return s.times.get(height) }

// Survey reads what a block says of the protection mode, and what would have to
// be worked off if it were lost. A record that cannot be read is the store's
// affair, not the survey's.
func Survey(b *journal.Block) (mode *replica.Protection, e replica.Exposure) {
	for _, raw := range b.Records() {
		e.Records++
		v, err := record.Parse(raw)
		if err != nil || v.Code != record.Accepted {
			continue
		}
		switch v.Kind {
		case record.KindApprove, record.KindStandAlone, record.KindPromote:
			if row, ok := centreRow(v); ok {
				p := ProtectionOf(row)
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
