package bench

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sancun/journal"
	"sancun/record"
	"sancun/sequencer"
)

// banks confirm the deposits that were asked of them, as their gateways do, block
// by block: only then is a deposit in the pooled account.
type banks struct {
	*cell
	stop    context.CancelFunc
	ended   chan error // nil when nothing is confirmed
	reached atomic.Uint64
	waiting sync.WaitGroup

	mu     sync.Mutex
	failed int // rejected confirmations; guarded by mu
}

// answerFor begins to confirm what is asked from now on.
func (d *door) answerFor(confirm bool) *banks {
	b := &banks{cell: d.cell}
	if !confirm {
		return b
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	b.ended = make(chan error, 1)
	head, _ := d.Head()
	go func() { b.ended <- d.Follow(ctx, head.Height+1, b.confirm) }()
	return b
}

// confirm takes the questions of one block and hands their answers over.
func (b *banks) confirm(block *journal.Block) error {
	defer b.reached.Store(block.Height)
	var answers []record.Request
	for _, raw := range block.Records() {
		v, err := record.Parse(raw)
		if err != nil {
			return err
		}
		if v.Kind != record.KindAskDeposit || v.Code != record.Accepted {
			continue
		}
		cmd, err := v.Cmd()
		if err != nil {
			return err
		}
		bank := b.bankOf(int(cmd.(*record.AskDeposit).Fund - fundOf(0)))
		answers = append(answers, record.Request{
			Caller: record.CallerOf(record.CallerBank, uint64(bank)),
			Cmd:    &record.BankAnswered{Transfer: v.Ref, Outcome: record.OutcomeSuccess, BankRef: strconv.FormatUint(v.Ref, 10)},
		})
	}
	if len(answers) == 0 {
		return nil
	}
	batch := &sequencer.Batch{Requests: answers}
	if err := enqueue(b.Core, batch); err != nil {
		return err
	}
	b.waiting.Go(func() {
		<-batch.Done()
		var r Result
		r.count(batch)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.failed += r.Failures
	})
	return nil
}

// drain waits until everything that was asked is confirmed. The callers are done,
// so what stands in the journal now is all there is.
func (b *banks) drain() error {
	if b.ended == nil {
		return nil
	}
	for head, _ := b.Head(); b.reached.Load() < head.Height && len(b.ended) == 0; {
		time.Sleep(100 * time.Microsecond)
	}
	b.stop()
	err := <-b.ended
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	b.waiting.Wait()
	return err
}
