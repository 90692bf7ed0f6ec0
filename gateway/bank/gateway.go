package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
	wire "sancun/wire/bank"
)

// Gateway is our side of one bank.
//
// Feed, Ask, KeepPassword, OpenDay, CloseDay, Switch, SendFiles, EnquireAll and
// Health may be called from any goroutine; they leave their wish at the door and
// return. Everything else happens in the driver: Run, or Drain and Tick.
type Gateway struct {
	o      Options
	codec  *wire.Codec
	caller record.Caller
	inbox  chan event
	news   chan struct{} // capacity 1: there is something at the door

	door      sync.Mutex // guards the fields up to driving
	arrivals  []Intent
	questions []*question
	passwords map[state.Key]heldPassword
	doorNow   time.Time // the last tick
	wish      wish
	batches   []fileBatch
	enquire   bool
	health    Health

	driving sync.Mutex // held by the driver, guards all below

	now      time.Time
	date     wire.Date // business date of the session wanted, 0 for none
	day      wire.Date // of the session there is or was last, for headers
	off      bool
	phase    phase
	line     *line
	lines    uint64    // how many lines there were
	dialAt   time.Time // not before
	since    time.Time // when the phase was entered
	heard    time.Time
	probe    string // serial of the probe under way
	probed   time.Time
	keySet   uint32
	lastKeys uint32 // highest generation tried
	told     uint32 // business date the records hold for the session
	serial   uint64

	open      []*work // in order of feeding, until their outcome is known
	byID      map[uint64]*work
	flying    int               // requests sent and not answered
	enquiries map[string]uint64 // serial of an enquiry to its transfer
	asked     []*question       // sent, in order
	pending   []pending
	exchange  exchange
	activity  uint64 // what was said or heard, probes apart
	counts    Counts
	failure   error
}

// wish is what the door wants of the session.
type wish struct {
	date  wire.Date // 0: signed out
	off   bool
	asked bool // changed since the driver looked
}

// pending is a command on its way to be decided.
type pending struct {
	request record.Request
	then    func(a state.Answer, err error) // err only when busy
}

// submitMax bounds the commands of one submission.
const submitMax = 256

// New prepares a gateway. It returns ErrOptions or the format's error.
func New(o Options) (*Gateway, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	codec, err := wire.NewCodec(o.Format, o.Code, o.Keys)
	if err != nil {
		return nil, fmt.Errorf("gateway of bank %d: %w", o.Bank, err)
	}
	return &Gateway{
		o: o, codec: codec, caller: record.CallerOf(record.CallerBank, uint64(o.Bank)),
		inbox: make(chan event, inFramesMax), news: make(chan struct{}, 1), passwords: map[state.Key]heldPassword{},
		phase: phaseDown, byID: map[uint64]*work{}, enquiries: map[string]uint64{}, exchange: newExchange(),
	}, nil
}

// Bank returns the bank's number in records.
func (g *Gateway) Bank() uint16 { return g.o.Bank }

// OpenDay makes the gateway get a line, sign in for a business date and exchange
// keys, and keep it so.
func (g *Gateway) OpenDay(date wire.Date) {
	g.atDoor(func() { g.wish.date, g.wish.asked = date, true })
}

// CloseDay makes the gateway sign out and end its line.
func (g *Gateway) CloseDay() {
	g.atDoor(func() { g.wish.date, g.wish.asked = 0, true })
}

// Switch takes the bank out of service or back into it. Switched off, the gateway
// has no line, refuses what is certainly unsent, and records the sign-out, so that
// new transfers are refused at once.
func (g *Gateway) Switch(on bool) {
	g.atDoor(func() { g.wish.off, g.wish.asked = !on, true })
}

// EnquireAll starts enquiries anew for every transfer of unknown outcome, also
// those that were given up.
func (g *Gateway) EnquireAll() { g.atDoor(func() { g.enquire = true }) }

func (g *Gateway) atDoor(do func()) {
	g.door.Lock()
	defer g.door.Unlock()
	do()
	g.wake()
}

