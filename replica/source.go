package replica

import (
	"errors"
	"fmt"

	"sancun/internal/planted"
	"sancun/journal"
)

// Source is the writing centre's side of one conversation: what one follower has
// been sent and has acknowledged. It has no goroutine; its owner hands it what
// arrives and sends what it gives.
type Source struct {
	o       SourceOptions
	open    bool
	deposed bool   // nothing more is sent
	acked   bool   // the follower has acknowledged in this conversation
	name    string // the follower's centre
	sent    journal.Position
	stored  journal.Position
	peer    Ack
	queue   []Message // answers that wait to be sent
	flying  []flight  // messages that are not acknowledged
	bytes   int       // in flying
}

// flight is one Blocks message on its way.
type flight struct {
	last  journal.Position // its last block
	bytes int
}

// SourceOptions say whose chain is sent.
type SourceOptions struct {
	Chain  Chain
	Cell   uint32
	Centre string
	// Epoch is the reign under which this centre writes.
	Epoch uint32
	// Known says whether a centre may follow; nil admits all, for the simulation.
	Known func(centre string) bool
	// DurableAt says when a block became durable, unix nanoseconds, or 0; nil says 0.
	DurableAt func(height uint64) int64
	// Now is the clock, unix nanoseconds.
	Now func() int64
	// Window overrides WindowBytes when it is not 0.
	Window int
	// Batch overrides BatchBytes when it is not 0.
	Batch int
}

// NewSource makes the source of one conversation; the follower speaks first.
func NewSource(o SourceOptions) *Source {
	if o.Window == 0 {
		o.Window = WindowBytes
	}
	if o.Batch == 0 {
		o.Batch = BatchBytes
	}
	return &Source{o: o}
}

// Follower is the name the other end gave, empty before its Hello.
func (s *Source) Follower() string { return s.name }

// Peer is the follower's last word about itself.
func (s *Source) Peer() Ack { return s.peer }

// Receive takes a message of the follower. The error is ErrProtocol, ErrDeposed,
// ErrDiverged or the chain's; the conversation is over then, though a Refusal may
// wait to be sent.
func (s *Source) Receive(m Message) error {
	if !s.open {
		h, ok := m.(*Hello)
		if !ok {
			return fmt.Errorf("%w: message kind %d before Hello", ErrProtocol, m.kind())
		}
		return s.hello(h)
	}
	switch m := m.(type) {
	case *Ack:
		return s.ack(m)
	case *Ask:
		return s.ask(m)
	case *Fetch:
		return s.fetch(m)
	}
	return fmt.Errorf("%w: message kind %d of a follower", ErrProtocol, m.kind())
}

// hello decides whether the follower can follow. A chain that has parted may
// still ask where.
func (s *Source) hello(h *Hello) error {
	s.name = h.Centre
	head, err := s.o.Chain.Head()
	if err != nil {
		return err
	}
	refuse := func(r Reason, err error) error {
		s.queue = append(s.queue, &Refusal{Reason: r, Height: head.Height, Text: r.String()})
		return err
	}
	version := min(h.VersionMax, Version)
	switch {
	case version < max(h.VersionMin, VersionMin):
		return refuse(ReasonVersion, fmt.Errorf("%w: versions %d to %d", ErrProtocol, h.VersionMin, h.VersionMax))
	case h.Cell != s.o.Cell:
		return refuse(ReasonCell, fmt.Errorf("%w: cell %d", ErrProtocol, h.Cell))
	case s.o.Known != nil && !s.o.Known(h.Centre):
		return refuse(ReasonStranger, fmt.Errorf("%w: centre %q", ErrProtocol, h.Centre))
	case journal.OfDrill(h.Fence): // a fork that got out must not depose the centre that writes
		return refuse(ReasonDrill, fmt.Errorf("%w: %s: %w", ErrProtocol, h.Centre, journal.ErrDrill))
	case h.Fence > s.o.Epoch && !planted.In(planted.FenceDeaf):
		return refuse(ReasonDeposed, fmt.Errorf("%w: %s has fenced epoch %d, this is %d", ErrDeposed, h.Centre, h.Fence, s.o.Epoch))
	}
	at, there, err := At(s.o.Chain, s.o.Cell, h.Stored.Height)
	if err != nil {
		return err
	}
	s.open = true
	if planted.In(planted.PartedFed) && there {
		at.Hash = h.Stored.Hash
	}
	if !there || at.Hash != h.Stored.Hash {
		s.sent = journal.Position{Height: ^uint64(0)} // nothing is sent on a parted chain
		s.queue = append(s.queue, &Refusal{Reason: ReasonParted, Height: head.Height, Text: ReasonParted.String()})
		return nil
	}
	s.sent, s.stored = at, at
	s.peer = Ack{Stored: h.Stored, Applied: h.Applied, Fence: h.Fence, Time: h.Time}
	s.queue = append(s.queue, &Welcome{Version: version, Centre: s.o.Centre, Epoch: s.o.Epoch, Head: head, Time: s.o.Now(), Echo: h.Time})
	return nil
}

