package exchange

import "sync"

// mailbox is what the reader of a connection has read and its owner has not yet
// taken. A full one makes the reader wait, and with it the exchange.
type mailbox struct {
	limit  int
	signal chan struct{} // capacity 1: there may be something to take

	mu     sync.Mutex
	room   *sync.Cond
	events []event // guarded by mu
	err    error   // guarded by mu: why nothing more will come
	closed bool    // guarded by mu
}

func newMailbox(limit int) *mailbox {
	m := &mailbox{limit: limit, signal: make(chan struct{}, 1)}
	m.room = sync.NewCond(&m.mu)
	return m
}

func (m *mailbox) ring() {
	select {
	case m.signal <- struct{}{}:
	default:
	}
}

// put adds an event; false after close.
func (m *mailbox) put(ev event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.events) >= m.limit && !m.closed {
		m.room.Wait()
	}
	if m.closed {
		return false
	}
	m.events = append(m.events, ev)
	m.ring()
	return true
}

// fail says why nothing more will come.
func (m *mailbox) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
	m.ring()
}

// take returns all events, in exchange for the slice taken before, and the
// error of fail when there are no more.
func (m *mailbox) take(spare []event) ([]event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.events
	clear(spare)
	m.events = spare[:0]
	m.room.Broadcast()
	if len(taken) == 0 {
		return taken, m.err
	}
	if m.err != nil {
		m.ring()
	}
	return taken, nil
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.room.Broadcast()
}