// wake tells Run that something lies at the door.
func (g *Gateway) wake() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// Run drives the gateway until the context ends or a submission fails. Ticks
// bring the time; a quarter of a second apart is good.
func (g *Gateway) Run(ctx context.Context, ticks <-chan time.Time) error {
	if !g.driving.TryLock() {
		return ErrDriven
	}
	defer g.driving.Unlock()
	defer g.rest()
	for {
		if err := g.act(ctx); err != nil {
			return err
		}
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.news:
		case now := <-ticks:
			err = g.tick(ctx, now)
		case e := <-g.inbox:
			g.take(ctx, e)
			g.takeWaiting(ctx)
			err = g.flush(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// takeWaiting takes what lies in the inbox already, so that a crowd of messages
// shares one submission.
func (g *Gateway) takeWaiting(ctx context.Context) {
	for len(g.pending) < submitMax {
		select {
		case e := <-g.inbox:
			g.take(ctx, e)
		default:
			return
		}
	}
}

// Tick brings the time in lock step and does what falls due, without waiting for
// the bank. It returns the error of a submission, after which the gateway must
// not be used.
func (g *Gateway) Tick(ctx context.Context, now time.Time) error {
	if !g.driving.TryLock() {
		return ErrDriven
	}
	defer g.driving.Unlock()
	return g.tick(ctx, now)
}

// Drain drives the gateway in lock step until neither side has anything more to
// say: it says what is due, sends a probe as a fence, takes all the bank said
// before the probe's answer, and begins again until a round brings nothing new.
// A bank that does not even answer probes holds it until the context ends.
func (g *Gateway) Drain(ctx context.Context) error {
	if !g.driving.TryLock() {
		return ErrDriven
	}
	defer g.driving.Unlock()
	for {
		if err := g.act(ctx); err != nil {
			return err
		}
		if g.line == nil {
			return g.failure
		}
		before := g.activity
		if err := g.round(ctx); err != nil {
			return err
		}
		if g.activity == before && g.phase == phaseUp && !g.waiting() {
			return nil
		}
	}
}

// round takes what the bank says up to a fence: the answer to a probe, or, before
// there are keys for one, the answer to the sign-in under way.
func (g *Gateway) round(ctx context.Context) error {
	stale := g.phase == phaseUp && g.probe != "" // a probe of Tick's, said before what was sent since
	if err := g.fence(ctx); err != nil || !stale || g.line == nil || g.phase != phaseUp {
		return err // without a line there is nobody to answer a second fence
	}
	return g.fence(ctx)
}

// fence says a probe, if none is under way, and takes what comes before its answer.
func (g *Gateway) fence(ctx context.Context) error {
	phase, current := g.phase, g.line
	if phase == phaseUp {
		g.sendProbe()
	}
	for g.line == current && g.phase == phase && (phase != phaseUp || g.probe != "") {
		select {
		case <-ctx.Done():
			return fmt.Errorf("bank %d has not answered a probe: %w", g.o.Bank, ctx.Err())
		case e := <-g.inbox:
			g.take(ctx, e)
			if len(g.pending) >= submitMax {
				if err := g.flush(ctx); err != nil {
					return err
				}
			}
		}
	}
	return g.flush(ctx)
}

// waiting says whether something lies at the door.
func (g *Gateway) waiting() bool {
	g.door.Lock()
	defer g.door.Unlock()
	return len(g.arrivals) > 0 && g.room() > 0 || len(g.questions) > 0 || len(g.batches) > 0 || g.wish.asked || g.enquire
}

// room is how many intents may be taken from the door. What finds none waits
// there, and Feed says that the queue is full.
func (g *Gateway) room() int { return max(0, g.o.Limits.Queue-len(g.open)) }

// act does everything that can be done now without waiting.
func (g *Gateway) act(ctx context.Context) error {
	if g.failure != nil {
		return g.failure
	}
	g.answerDoor(ctx)
	g.connect(ctx)
	g.sendQueued(ctx)
	g.sendEnquiries()
	g.pumpFiles()
	err := g.flush(ctx)
	g.publish()
	return err
}

// answerDoor takes what lies at the door.
func (g *Gateway) answerDoor(ctx context.Context) {
	g.door.Lock()
	n := min(len(g.arrivals), g.room())
	arrivals, questions, batches, wish, enquire := g.arrivals[:n], g.questions, g.batches, g.wish, g.enquire
	g.arrivals = append([]Intent(nil), g.arrivals[n:]...)
	g.questions, g.batches, g.wish.asked, g.enquire = nil, nil, false, false
	g.door.Unlock()
	for _, in := range arrivals {
		g.adopt(in)
	}
	g.asked = append(g.asked, questions...)
	for _, b := range batches {
		g.queueBatch(b)
	}
	if enquire {
		for _, w := range g.open {
			w.tries = 0
		}
	}
	if wish.asked {
		g.want(ctx, wish)
	}
}

// submit queues a command; flush decides it.
func (g *Gateway) submit(key state.Key, cmd record.Command, then func(state.Answer, error)) {
	g.pending = append(g.pending, pending{record.Request{Caller: g.caller, Key: key, Cmd: cmd}, then})
}

// flush has the queued commands decided and made durable, and does what follows
// from the answers, which may queue further commands.
func (g *Gateway) flush(ctx context.Context) error {
	for len(g.pending) > 0 {
		batch := g.pending[:min(len(g.pending), submitMax)]
		g.pending = g.pending[len(batch):]
		requests := make([]record.Request, len(batch))
		for i, p := range batch {
			requests[i] = p.request
		}
		answers, err := g.o.Submit.Submit(ctx, requests...)
		busy := errors.Is(err, sequencer.ErrBusy)
		switch {
		case err != nil && !busy:
			g.failure = fmt.Errorf("gateway of bank %d: %w", g.o.Bank, err)
			g.rest()
			return g.failure
		case !busy && len(answers) != len(batch):
			g.failure = fmt.Errorf("gateway of bank %d: %d answers to %d commands: %w", g.o.Bank, len(answers), len(batch), errors.ErrUnsupported)
			return g.failure
		}
		for i, p := range batch {
			if busy {
				p.then(state.Answer{}, err)
				continue
			}
			p.then(answers[i], nil)
		}
	}
	return nil
}

// note logs a trouble that no caller can be told of.
func (g *Gateway) note(what string, attrs ...slog.Attr) {
	g.o.Log.LogAttrs(context.Background(), slog.LevelWarn, what, attrs...)
}

// Close ends the line. Run must have returned. What was not answered is found
// again from the journal by the next Gateway.
func (g *Gateway) Close() {
	g.driving.Lock()
	defer g.driving.Unlock()
	g.rest()
}

// rest ends the line without a word about what was on it.
func (g *Gateway) rest() {
	g.hangUp(nil)
	g.publish()
}
