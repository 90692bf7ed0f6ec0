package replica

import (
	"fmt"

	"sancun/internal/planted"
)

// Mode is a protection mode: what an answer promises. Numbers stand in the
// journal and on the wire.
type Mode uint8

// The protection modes.
const (
	// Protect answers only what the other centre has on disk, and waits when it
	// is lost.
	Protect Mode = 1
	// Available does the same, and after a limit of waiting answers alone, which
	// the journal then says.
	Available Mode = 2
	// Fast answers what is on disk at home.
	Fast Mode = 3
)

// String is the mode's name in configuration and reports.
func (m Mode) String() string {
	switch m {
	case Protect:
		return "protect"
	case Available:
		return "available"
	case Fast:
		return "fast"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// ParseMode reads what String writes.
func ParseMode(s string) (Mode, error) {
	for _, m := range []Mode{Protect, Available, Fast} {
		if m.String() == s {
			return m, nil
		}
	}
	return 0, fmt.Errorf("protection mode %q: want protect, available or fast", s)
}

// Protection is a mode as the journal has it.
type Protection struct {
	Mode Mode
	// Alone says that mode available has fallen back: answers do not wait for
	// the other centre until it has caught up and the journal says so.
	Alone bool
	// Limit is how long mode available waits, in nanoseconds.
	Limit int64
}

// waits says whether answers wait for the other centre.
func (p Protection) waits() bool {
	if planted.In(planted.GateOpen) && p.Mode == Protect {
		return false
	}
	return p.Mode == Protect || p.Mode == Available && !p.Alone
}

// Gate decides up to which height answers and messages may leave the house. It
// is a fold over what became durable at home, what the other centre
// acknowledged, and what the journal says of the mode; it reads no clock.
//
// Invariants:
//
//  1. The height it opens to never falls.
//  2. In protect, and in available before the fall, nothing opens that the other
//     centre has not acknowledged as durable.
//  3. The mode changes with the block that says so: what precedes that block
//     opens under the old promise or together with it.
//  4. Once deposed it never opens further.
type Gate struct {
	now     Protection
	home    uint64 // durable here
	there   uint64 // durable at the other centre
	opened  uint64
	deposed bool
	since   []durable // what waits, oldest first
	heard   int64     // when the other centre last acknowledged, nanoseconds
}

type durable struct {
	height uint64
	at     int64 // nanoseconds
}

// NewGate makes the gate of a centre that starts to write behind height from at a
// moment in nanoseconds. In a mode that waits, what stands there may never have
// been acknowledged: it opens when the other centre has said that it has it.
func NewGate(p Protection, from uint64, at int64) *Gate {
	g := &Gate{now: p}
	if planted.In(planted.GateRestarted) {
		g.home, g.opened = from, from
		return g
	}
	if from > 0 {
		g.Home(from, at)
	}
	return g
}

// Protection is the mode in force.
func (g *Gate) Protection() Protection { return g.now }

// Home tells that a block is durable here since at, in nanoseconds.
func (g *Gate) Home(height uint64, at int64) {
	g.home = height
	g.since = append(g.since, durable{height, at})
	g.open()
}

// There tells that the other centre, heard at a moment in nanoseconds, has
// everything up to a height on disk.
func (g *Gate) There(height uint64, at int64) {
	g.there, g.heard = max(g.there, height), at
	g.open()
}

// Set puts a mode in force that the block of the newest height says.
func (g *Gate) Set(p Protection) {
	g.now = p
	g.open()
}

// Depose closes the gate for ever.
func (g *Gate) Depose() { g.deposed = true }

// Deposed says whether a newer epoch has begun.
func (g *Gate) Deposed() bool { return g.deposed }

// Opened is the height up to which answers may leave.
func (g *Gate) Opened() uint64 { return g.opened }

// Behind is the number of blocks the other centre has not acknowledged.
func (g *Gate) Behind() uint64 { return g.home - min(g.home, g.there) }

func (g *Gate) open() {
	if g.deposed {
		return
	}
	to := g.home
	if g.now.waits() {
		to = min(g.home, g.there)
	}
	g.opened = max(g.opened, to)
	n := 0
	for n < len(g.since) && g.since[n].height <= g.opened {
		n++
	}
	g.since = append(g.since[:0], g.since[n:]...)
}

// Wish is a change of mode that the gate asks to be journaled.
type Wish uint8

// What a gate may wish for.
const (
	WishNothing Wish = 0
	WishAlone   Wish = 1 // available has waited longer than its limit
	WishSynced  Wish = 2 // the other centre has caught up
)

// freshNS is how long an acknowledgement counts as news of a centre that lives:
// the line speaks five times a second. Without it a centre that was lost while
// little was behind would count as caught up.
const freshNS = int64(500_000_000)

// nearBlocks is how far behind a centre may be to count as caught up: it is
// within one window of a busy second, and the answers that then wait for it wait
// one round trip.
const nearBlocks = 8

// Wish tells what should be journaled now. The mode changes when the journal
// says so, not here.
func (g *Gate) Wish(now int64) Wish {
	switch {
	case g.deposed || g.now.Mode != Available:
		return WishNothing
	case g.now.Alone && g.heard > 0 && now-g.heard <= freshNS && g.Behind() <= nearBlocks:
		return WishSynced
	case !g.now.Alone && len(g.since) > 0 && now-g.since[0].at > g.now.Limit:
		return WishAlone
	}
	return WishNothing
}
