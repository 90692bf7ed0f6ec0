package pair

// network is what lies between everybody. Cuts are for one direction.
type network struct {
	cut   [2][2]bool // from a centre to the other, at [from][to]; [i][i] is the outside world of centre i
	delay int64      // one way, nanoseconds
	shake int64      // at most so much more
	rough int        // a message is lost, doubled or late once in so many; 0 is never
}

// travel carries something from one end to the other, once, never or twice.
// Messages of one stream keep their order unless the network is rough.
func (w *world) travel(cut bool, last *int64, arrive func()) (lost bool) {
	n := &w.net
	if cut || n.rough > 0 && w.chance(n.rough) {
		return true
	}
	at := w.now + n.delay + w.between(0, n.shake)
	if n.rough > 0 && w.chance(n.rough) { // overtaken by what comes behind
		w.after(at-w.now+w.between(0, 50*ms), arrive)
		return false
	}
	if last != nil {
		at = max(at, *last)
		*last = at
	}
	w.after(at-w.now, arrive)
	if n.rough > 0 && w.chance(n.rough) {
		w.after(at-w.now+w.between(0, 20*ms), arrive)
	}
	return false
}