// Welcomed says whether the follower follows.
func (s *Source) Welcomed() bool { return s.open && !s.Parted() }

// Acknowledged says whether the follower has acknowledged anything in this
// conversation: one that only asked who is here has promised nothing.
func (s *Source) Acknowledged() bool { return s.acked }

// Parted says whether the follower's chain is another.
func (s *Source) Parted() bool { return s.sent.Height == ^uint64(0) }

func (s *Source) ack(a *Ack) error {
	if journal.OfDrill(a.Fence) {
		return fmt.Errorf("%w: %s: %w", ErrProtocol, s.name, journal.ErrDrill)
	}
	if a.Fence > s.o.Epoch && !planted.In(planted.FenceDeaf) {
		s.deposed = true
		s.queue = append(s.queue, &Refusal{Reason: ReasonDeposed, Height: s.sent.Height, Text: ReasonDeposed.String()})
		return fmt.Errorf("%w: %s has fenced epoch %d, this is %d", ErrDeposed, s.name, a.Fence, s.o.Epoch)
	}
	if s.Parted() || a.Stored.Height > s.sent.Height || a.Stored.Height < s.stored.Height {
		return fmt.Errorf("%w: %s acknowledges height %d, sent were %d to %d", ErrProtocol, s.name, a.Stored.Height, s.stored.Height, s.sent.Height)
	}
	at := s.stored
	for len(s.flying) > 0 && s.flying[0].last.Height <= a.Stored.Height {
		at = s.flying[0].last
		s.bytes -= s.flying[0].bytes
		s.flying = s.flying[1:]
	}
	if at.Height != a.Stored.Height { // a follower that acknowledges within a message
		var err error
		if at, _, err = At(s.o.Chain, s.o.Cell, a.Stored.Height); err != nil {
			return err
		}
	}
	if at.Hash != a.Stored.Hash {
		return fmt.Errorf("%w: %s acknowledges another block at height %d", ErrDiverged, s.name, a.Stored.Height)
	}
	s.stored, s.peer, s.acked = at, *a, true
	return nil
}

func (s *Source) ask(m *Ask) error {
	marks := &Marks{Positions: make([]journal.Position, len(m.Heights))}
	for i, height := range m.Heights {
		at, there, err := At(s.o.Chain, s.o.Cell, height)
		if err != nil {
			return err
		}
		if there {
			marks.Positions[i] = at
		} else {
			marks.Positions[i] = journal.Position{Cell: s.o.Cell, Height: height}
		}
	}
	s.queue = append(s.queue, marks)
	return nil
}

func (s *Source) fetch(m *Fetch) error {
	answer := &Fetched{Height: m.Height}
	err := s.o.Chain.Read(m.Height, func(b *journal.Block) error {
		if b.Height == m.Height {
			answer.Raw = b.AppendTo(nil)
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	s.queue = append(s.queue, answer)
	return nil
}

// Next gives the next message to send, or nil when there is nothing to say now.
func (s *Source) Next() (Message, error) {
	if len(s.queue) > 0 {
		m := s.queue[0]
		s.queue = s.queue[1:]
		return m, nil
	}
	if !s.open || s.Parted() || s.deposed || s.bytes >= s.o.Window {
		return nil, nil
	}
	head, err := s.o.Chain.Head()
	if err != nil || head.Height <= s.sent.Height {
		return nil, err
	}
	m := &Blocks{Head: head.Height}
	err = s.o.Chain.Read(s.sent.Height+1, func(b *journal.Block) error {
		if b.Height > head.Height || len(m.Raw) > 0 && len(m.Raw)+b.Size() > s.o.Batch {
			return errEnough
		}
		m.Raw = b.AppendTo(m.Raw)
		s.sent = b.Position()
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if s.o.DurableAt != nil {
		m.Durable = s.o.DurableAt(s.sent.Height)
	}
	m.Sent = s.o.Now()
	s.flying = append(s.flying, flight{last: s.sent, bytes: len(m.Raw)})
	s.bytes += len(m.Raw)
	return m, nil
}

// Stored is where the follower's durable chain stands, as far as it said.
func (s *Source) Stored() journal.Position { return s.stored }
