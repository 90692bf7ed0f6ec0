package centre

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
	"sancun/internal/planted"
	"sancun/journal"
)

// roleFile is what a centre knows of its own role when it starts. The journal
// cannot say it: a centre that lost its reign is the last to be told.
type roleFile struct {
	Role  string    `json:"role"`
	Epoch uint32    `json:"epoch"`
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
	// Highest is the newest epoch this centre ever had in its journal, also when
	// that was given up since: it is never begun again.
	Highest uint32 `json:"highest"`
}

// Station is the place of a centre: its role, which a crash does not change.
type Station struct {
	fsys durable.FS
	name string
	role dr.Role
	file roleFile
}

// RoleName is the file of the role in a centre's folder.
const RoleName = "role"

// roleMax bounds that file, in bytes.
const roleMax = 4 << 10

// OpenStation reads the role of a centre's folder; start is what a new one is.
func OpenStation(fsys durable.FS, dir string, start dr.Role) (*Station, error) {
	s := &Station{fsys: fsys, name: dir + "/" + RoleName, role: start}
	text, err := durable.ReadFile(fsys, s.name, roleMax)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if s.file, s.role, err = parseRole(text); err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
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

// WriteRole writes the role of a centre that is not running, whatever it was: one
// that is restored from a backup, or released after that.
func WriteRole(fsys durable.FS, dir string, role dr.Role, epoch uint32, why string, at time.Time) error {
	text, err := json.MarshalIndent(&roleFile{Role: role.String(), Epoch: epoch, Since: at, Why: why, Highest: epoch}, "", "  ")
	if err != nil {
		return err
	}
	return durable.ReplaceFile(fsys, dir+"/"+RoleName, append(text, '\n'))
}

// Role is what the centre is now.
func (s *Station) Role() dr.Role { return s.role }

// Since is when the centre became what it is, and why; both are zero before it ever
// changed.
func (s *Station) Since() (at time.Time, why string) { return s.file.Since, s.file.Why }

// Highest is the newest epoch this centre knows to have been its own or another's,
// besides that of its journal.
func (s *Station) Highest() uint32 { return s.file.Highest }

// Begin is what a centre is right after its start. One that wrote does not know
// what happened since, unless it has never written anything. One whose store is
// fenced above its journal has ended its reign, or had begun to take over, and one
// whose journal ends in the other centre's reign has handed over: it copies until
// two people decide anew.
func (s *Station) Begin(head journal.Position, fenced uint32, side dr.Side) {
	fresh := s.file.Role == "" && head.Height == 0
	switch {
	case s.role == dr.Drill:
		s.role = dr.Standby // the fork died with the process
	case s.role == dr.Fenced && !planted.In(planted.FencedForgets):
		s.role = dr.Standby // where the chains parted is found again by following
	case s.role.Writes() && !fresh:
		s.role = dr.Recovering
	}
	if epoch := max(1, head.Epoch); s.role == dr.Recovering && (fenced > epoch || !side.Owns(epoch)) && !planted.In(planted.ReignReused) {
		s.role = dr.Standby
	}
}

// Become changes the role: first in the folder, then in effect. The error is
// dr.ErrTransition or the file's.
func (s *Station) Become(role dr.Role, epoch uint32, why string, at time.Time) error {
	if err := role.Follows(s.role); err != nil {
		return err
	}
	file := roleFile{Role: role.String(), Epoch: epoch, Since: at, Why: why, Highest: max(epoch, s.file.Highest)}
	text, err := json.MarshalIndent(&file, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.ReplaceFile(s.fsys, s.name, append(text, '\n')); err != nil {
		return fmt.Errorf("write the role of this centre: %w", err)
	}
	s.role, s.file = role, file
	return nil
}
