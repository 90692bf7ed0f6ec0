package replica

import (
	"errors"
	"fmt"

	"sancun/internal/planted"
	"sancun/journal"
)

// Follower is the copying centre's side of one conversation. Receive stores,
// Apply folds what is stored into the state; the two may be called from two
// goroutines as long as each is called from one.
type Follower struct {
	o       FollowerOptions
	head    journal.Position // stored
	welcome *Welcome
	trace   *trace
	sent    int64 // newest clock of the source seen
}

// FollowerOptions say where blocks go.
type FollowerOptions struct {
	Engine journal.Engine
	Cell   uint32
	Centre string
	// Applied tells how far the state is and what the last compared root was.
	Applied func() Applied
	// Now is the clock, unix nanoseconds.
	Now func() int64
	// Stored is called after blocks became durable here. May be nil.
	Stored func()
}

// Applied is how far a follower's state is.
type Applied struct {
	Height   uint64
	RootAt   uint64       // height of the last root compared
	Root     journal.Hash // the follower's own
	Disagree bool         // it differed from the journal's
}

// NewFollower makes the follower of one conversation on an engine.
func NewFollower(o FollowerOptions) (*Follower, error) {
	head, err := o.Engine.Head()
	if err != nil {
		return nil, err
	}
	return &Follower{o: o, head: head}, nil
}

// Hello is the first message of the conversation.
func (f *Follower) Hello() (*Hello, error) {
	fence, err := f.o.Engine.Fenced()
	if err != nil {
		return nil, err
	}
	return &Hello{
		VersionMin: VersionMin, VersionMax: Version, Cell: f.o.Cell, Centre: f.o.Centre,
		Fence: max(fence, f.head.Epoch), Stored: f.head, Applied: f.o.Applied().Height, Time: f.o.Now(),
	}, nil
}

// Welcomed is the source's answer, nil before it came.
func (f *Follower) Welcomed() *Welcome { return f.welcome }

// Stored is the last durable block here.
func (f *Follower) Stored() journal.Position { return f.head }

// Receive takes a message of the source and returns the answer to send, if any.
// The error is ErrProtocol, ErrDiverged with a *Parting, ErrDeposed (the source is
// of an older epoch), or the engine's.
func (f *Follower) Receive(m Message) (Message, error) {
	switch m := m.(type) {
	case *Refusal:
		return f.refused(m)
	case *Marks:
		if f.trace == nil {
			return nil, fmt.Errorf("%w: positions nobody asked for", ErrProtocol)
		}
		return f.trace.marks(m)
	}
	if f.trace != nil {
		return nil, fmt.Errorf("%w: message kind %d on a parted chain", ErrProtocol, m.kind())
	}
	if f.welcome == nil {
		w, ok := m.(*Welcome)
		if !ok {
			return nil, fmt.Errorf("%w: message kind %d before Welcome", ErrProtocol, m.kind())
		}
		if w.Version < VersionMin || w.Version > Version {
			return nil, fmt.Errorf("%w: version %d", ErrProtocol, w.Version)
		}
		if journal.OfDrill(w.Epoch) {
			return nil, fmt.Errorf("%w: %s: %w", ErrProtocol, w.Centre, journal.ErrDrill)
		}
		if w.Epoch < f.head.Epoch {
			return nil, fmt.Errorf("%w: %s writes epoch %d, this chain is at %d", ErrDeposed, w.Centre, w.Epoch, f.head.Epoch)
		}
		f.welcome = w
		return f.ack()
	}
	switch m := m.(type) {
	case *Blocks:
		if err := f.store(m); err != nil {
			return nil, err
		}
		f.sent = m.Sent
		return f.ack()
	case *Beat:
		f.sent = m.Sent
		return f.ack()
	}
	return nil, fmt.Errorf("%w: message kind %d of a source", ErrProtocol, m.kind())
}

func (f *Follower) refused(m *Refusal) (Message, error) {
	switch m.Reason {
	case ReasonParted:
		f.trace = &trace{engine: f.o.Engine, cell: f.o.Cell, high: min(f.head.Height, m.Height), theirs: m.Height}
		return f.trace.question(), nil
	case ReasonDeposed:
		return nil, fmt.Errorf("%w: the source says %q", ErrDeposed, m.Text)
	}
	return nil, fmt.Errorf("%w: refused: %s", ErrProtocol, m.Text)
}

// store appends the blocks of one message. Each must continue the chain and hold
// what its header says; the engine checks the chain, the epoch and the fence.
func (f *Follower) store(m *Blocks) error {
	if len(m.Raw) == 0 {
		return fmt.Errorf("%w: no blocks", ErrProtocol)
	}
	var blocks []journal.Block
	for rest := m.Raw; len(rest) > 0; {
		b, n, err := journal.Decode(rest)
		if err != nil {
			return fmt.Errorf("%w: after height %d: %w", ErrProtocol, f.head.Height+uint64(len(blocks)), err)
		}
		rest = rest[n:]
		if err := b.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		if journal.OfDrill(b.Epoch) {
			return fmt.Errorf("%w: block %d: %w", ErrProtocol, b.Height, journal.ErrDrill)
		}
		if b.Epoch > f.welcome.Epoch {
			return fmt.Errorf("%w: block %d of epoch %d from a source of epoch %d", ErrProtocol, b.Height, b.Epoch, f.welcome.Epoch)
		}
		blocks = append(blocks, b)
	}
	stored := blocks
	if planted.In(planted.AckEarly) {
		stored = blocks[:len(blocks)-1]
	}
	if err := f.append(stored); err != nil {
		if errors.Is(err, journal.ErrEpoch) {
			return fmt.Errorf("%w: %w", ErrDeposed, err)
		}
		return fmt.Errorf("store blocks from %d: %w", blocks[0].Height, err)
	}
	f.head = blocks[len(blocks)-1].Position()
	if f.o.Stored != nil {
		f.o.Stored()
	}
	return nil
}

// append stores the blocks of one message, with one sync where the store can do
// that. What it stored before an error is found by the next Hello. Such a store is
// told under which epoch the source reigns, so that a fence of a takeover that came
// to nothing keeps only older reigns out.
func (f *Follower) append(blocks []journal.Block) error {
	if many, ok := f.o.Engine.(journal.Copier); ok {
		return many.CopyAll(blocks, f.welcome.Epoch)
	}
	for i := range blocks {
		if err := f.o.Engine.Append(&blocks[i]); err != nil {
			return err
		}
	}
	return nil
}

// ack says how far this centre is.
func (f *Follower) ack() (Message, error) {
	fence, err := f.o.Engine.Fenced()
	if err != nil {
		return nil, err
	}
	a := f.o.Applied()
	return &Ack{
		Stored: f.head, Applied: a.Height, RootAt: a.RootAt, Root: a.Root, Disagree: a.Disagree,
		Fence: max(fence, f.head.Epoch), Echo: f.sent, Time: f.o.Now(),
	}, nil
}

// Ack is what the follower says of itself unasked, after it applied something;
// nil before the Welcome.
func (f *Follower) Ack() (Message, error) {
	if f.welcome == nil || f.trace != nil {
		return nil, nil
	}
	return f.ack()
}
