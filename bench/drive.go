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

// inFlight is how many batches wait for an answer at a time: enough to keep the
// deciding and the writing goroutine busy.
const inFlight = 4

// inOrder hands batches over in their order, so that a report meets the order it
// speaks of, and fills the result's latencies, a batch each. Batches were made
// before the clock starts, and each is let go of once it is answered.
func (r *Result) inOrder(core *node.Core, batches [][]record.Request, items int) error {
	took := make([]time.Duration, 0, len(batches))
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
	began := time.Now()
	for i := range batches {
		for len(waiting) == inFlight {
			if err := settle(); err != nil {
				return err
			}
		}
		b := &sequencer.Batch{Requests: batches[i]}
		if err := enqueue(core, b); err != nil {
			return err
		}
		batches[i] = nil
		waiting, since = append(waiting, b), append(since, time.Now())
	}
	for len(waiting) > 0 {
		if err := settle(); err != nil {
			return err
		}
	}
	r.finish(began, items)
	r.percentiles(took)
	return nil
}

// enqueue retries while the queue is full.
func enqueue(core *node.Core, b *sequencer.Batch) error {
	for {
		err := core.Sequencer.Enqueue(b)
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

// prepare submits what a measurement needs, outside of its clock; everything must
// be accepted.
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
