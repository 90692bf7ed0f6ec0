package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/node"
	"sancun/record"
	"sancun/sequencer"
)

const (
	// inFlight is how many batches wait for an answer at a time: enough to keep the
	// deciding and the writing goroutine busy.
	inFlight = 4
	// batchRequests is how many requests are handed over together.
	batchRequests = 8_000
	// roundBatches is how many batches lie ready when the clock starts: about a
	// million requests, so that memory does not grow with the size of a run.
	roundBatches = 128
)

// source makes the batches of the next round while the clock stands. None ends
// the run.
type source func() [][]record.Request

// rounds is the source of so many batches.
func rounds(batches int, make1 func() []record.Request) source {
	return func() [][]record.Request {
		round := make([][]record.Request, min(batches, roundBatches))
		for i := range round {
			round[i] = make1()
		}
		batches -= len(round)
		return round
	}
}

// inOrder hands batches over in their order, so that a report meets the order it
// speaks of, and fills rate and latencies. Batches are made while the clock
// stands, so that the generator's cost is not in the figure, and each is let go of
// once it is answered.
func (r *Result) inOrder(core *node.Core, next source) error {
	var took []time.Duration
	for round := next(); len(round) > 0; round = next() {
		began := startClock()
		more, err := r.round(core, round)
		if err != nil {
			return err
		}
		took = append(took, more...)
		r.timed(began, r.Size)
	}
	r.percentiles("a batch", took)
	return nil
}

// round hands the batches of one round over and returns how long each took.
func (r *Result) round(core *node.Core, batches [][]record.Request) (took []time.Duration, err error) {
	var waiting []*sequencer.Batch
	var since []time.Time
	settle := func() error {
		b := waiting[0]
		<-b.Done()
		took = append(took, time.Since(since[0]))
		waiting, since = waiting[1:], since[1:]
		r.count(b)
		return b.Err
	}
	for i := range batches {
		for len(waiting) == inFlight {
			if err := settle(); err != nil {
				return nil, err
			}
		}
		b := &sequencer.Batch{Requests: batches[i]}
		if err := enqueue(core, b); err != nil {
			return nil, err
		}
		batches[i] = nil
		waiting, since = append(waiting, b), append(since, time.Now())
	}
	for len(waiting) > 0 {
		if err := settle(); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// enqueue retries while the queue is full.
func enqueue(core *node.Core, b *sequencer.Batch) error {
	for {
		err := core.Sequencer().Enqueue(b)
		if !errors.Is(err, sequencer.ErrBusy) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

func (r *Result) count(b *sequencer.Batch) {
	for i := range b.Answers {
		if b.Answers[i].Code != 0 {
			r.Failures++
			r.First = record.Code(b.Answers[i].Code).String()
		}
	}
}

// prepareAll submits what a measurement needs, outside of its clock; everything
// must be accepted.
func prepareAll(core *node.Core, next source) error {
	var all Result
	if err := all.inOrder(core, next); err != nil {
		return err
	}
	if all.Failures > 0 {
		return fmt.Errorf("preparing a measurement: %d requests were rejected, the last with %s", all.Failures, all.First)
	}
	return nil
}

// prepare is prepareAll for a few requests that are answered one after the other.
func prepare(core *node.Core, requests []record.Request) error {
	answers, err := core.Submit(context.Background(), requests...)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if code := record.Code(a.Code); code != record.Accepted {
			return errors.New("preparing a measurement: " + fmt.Sprintf("%T", requests[i].Cmd) + ": " + code.String())
		}
	}
	return nil
}
