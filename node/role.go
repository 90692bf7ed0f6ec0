package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
)

// roleFile is what a centre knows of its own role when it starts. The journal
// cannot say it: a centre that lost its reign is the last to be told.
type roleFile struct {
	Role  string    `json:"role"`
	Epoch uint32    `json:"epoch"`
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// station is the place of a centre: its role, durable, and whoever waits for it
// to change.
type station struct {
	path string
	now  func() time.Time

	mu   sync.Mutex
	role dr.Role
	file roleFile
	turn chan struct{} // closed and replaced when the role changes
}

const (
	roleName = "role"
	roleMax  = 4 << 10
)

// openStation reads the role of a centre's folder; start is what a new one is.
func openStation(dir string, start dr.Role, now func() time.Time) (*station, error) {
	s := &station{path: filepath.Join(dir, roleName), now: now, role: start, turn: make(chan struct{})}
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if s.file, s.role, err = parseRole(text); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return s, nil
}

// parseRole reads the file of a centre's role. A centre that cannot read it does not
// start: taken for a new one it might write under a reign that has ended.
func parseRole(text []byte) (f roleFile, role dr.Role, err error) {
	if len(text) > roleMax {
		return f, role, fmt.Errorf("%d bytes, at most %d", len(text), roleMax)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, role, fmt.Errorf("it says nothing this program understands: %w", err)
	}
	role, err = dr.ParseRole(f.Role)
	return f, role, err
}

// Role is what the centre is now, and a channel closed when that changes.
func (s *station) what() (dr.Role, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.role, s.turn
}

// become changes the role: first in the folder, then in effect. The error is
// dr.ErrTransition or the file's.
func (s *station) become(role dr.Role, epoch uint32, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := role.Follows(s.role); err != nil {
		return err
	}
	file := roleFile{Role: role.String(), Epoch: epoch, Since: s.now(), Why: why}
	text, err := json.MarshalIndent(&file, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.ReplaceFile(durable.OS{}, filepath.ToSlash(s.path), append(text, '\n')); err != nil {
		return fmt.Errorf("write the role of this centre: %w", err)
	}
	changed := s.role != role
	s.role, s.file = role, file
	if changed {
		close(s.turn)
		s.turn = make(chan struct{})
	}
	return nil
}
