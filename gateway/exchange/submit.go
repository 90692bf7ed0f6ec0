package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// errMachine marks an error of the machine's side, after which the gateway ends.
var errMachine = errors.New("the exchange gateway cannot go on")

// delivery is what became of a batch of reports.
type delivery struct {
	counts Counts // Submitted, Impossible, Strange, Busy
	repeat uint64 // taken by the machine before
	gap    bool   // the machine misses a report we believe it has
	detail string
	err    error
}

// deliver hands a batch to the machine and returns when all of it is decided
// and durable. A busy sequencer is waited for; the order never changes.
func deliver(ctx context.Context, o *Options, batch []record.Request) (d delivery) {
	for len(batch) > 0 && d.err == nil {
		var answers []state.Answer
		answers, d.err = submit(ctx, o, batch, &d.counts.Busy)
		if d.err == nil && len(answers) != len(batch) {
			d.err = fmt.Errorf("%w: %d answers to %d requests", errMachine, len(answers), len(batch))
		}
		if d.err == nil {
			batch = d.judge(batch, answers)
		}
	}
	return d
}

// submit asks until the sequencer is not busy.
func submit(ctx context.Context, o *Options, batch []record.Request, busy *uint64) ([]state.Answer, error) {
	for pause := busyFirst; ; pause = min(2*pause, busyMost) {
		answers, err := o.Submit.Submit(ctx, batch...)
		if !errors.Is(err, sequencer.ErrBusy) {
			if err != nil {
				err = fmt.Errorf("%w: submitting %d reports of %s: %w", errMachine, len(batch), o.Market, err)
			}
			return answers, err
		}
		*busy++
		if err := wait(ctx, o.Timer, pause); err != nil {
			return nil, fmt.Errorf("%w: %w", errMachine, err)
		}
	}
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, timer Timer, d time.Duration) error {
	c, stop := timer(d)
	defer stop()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// judge reads the answers to a batch and returns what must be submitted next: an
// impossible report leaves the machine's cursor where it was, so the cursor is
// moved past it and what came behind it in its stream is submitted again.
func (d *delivery) judge(batch []record.Request, answers []state.Answer) (again []record.Request) {
	held := map[uint32]bool{}
	for i, a := range answers {
		at := reportOf(batch[i].Cmd)
		switch code := record.Code(a.Code); {
		case code == record.Accepted:
			d.counts.Submitted++
			if a.Ref == 0 && at.ClOrdID != (ClOrdID{}) {
				d.counts.Strange++
			}
		case code == record.ReportRepeated:
			d.repeat++
		case code == record.ReportGap && held[at.Partition]:
			again = append(again, batch[i])
		case code == record.ReportGap:
			d.gap = true
		default:
			d.counts.Impossible++
			d.detail = fmt.Sprintf("report %d of stream %d, order %s: %s", at.Index, at.Partition, ClOrdID(at.ClOrdID), code)
			if at.Index == 0 {
				continue
			}
			if at.ClOrdID == (ClOrdID{}) { // not even an empty report is taken
				d.gap = true
				continue
			}
			held[at.Partition] = true
			again = append(again, record.Request{Caller: batch[i].Caller, Cmd: noted(*at)})
		}
	}
	return again
}

// delivered takes the outcome of a batch into the session.
func (s *session) delivered(d *delivery, now time.Time) {
	s.count.Submitted += d.counts.Submitted
	s.count.Impossible += d.counts.Impossible
	s.count.Strange += d.counts.Strange
	s.count.Busy += d.counts.Busy
	s.count.Repeated += d.repeat
	if d.detail != "" {
		s.detail = d.detail
	}
	if d.gap {
		s.count.Gaps++
		s.resynchronise(now)
	}
}
