package dr

import (
	"errors"
	"fmt"
	"slices"
)

// Role is what a centre is now. Numbers stand in files.
type Role uint8

// The roles of a centre.
const (
	// Primary writes the journal and talks to the outside world.
	Primary Role = 1
	// Standby copies the primary and answers enquiries with their age.
	Standby Role = 2
	// Drill is a standby that also has a fork of its state open in a closed zone.
	Drill Role = 3
	// Isolated wrote last and has lost the other centre; in mode protect it
	// answers nothing.
	Isolated Role = 4
	// Fenced wrote last and knows that a newer epoch has begun.
	Fenced Role = 5
	// Recovering is starting, and does not know yet whether it may write.
	Recovering Role = 6
)

var roleNames = map[Role]string{
	Primary: "primary", Standby: "standby", Drill: "drill", Isolated: "isolated", Fenced: "fenced", Recovering: "recovering",
}

// String is the role's name in files, on the wall and in reports.
func (r Role) String() string {
	if name, ok := roleNames[r]; ok {
		return name
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// ParseRole reads what String writes.
func ParseRole(name string) (Role, error) {
	for r, n := range roleNames {
		if n == name {
			return r, nil
		}
	}
	return 0, fmt.Errorf("there is no role %q", name)
}

// ErrTransition refuses a change of role that no plan has.
var ErrTransition = errors.New("a centre does not change its role like that")

// next lists which roles may follow which, with what brings it about.
var next = map[Role][]Role{
	Recovering: {Primary, Standby, Fenced}, // it met the other centre, or two people decided without it
	Primary:    {Standby, Isolated, Fenced, Recovering},
	Standby:    {Primary, Drill, Fenced, Recovering}, // fenced: the chains have parted
	Drill:      {Standby, Fenced, Recovering},        // it goes on copying: what parts a standby parts it too
	Isolated:   {Primary, Fenced, Recovering},
	Fenced:     {Standby, Recovering}, // after its orphan tail was kept
}

// Follows tells whether a role may follow another. The error is ErrTransition.
func (r Role) Follows(before Role) error {
	if r != before && !slices.Contains(next[before], r) {
		return fmt.Errorf("%w: from %v to %v", ErrTransition, before, r)
	}
	return nil
}

// Copies says whether a centre in this role follows the one that writes.
func (r Role) Copies() bool { return r == Standby || r == Drill }

// Writes says whether a centre in this role takes business.
func (r Role) Writes() bool { return r == Primary || r == Isolated }
