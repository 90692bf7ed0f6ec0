package node

import (
	"path/filepath"
	"sync"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
)

// station is centre.Station for the goroutines of a running centre: whoever waits
// for the role to change is told.
type station struct {
	now func() time.Time

	mu   sync.Mutex
	s    *centre.Station // guarded by mu
	turn chan struct{}   // closed and replaced when the role changes
}

// openStation reads the role of a centre's folder; start is what a new one is.
func openStation(dir string, start dr.Role, now func() time.Time) (*station, error) {
	s, err := centre.OpenStation(durable.OS{}, filepath.ToSlash(dir), start)
	return &station{now: now, s: s, turn: make(chan struct{})}, err
}

// begin is what the centre is right after its start.
func (s *station) begin(head journal.Position, fenced uint32, side dr.Side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.s.Begin(head, fenced, side)
}

// highest is the newest epoch the role file knows.
func (s *station) highest() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Highest()
}

// what is what the centre is now, and a channel closed when that changes.
func (s *station) what() (dr.Role, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Role(), s.turn
}

// why is since when the centre is what it is, and why.
func (s *station) why() (since time.Time, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s.Since()
}

// become changes the role: first in the folder, then in effect. The error is
// dr.ErrTransition or the file's.
func (s *station) become(role dr.Role, epoch uint32, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.s.Role()
	if err := s.s.Become(role, epoch, why, s.now()); err != nil {
		return err
	}
	if before != role {
		close(s.turn)
		s.turn = make(chan struct{})
	}
	return nil
}
