package disk

import "sync"

// trail remembers where the last readers of older segments stood, so that one who
// comes back for the next blocks, as a line to another centre does thousands of
// times, need not walk there from the segment's beginning. It holds offsets only:
// what lies there is verified as ever.
type trail struct {
	mu    sync.Mutex
	steps [trailSteps]step
	next  int
}

// step is where a block begins.
type step struct {
	segment uint64 // first height of its segment
	height  uint64
	at      int64
}

// trailSteps is enough for some readers at a time with two steps each.
const trailSteps = 32

func (t *trail) put(s step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps[t.next] = s
	t.next = (t.next + 1) % trailSteps
}

// find gives where a block begins, if somebody was there lately.
func (t *trail) find(segment, height uint64) (at int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.steps {
		if s.segment == segment && s.height == height && s.at != 0 {
			return s.at, true
		}
	}
	return 0, false
}
