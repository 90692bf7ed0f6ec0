// Package sequencer is the single writer of a cell: it takes requests in the
// order they come, has the machine decide them, writes blocks, and answers after
// the block is durable.
package sequencer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

var (
	// ErrBusy refuses a request before anything was done with it: the queue is
	// full. It is safe to send the same request again later.
	ErrBusy = errors.New("the queue is full, nothing was done, try again")
	// ErrStopped refuses a request because the sequencer was stopped.
	ErrStopped = errors.New("the sequencer is stopped")
	// ErrNotWriting refuses a request at a centre that copies another one: nothing
	// was done, the centre that writes takes it.
	ErrNotWriting = errors.New("this centre does not write now, nothing was done, ask the other centre")
	// ErrUnknown answers requests whose block may or may not have become durable:
	// the store failed while it was written (law L6).
	ErrUnknown = errors.New("the outcome is unknown, ask again under the same key")
)

// Machine is what the sequencer drives. All calls come from its loop.
type Machine interface {
	// Begin starts a block whose records are appended to buffer.
	Begin(buffer []byte, height uint64, now int64)
	// Decide decides one request and appends its record, or none when the key
	// repeats an earlier request.
	Decide(r record.Request) state.Answer
	// Body returns the records of the block so far.
	Body() []byte
	// NextRoot returns the state root of when it was called last, or of the empty
	// state, and begins that of now, which is worked out while blocks are decided.
	NextRoot() state.Hash
}

// Limits of a block and of the queue, with their reasons.
const (
	// BlockRecords and BlockBytes keep a block's sync below about a millisecond.
	BlockRecords = 8_192
	BlockBytes   = 2 << 20
	// QueueRequests bounds what may wait: less than a tenth of a second of deposits
	// or orders at full load, so that what is accepted is answered soon. A batch of
	// more could never enter.
	QueueRequests = 32_768
	// releaseBlocks bounds the blocks that wait for the other centre: a round trip
	// of 30 ms at a block each 0.1 ms, and as much again. Past it the writer waits.
	releaseBlocks = 1_024
	// queueBatches bounds how many callers may wait.
	queueBatches = 4_096
	// rootEvery is how many blocks pass between two state roots: often enough to
	// find a difference within a second or two, rare enough to cost little.
	rootEvery = 64
)

// Options of a sequencer.
type Options struct {
	Cell  uint32
	Epoch uint32
	Kind  journal.HashKind
	// Now gives the block's time. Block time never falls even if Now does.
	Now func() time.Time
	// RootEvery is how many blocks pass between two state roots; 0 is the default.
	RootEvery uint64
	// Stored, if set, is called with every block once it is durable here, before
	// anything waits for another centre. The block is valid during the call only.
	Stored func(*journal.Block)
	// Released, if set, is called with the header of every block once what it
	// holds may leave the house, before its requests are answered.
	Released func(*journal.Header)
	// Release, if set, waits until the protection mode lets a height out. Its
	// error ends the sequencer: the block is durable here, but nobody may be told.
	Release func(height uint64) error
	// Reigns, if set, waits until this centre certainly may answer from memory, or says
	// why it may not any more, which ends the sequencer. It is asked before each answer
	// that no append stands behind.
	Reigns func() error
}

// Sequencer is the running writer.
//
// One goroutine, the loop, owns the machine and decides; another, the writer,
// owns the engine and seals and appends. While the writer syncs block n, the
// loop fills block n+1. There is no timer: the loop hands its block over as soon
// as the writer is free, so a lone request waits for nothing and a crowd shares a
// sync. The writer answers by itself, unless Release is set: then a third
// goroutine waits for the other centre and answers, so that a distant centre
// costs each caller a round trip and the writer nothing.
//
// Invariants:
//
//  1. A request is answered only after Append returned nil for its block and for
//     every block before it, and Release for its height.
//  2. Blocks reach the engine in the order they were decided, and answers the
//     callers in the order of their blocks.
//  3. After Append failed, nothing more is decided, appended or answered with
//     success; every waiting request gets ErrUnknown.
//  4. Queued requests are bounded; past the bound the answer is ErrBusy, at once.
type Sequencer struct {
	options Options

	queue   chan *Batch
	waiting atomic.Int64 // requests in queue or in undurable blocks
	ready   chan struct{}
	work    chan *pending
	spare   chan []byte
	durable chan *pending // to the goroutine that waits for release, nil without one
	stop    chan struct{}
	done    sync.WaitGroup

	door   sync.RWMutex // read-held while a batch enters the queue
	closed bool         // guarded by door: nothing enters any more

	failure atomic.Pointer[error]
	failed  chan struct{}
	head    atomic.Pointer[journal.Position] // durable; written by the writer

	draft drafter // owned by the loop
	bind  binder  // owned by the writer
}

