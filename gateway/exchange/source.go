package exchange

import (
	"fmt"
	"time"

	"sancun/market"
)

// SourceState is where a source of quotes stands.
type SourceState uint8

// The states of a source.
const (
	SourceOffline  SourceState = 1
	SourceLogon    SourceState = 2 // logging on
	SourceListing  SourceState = 3 // the list of the day is coming in
	SourceComplete SourceState = 4 // the list is whole, and no snapshot is missing
	SourceGap      SourceState = 5 // a snapshot is missing; only a new connection heals it
)

var sourceNames = [...]string{"", "offline", "logging-on", "listing", "complete", "gap"}

// String names the state.
func (s SourceState) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return fmt.Sprintf("source state %d", uint8(s))
}

// source is what is known of one feed of quotes.
type source struct {
	state   SourceState
	since   time.Time
	heardAt time.Time
	spokeAt time.Time
	list    []Security
	last    uint64 // number of the last snapshot; 0 before the first of a connection
	latest  map[market.ID]*Snapshot
	detail  string

	snapshots, gaps, connects uint64
}

func (s *source) enter(state SourceState, now time.Time) { s.state, s.since = state, now }

func (s *source) opened(now time.Time) {
	s.list, s.last, s.latest = nil, 0, map[market.ID]*Snapshot{}
	s.heardAt, s.spokeAt = now, now
	s.connects++
	s.enter(SourceLogon, now)
}

func (s *source) lost(now time.Time, why error) {
	if why != nil {
		s.detail = why.Error()
	}
	s.enter(SourceOffline, now)
}

// receive acts on one message. fresh says that the snapshot in it is new.
func (s *source) receive(ev *event, now time.Time) (fresh bool, err error) {
	s.heardAt = now
	switch ev.kind {
	case evLogout:
		return false, fmt.Errorf("%s: %w", ev.text, ErrLoggedOut)
	case evLogon:
		if s.state != SourceLogon {
			return false, fmt.Errorf("a second logon: %w", ErrProtocol)
		}
		s.enter(SourceListing, now)
	case evSecurity:
		return false, s.listed(ev.security, now)
	case evSnapshot:
		return s.shown(ev.snapshot, now)
	case evOther, evHeartbeat, evPlatform, evStreams, evSynced, evReport, evRefused, evEcho:
	}
	return false, nil
}

// listed takes one line of the day's list.
func (s *source) listed(line *Security, now time.Time) error {
	if s.state != SourceListing || line.ListSize > listMax {
		return fmt.Errorf("line of a list of %d while %s: %w", line.ListSize, s.state, ErrProtocol)
	}
	s.list = append(s.list, *line)
	if len(s.list) == line.ListSize {
		s.enter(SourceComplete, now)
	}
	return nil
}

// shown takes a snapshot. The first ones of a connection, the picture of every
// security, carry one number; then it rises by one.
func (s *source) shown(snap *Snapshot, now time.Time) (fresh bool, err error) {
	if s.state != SourceComplete && s.state != SourceGap {
		return false, fmt.Errorf("a snapshot while %s: %w", s.state, ErrProtocol)
	}
	s.snapshots++
	switch {
	case s.last != 0 && snap.Seq < s.last:
		return false, nil // repeated
	case s.last != 0 && snap.Seq > s.last+1:
		s.gaps++
		s.detail = fmt.Sprintf("snapshots %d to %d are missing", s.last+1, snap.Seq-1)
		s.enter(SourceGap, now)
	}
	s.last = snap.Seq
	s.latest[snap.ID] = snap
	return true, nil
}
