package postgres

import "sancun/journal"

// Adopt makes an engine believe in another head, as opening it again would.
func (e *Engine) Adopt(head journal.Position) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head = head
}
