package pair

import (
	"container/heap"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"
)

// Options of a run.
type Options struct {
	Seed uint64
	// Trace gets a line for every event worth reading; nil keeps only their hash.
	Trace io.Writer
}

// Result of a run.
type Result struct {
	Seed      uint64
	Hash      uint64        // of the trace
	Events    uint64        // played
	Simulated time.Duration // until both centres agreed
	Healed    time.Duration // from the end of the faults until then
	Failure   error         // which promise was broken; nil when none was
	Counts
}

// Counts say what happened in a run.
type Counts struct {
	Answers    int   // given to clients
	Again      int   // to a key that had been answered before
	Reads      int   // enquiries answered
	Promotions int   // of which some were wrong
	Orphans    int   // records only a parted centre had
	OrphanFen  int64 // what they moved
	Lost       int   // answers that were lost, in a mode that allows it; all are orphans
	Restarts   int
	Damages    int // disks that turned bits, all found
	Effects    int // carried out by the bank
	Refused    int // by the bank, because of an old epoch
}

// Add adds what happened in another run.
func (c *Counts) Add(o Counts) {
	c.Answers, c.Again, c.Reads = c.Answers+o.Answers, c.Again+o.Again, c.Reads+o.Reads
	c.Promotions, c.Restarts, c.Damages = c.Promotions+o.Promotions, c.Restarts+o.Restarts, c.Damages+o.Damages
	c.Orphans, c.OrphanFen, c.Lost = c.Orphans+o.Orphans, c.OrphanFen+o.OrphanFen, c.Lost+o.Lost
	c.Effects, c.Refused = c.Effects+o.Effects, c.Refused+o.Refused
}

const (
	ms     = int64(time.Millisecond)
	second = int64(time.Second)

	// troubleFor is how long everything may fail, and healWithin how long the pair
	// has to agree again when nothing fails any more (reliability R8).
	troubleFor = 30 * second
	healWithin = 30 * second
	// eventsMax bounds a run that would not end.
	eventsMax = 400_000
)

// world is one run. Everything happens in events, one after another.
type world struct {
	rng     *rand.Rand
	now     int64 // true time since the start, nanoseconds
	queue   events
	number  uint64
	sites   [2]*site
	net     network
	clients []*client
	bank    bank
	people  people
	oracle  oracle
	calm    bool    // no faults any more
	lied    [2]bool // memory of a centre has lied once
	failure error   // the first broken promise

	hash  interface{ Sum64() uint64 }
	trace io.Writer
	Counts
}

// event is something that happens at a moment; equal moments in the order they
// were made.
type event struct {
	at     int64
	number uint64
	do     func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].number < e[j].number
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push is for the heap.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop is for the heap.
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// after has something happen after a while.
func (w *world) after(wait int64, do func()) {
	w.number++
	heap.Push(&w.queue, event{at: w.now + max(0, wait), number: w.number, do: do})
}

// every has something happen again and again, with a pause that is drawn anew.
func (w *world) every(least, most int64, do func()) {
	w.after(w.between(least, most), func() {
		do()
		w.every(least, most, do)
	})
}

// between draws a figure from both bounds and what lies between.
func (w *world) between(least, most int64) int64 { return least + w.rng.Int64N(most-least+1) }

// chance draws true once in n.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

// say writes a line of the trace.
func (w *world) say(format string, args ...any) {
	line := fmt.Sprintf("%9.6f ", float64(w.now)/float64(second)) + fmt.Sprintf(format, args...) + "\n"
	_, _ = w.hash.(io.Writer).Write([]byte(line)) // a hash does not fail
	if w.trace != nil {
		_, _ = io.WriteString(w.trace, line)
	}
}

// broken notes a broken promise; the first one ends the run.
func (w *world) broken(format string, args ...any) {
	if w.failure == nil {
		w.failure = fmt.Errorf(format, args...)
		w.say("BROKEN: %v", w.failure)
	}
}

// Run plays one seed.
func Run(o Options) Result {
	w := &world{rng: rand.New(rand.NewPCG(o.Seed, 0x70616972)), hash: fnv.New64a(), trace: o.Trace}
	w.begin()
	var healed int64
	for n := uint64(0); w.failure == nil; n++ {
		if n == eventsMax || len(w.queue) == 0 {
			w.broken("the run does not end: %d events", n)
			break
		}
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
		if w.now > troubleFor && !w.calm {
			w.heal()
		}
		if w.calm && w.agreed() {
			healed = w.now - troubleFor
			w.last()
			break
		}
		if w.now > troubleFor+healWithin {
			w.broken("not in agreement %v after the last fault: %s", time.Duration(healWithin), w.where())
		}
	}
	return Result{
		Seed: o.Seed, Hash: w.hash.Sum64(), Events: w.number, Simulated: time.Duration(w.now), Healed: time.Duration(healed), Failure: w.failure, Counts: w.Counts,
	}
}