// Batch is one or more requests that are answered together.
type Batch struct {
	Requests []record.Request
	Answers  []state.Answer // one for each request, valid after Done
	Read     func()         // instead of requests: runs in the loop, seen when durable
	Between  func(uint64)   // as Read, but between two blocks, with the height of the first
	Err      error
	done     chan struct{}
}

// begin makes a batch ready to be decided.
func (b *Batch) begin() {
	b.done = make(chan struct{})
	if cap(b.Answers) < len(b.Requests) {
		b.Answers = make([]state.Answer, 0, len(b.Requests))
	}
	b.Answers, b.Err = b.Answers[:0], nil
}

// Start runs a sequencer on an engine whose head the machine has been brought to.
func Start(engine journal.Engine, machine Machine, head journal.Position, o Options) *Sequencer {
	if o.RootEvery == 0 {
		o.RootEvery = rootEvery
	}
	s := &Sequencer{
		options: o,
		queue:   make(chan *Batch, queueBatches),
		ready:   make(chan struct{}, 1),
		work:    make(chan *pending, 1),
		spare:   make(chan []byte, 4),
		stop:    make(chan struct{}), failed: make(chan struct{}),
	}
	s.draft = drafter{options: &s.options, machine: machine, height: head.Height, last: head.Time}
	s.bind = binder{options: &s.options, engine: engine, head: head}
	s.head.Store(&head)
	s.ready <- struct{}{}
	s.done.Add(2)
	if o.Release != nil {
		s.durable = make(chan *pending, releaseBlocks)
		s.done.Add(1)
		go s.release()
	}
	go s.loop()
	go s.write()
	return s
}

// Submit decides requests and waits until they are durable. The answers are in
// the order of the requests. It returns ErrBusy, ErrStopped, ErrUnknown or the
// context's error; with the context's error the outcome is unknown to the
// caller, who may ask again under the same keys.
func (s *Sequencer) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	b := &Batch{Requests: requests}
	if err := s.Enqueue(b); err != nil {
		return nil, err
	}
	select {
	case <-b.done:
		return b.Answers, b.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Read runs look in the loop, where it may read the machine, and returns when
// everything it can have seen is durable (law L1).
func (s *Sequencer) Read(ctx context.Context, look func()) error {
	b := &Batch{Read: look}
	if err := s.Enqueue(b); err != nil {
		return err
	}
	select {
	case <-b.done:
		return b.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Between runs look in the loop between two blocks: the machine is exactly as
// after the block of the given height, which is durable when Between returns.
func (s *Sequencer) Between(ctx context.Context, look func(height uint64)) error {
	b := &Batch{Between: look}
	if err := s.Enqueue(b); err != nil {
		return err
	}
	select {
	case <-b.done:
		return b.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Enqueue hands a batch over without waiting for its answers; Done tells when
// they are there. It returns ErrBusy, ErrStopped or ErrUnknown.
func (s *Sequencer) Enqueue(b *Batch) error {
	n := int64(len(b.Requests))
	if s.waiting.Add(n) > QueueRequests {
		s.waiting.Add(-n)
		return ErrBusy
	}
	b.begin()
	s.door.RLock()
	defer s.door.RUnlock()
	if s.closed {
		s.waiting.Add(-n)
		if err := s.Err(); err != nil {
			return err
		}
		return ErrStopped
	}
	select {
	case s.queue <- b:
		return nil
	default:
		s.waiting.Add(-n)
		return ErrBusy
	}
}

// Done is closed when the batch is answered.
func (b *Batch) Done() <-chan struct{} { return b.done }

// Head returns the last durable position.
func (s *Sequencer) Head() journal.Position { return *s.head.Load() }

// Failed is closed when the store has failed; the process must then stop.
func (s *Sequencer) Failed() <-chan struct{} { return s.failed }

// Err returns why the sequencer failed, wrapped in ErrUnknown, or nil.
func (s *Sequencer) Err() error {
	if e := s.failure.Load(); e != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, *e)
	}
	return nil
}

// Stop decides what is queued, waits until it is durable and ends both
// goroutines. It returns the failure of the store if there was one.
func (s *Sequencer) Stop() error {
	if s.shut() {
		close(s.stop)
	}
	s.done.Wait()
	return s.Err()
}

// shut lets nothing more enter the queue; it returns whether it was open.
func (s *Sequencer) shut() bool {
	s.door.Lock()
	defer s.door.Unlock()
	was := !s.closed
	s.closed = true
	return was
}
