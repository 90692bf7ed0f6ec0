package plan

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sancun/journal"
)

// Control is the control journal: every event of every run, hash-chained like the
// journal of the business and apart from it, because that one's centre may be the
// one that is lost. It lies where the runner runs.
//
// One driver writes it at a time. Taking it raises the epoch, so one that was
// paused meanwhile cannot write when it goes on.
type Control struct {
	store    journal.Engine
	cell     uint32
	epoch    uint32
	head     journal.Position
	Runs     []*Run
	Observed []Event
}

// ErrRunOpen refuses to begin a run while another is not over.
var ErrRunOpen = errors.New("another run is not over; end it first")

// ErrNoRun says that the control journal has no such run.
var ErrNoRun = errors.New("there is no such run")

// Read folds a control journal without taking it.
func Read(read func(from uint64, fn func(*journal.Block) error) error) (runs []*Run, observed []Event, err error) {
	var c Control
	err = read(1, c.fold)
	return c.Runs, c.Observed, err
}

// Take folds a control journal and takes it: whoever had it before cannot write
// any more. The error is ErrEvent, or the journal's.
func Take(store journal.Engine, cell uint32) (*Control, error) {
	c := &Control{store: store, cell: cell}
	if err := store.Read(1, c.fold); err != nil {
		return nil, fmt.Errorf("read the control journal: %w", err)
	}
	var err error
	if c.head, err = store.Head(); err != nil {
		return nil, err
	}
	fenced, err := store.Fenced()
	if err != nil {
		return nil, err
	}
	c.head.Cell, c.epoch = cell, max(fenced, c.head.Epoch)+1
	return c, store.Fence(c.epoch)
}

func (c *Control) fold(b *journal.Block) error {
	if err := b.Check(); err != nil {
		return err
	}
	for _, raw := range b.Records() {
		e, err := DecodeEvent(raw)
		if err == nil {
			err = c.apply(&e)
		}
		if err != nil {
			return fmt.Errorf("block %d: %w", b.Height, err)
		}
	}
	return nil
}

func (c *Control) apply(e *Event) error {
	if e.Kind == EventObserved {
		if e.Run != "" || e.Detail == "" || len(e.Detail) > detailMax {
			return wrong(e, "an observation says what would have been done")
		}
		c.Observed = append(c.Observed, *e)
		return nil
	}
	r := c.Find(e.Run)
	if e.Kind != EventBegun {
		if r == nil {
			return wrong(e, "the run has not begun")
		}
		return r.Apply(e)
	}
	if r != nil {
		return wrong(e, "there was a run of this name before")
	}
	if open := c.Running(); open != nil {
		return fmt.Errorf("%w: %s", ErrRunOpen, open.Name)
	}
	r, err := NewRun(e)
	if err == nil {
		c.Runs = append(c.Runs, r)
	}
	return err
}

// Find is a run by its name; nil when there is none.
func (c *Control) Find(name string) *Run {
	i := slices.IndexFunc(c.Runs, func(r *Run) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return c.Runs[i]
}

// Running is the run that is not over; nil without.
func (c *Control) Running() *Run {
	i := slices.IndexFunc(c.Runs, func(r *Run) bool { return r.Outcome == "" })
	if i < 0 {
		return nil
	}
	return c.Runs[i]
}

// Append folds an event and makes it durable: the commit point of the runner. A
// refused event changes nothing. After an error of the journal nobody knows
// whether the event is there: the driver stops, and whoever takes the journal next
// finds out.
func (c *Control) Append(e *Event) error {
	e.At = e.At.UTC().Round(0)
	if last := time.Unix(0, c.head.Time).UTC(); c.head.Height > 0 && e.At.Before(last) {
		e.At = last // the clock of the runner was set back
	}
	body, err := e.AppendTo(nil)
	if err != nil {
		return err
	}
	if _, err := DecodeEvent(body); err != nil { // what is written must be readable
		return err
	}
	if err := c.apply(e); err != nil {
		return err
	}
	b, err := journal.Seal(journal.Header{
		Kind: journal.SHA256, Cell: c.cell, Epoch: c.epoch, Height: c.head.Height + 1, Time: e.At.UnixNano(), Previous: c.head.Hash,
	}, body)
	if err != nil {
		return err
	}
	if err := c.store.Append(&b); err != nil {
		return fmt.Errorf("write the control journal: %w", err)
	}
	c.head = b.Position()
	return nil
}

// Head is where the control journal ends.
func (c *Control) Head() journal.Position { return c.head }
