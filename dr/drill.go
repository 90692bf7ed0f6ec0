package dr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sancun/calendar"
)

// DrillDay refuses a drill at a moment that lies on a trading day, or on a day of
// which the calendar knows nothing (row B116, D17). Nobody can override it: on
// such a day the standby is needed as a standby. The error is ErrOrder.
func DrillDay(now time.Time, years *calendar.Calendar) error {
	date, _ := calendar.AtUnixMilli(now.UnixMilli())
	switch {
	case !years.Covers(date):
		return fmt.Errorf("%w: the calendar does not know whether %v is a trading day; bring the calendar up to date first", ErrOrder, date)
	case years.IsTradingDay(date):
		return fmt.Errorf("%w: %v is a trading day; a drill waits for a day without trade", ErrOrder, date)
	}
	return nil
}

// Rehearsed is the drill that runs: what its end is judged by.
type Rehearsed struct {
	Run   string
	Maker uint64 // staff number of who ordered it: the operator
}

// MayEnd refuses the end of a drill by an order of another run, or verified by who
// operated it: nobody attests their own work. The error is ErrOrder.
func (r *Rehearsed) MayEnd(o *Order, checker Operator) error {
	switch {
	case o.Run != r.Run:
		return fmt.Errorf("%w: it is of the run %q, the drill that runs is %q", ErrOrder, o.Run, r.Run)
	case checker.Staff == r.Maker:
		return fmt.Errorf("%w: %s operated this drill and cannot verify it too", ErrOrder, o.Checker)
	}
	return nil
}

// Zone is the closed world of a drill, as its order's detail says:
//
//	clock 2026-03-02T10:00:00+08:00 simulate 10.0.0.5:9000=127.0.0.1:9000
//
// Both words may be missing, and simulate may stand several times.
type Zone struct {
	// Clock is what time it is when the drill begins; zero leaves the centre's own.
	Clock time.Time
	// Simulate says which address of this machine stands for an address of the
	// configuration. What is not named is not reached at all.
	Simulate map[string]string
}

// zoneMax bounds the simulators of one drill: a configuration has no more
// counterparties.
const zoneMax = 1024

// ParseZone reads a detail. The error is ErrOrder.
func ParseZone(detail string) (Zone, error) {
	z := Zone{Simulate: map[string]string{}}
	words := strings.Fields(detail)
	if len(words)%2 != 0 || len(words) > 2*zoneMax {
		return z, fmt.Errorf("%w: the detail %q is no list of pairs; write clock TIME and simulate ADDRESS=SIMULATOR", ErrOrder, detail)
	}
	for pair := range slices.Chunk(words, 2) {
		var err error
		switch pair[0] {
		case "clock":
			z.Clock, err = time.Parse(time.RFC3339, pair[1])
		case "simulate":
			err = z.simulate(pair[1])
		default:
			err = fmt.Errorf("there is no %q", pair[0])
		}
		if err != nil {
			return z, fmt.Errorf("%w: %w", ErrOrder, err)
		}
	}
	return z, nil
}

// simulate notes one simulator, which must be on this very machine.
func (z *Zone) simulate(pair string) error {
	outside, simulator, ok := strings.Cut(pair, "=")
	at, err := netip.ParseAddrPort(simulator)
	if !ok || outside == "" || err != nil || !at.Addr().IsLoopback() {
		return fmt.Errorf("%q is no simulator; write ADDRESS=127.0.0.1:PORT", pair)
	}
	if _, twice := z.Simulate[outside]; twice {
		return fmt.Errorf("%s has two simulators", outside)
	}
	z.Simulate[outside] = simulator
	return nil
}
