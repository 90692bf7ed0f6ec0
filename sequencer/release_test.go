package sequencer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sancun/journal"
	"sancun/record"
)

func still() time.Time { return time.Unix(1, 0) }

// lock is a gate that opens up to a height when told.
type lock struct {
	mu     sync.Mutex
	opened uint64
	err    error
	turn   *sync.Cond
}

func newLock() *lock {
	l := &lock{}
	l.turn = sync.NewCond(&l.mu)
	return l
}

func (l *lock) release(height uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.opened < height && l.err == nil {
		l.turn.Wait()
	}
	return l.err
}

func (l *lock) open(height uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened, l.err = max(l.opened, height), err
	l.turn.Broadcast()
}

func TestAnswersWaitForReleaseAndTheWriterDoesNot(t *testing.T) {
	gate, engine := newLock(), &store{}
	stored := make(chan uint64, 16)
	s := Start(engine, &counter{t: t, keys: nil}, journal.Position{}, Options{
		Kind: journal.SHA256, Now: still, Release: gate.release, Stored: func(b *journal.Block) { stored <- b.Height },
	})
	batches := make([]*Batch, 3)
	for i := range batches {
		batches[i] = &Batch{Requests: []record.Request{{}}}
		if err := s.Enqueue(batches[i]); err != nil {
			t.Fatal(err)
		}
		if got := <-stored; got != uint64(i+1) { // the writer goes on though nobody was answered
			t.Fatalf("stored block %d, want %d", got, i+1)
		}
	}
	gate.open(2, nil)
	<-batches[0].Done()
	<-batches[1].Done()
	select {
	case <-batches[2].Done():
		t.Fatal("answered before its block was released")
	default:
	}
	gate.open(3, nil)
	<-batches[2].Done()
	for i, b := range batches {
		if b.Err != nil || b.Answers[0].Height != uint64(i+1) {
			t.Fatalf("batch %d: height %d, %v", i, b.Answers[0].Height, b.Err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotReleasedIsUnknown(t *testing.T) {
	gate, engine := newLock(), &store{}
	released := 0
	s := Start(engine, &counter{t: t, keys: nil}, journal.Position{}, Options{
		Kind: journal.SHA256, Now: still, Release: gate.release, Released: func(*journal.Header) { released++ },
	})
	b := &Batch{Requests: []record.Request{{}}}
	if err := s.Enqueue(b); err != nil {
		t.Fatal(err)
	}
	lost := errors.New("the other centre is lost")
	gate.open(0, lost)
	<-b.Done()
	if !errors.Is(b.Err, ErrUnknown) || !errors.Is(b.Err, lost) {
		t.Fatalf("got %v, want an unknown outcome with its cause", b.Err)
	}
	<-s.Failed()
	if _, err := s.Submit(context.Background(), record.Request{}); err == nil {
		t.Fatal("a sequencer that may not answer took a request")
	}
	if err := s.Stop(); !errors.Is(err, lost) {
		t.Fatalf("stopped with %v", err)
	}
	if released != 0 {
		t.Fatalf("%d blocks left the house", released)
	}
}

func TestNobodyIsShownWhatAnotherMayHaveChanged(t *testing.T) {
	turn, lost := make(chan error), errors.New("another has taken over")
	s := Start(&store{}, &counter{t: t, keys: nil}, journal.Position{}, Options{Kind: journal.SHA256, Now: still, Reigns: func() error { return <-turn }})
	if _, err := s.Submit(context.Background(), record.Request{}); err != nil { // its block says who writes
		t.Fatal(err)
	}
	looked := make(chan error, 1)
	look := func() { looked <- s.Read(context.Background(), func() {}) }
	go look()
	turn <- nil
	if err := <-looked; err != nil {
		t.Fatal(err)
	}
	go look()
	turn <- lost
	if err := <-looked; !errors.Is(err, ErrUnknown) || !errors.Is(err, lost) {
		t.Fatalf("got %v, want an unknown outcome with its cause", err)
	}
	<-s.Failed()
	if err := s.Stop(); !errors.Is(err, lost) {
		t.Fatalf("stopped with %v", err)
	}
}

func TestFailEndsAll(t *testing.T) {
	gate, lost := newLock(), errors.New("the lease is lost")
	s := Start(&store{}, &counter{t: t, keys: nil}, journal.Position{}, Options{Kind: journal.SHA256, Now: still, Release: gate.release})
	b := &Batch{Requests: []record.Request{{}}}
	if err := s.Enqueue(b); err != nil {
		t.Fatal(err)
	}
	s.Fail(lost)
	gate.open(1, nil)
	<-b.Done()
	if !errors.Is(b.Err, lost) || !errors.Is(b.Err, ErrUnknown) {
		t.Fatalf("got %v, want an unknown outcome with its cause", b.Err)
	}
	if err := s.Stop(); !errors.Is(err, lost) {
		t.Fatalf("stopped with %v", err)
	}
}
