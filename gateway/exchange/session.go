package exchange

import (
	"errors"
	"fmt"
	"time"

	"sancun/record"
)

// State is where a gateway stands with its exchange.
type State uint8

// The states. Stopped is final.
const (
	Offline       State = 1
	LoggingOn     State = 2
	Synchronising State = 3
	Ready         State = 4
	Draining      State = 5
	Stopped       State = 6
)

var stateNames = [...]string{"", "offline", "logging-on", "synchronising", "ready", "draining", "stopped"}

// String names the state.
func (s State) String() string {
	if int(s) < len(stateNames) && s != 0 {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Why a connection was given up.
var (
	ErrProtocol  = errors.New("the exchange said what the protocol does not allow")
	ErrSilent    = errors.New("the exchange is silent")
	ErrLoggedOut = errors.New("the exchange ended the session")
	ErrHistory   = errors.New("the exchange knows fewer reports than the journal holds")
	ErrGap       = errors.New("a missing report does not come")
)

// platformsMax is above the largest number of a platform.
const platformsMax = 8

// platform is what the exchange says of one of its platforms.
type platform struct {
	known bool
	state uint16
}

func (p platform) open() bool { return p.known && p.state == platformOpen }

// session is what a gateway knows of its exchange and owes it: a state machine
// without goroutines, clock or connection. Its owner feeds it events and time,
// writes out and submits what it takes from the inbox.
type session struct {
	o      *Options
	caller record.Caller
	enc    encoder // of the present connection

	state   State
	since   time.Time
	heardAt time.Time // when the exchange last said anything
	spokeAt time.Time // when we last did

	platforms [platformsMax]platform
	streams   streams
	place     bool      // streams wait for the machine's cursors
	syncAt    time.Time // when streams were last asked for to catch up
	reportAt  time.Time // when a report last came
	gapAt     time.Time // when a gap was last asked for
	probeAt   time.Time // when unanswered messages were last asked for; zero when not

	lanes      [platformsMax][]*entry // waiting, by platform, in order
	unanswered []*entry               // on the wire, in order of sending; done ones are skipped
	byID       map[ClOrdID]*entry     // all that are not done
	heard      map[ClOrdID]struct{}   // spoken of by the exchange
	waiting    int                    // live entries in lanes
	onWire     int                    // live entries in unanswered
	stuck      int                    // live entries that are not sent any more

	out   []byte   // to be written
	inbox []report // received, to be submitted, those before taken excepted
	taken int
	local []record.Request // refusals of our own, to be submitted

	count  Counts
	detail string // why the last connection ended
}

func newSession(o *Options) *session {
	s := &session{
		o: o, caller: record.CallerOf(record.CallerExchange, uint64(o.Market)), state: Offline,
		byID: map[ClOrdID]*entry{}, heard: map[ClOrdID]struct{}{},
	}
	s.streams.reset()
	return s
}

func (s *session) enter(state State, now time.Time) { s.state, s.since = state, now }

// opened begins a connection.
func (s *session) opened(enc encoder, now time.Time) error {
	s.enc, s.heardAt, s.spokeAt = enc, now, now
	s.count.Connects++
	s.enter(LoggingOn, now)
	return s.say(enc.logon(s.out, &s.o.Logon, now))
}

// say takes the result of an encoding.
func (s *session) say(out []byte, err error) error {
	s.out = out
	return err
}

// flush returns what is to be written and forgets it. The slice is valid until
// the session is used again.
func (s *session) flush(now time.Time) []byte {
	out := s.out
	if len(out) > 0 {
		s.spokeAt = now
	}
	s.out = s.out[:0]
	return out
}

// lost ends the connection. What was received and not yet submitted is
// forgotten, because it will be asked for again from where the machine stands;
// what is on the wire unanswered goes back to the head of its lane.
func (s *session) lost(now time.Time, why error) {
	s.enc, s.out = nil, s.out[:0]
	s.forgetInbox()
	s.platforms = [platformsMax]platform{}
	s.streams.reset()
	s.place, s.probeAt = false, time.Time{}
	var back [platformsMax][]*entry
	for _, e := range s.unanswered {
		if !e.done && e.sent {
			e.sent = false
			s.onWire--
			s.waiting++
			p := platformOf(s.o.Market, e)
			back[p] = append(back[p], e)
		}
	}
	s.unanswered = s.unanswered[:0]
	for p := range s.lanes {
		if len(back[p]) > 0 {
			s.lanes[p] = append(back[p], s.lanes[p]...)
		}
	}
	if why != nil {
		s.detail = why.Error()
	}
	s.enter(Offline, now)
}

// receive acts on one message. An error means that the connection must go.
func (s *session) receive(ev *event, now time.Time) error {
	s.heardAt = now
	if ev.kind == evLogout {
		return fmt.Errorf("%s: %w", ev.text, ErrLoggedOut)
	}
	if s.state == LoggingOn {
		return s.loggedOn(ev, now)
	}
	switch ev.kind {
	case evLogon:
		return fmt.Errorf("a second logon: %w", ErrProtocol)
	case evPlatform:
		if ev.platform < platformsMax {
			s.platforms[ev.platform] = platform{known: true, state: ev.state}
		}
	case evStreams:
		s.announced(ev, now)
	case evSynced:
		return s.synced(ev)
	case evReport:
		return s.numbered(&ev.report, now)
	case evRefused:
		s.refused(&ev.report, ev.text)
	case evEcho:
		return s.behind(ev, now)
	case evOther:
		s.count.Ignored++
		s.detail = ev.text + " was ignored"
	case evHeartbeat, evLogout, evSecurity, evSnapshot:
	}
	return nil
}

// tick acts on the passing of time. An error means that the connection must go.
func (s *session) tick(now time.Time) error {
	if s.state == Offline || s.state == Stopped {
		return nil
	}
	s.keepHours(now)
	if !s.o.LockStep {
		if err := s.beat(now); err != nil {
			return err
		}
	}
	switch s.state {
	case LoggingOn:
		return s.tickLogon(now)
	case Synchronising:
		return s.tickSynchronising(now)
	case Ready:
		return s.tickReady(now)
	case Draining:
		return s.tickDraining(now)
	case Offline, Stopped:
	}
	return nil
}

// beat keeps the connection alive and sees when it is dead. In lock-step the
// fence of Drain does both.
func (s *session) beat(now time.Time) error {
	every := s.o.Logon.Heartbeat
	if quiet := now.Sub(s.heardAt); quiet > silentHalves*every/2 {
		return fmt.Errorf("nothing for %s: %w", quiet, ErrSilent)
	}
	if now.Sub(s.spokeAt) >= every && s.state != LoggingOn {
		s.spokeAt = now
		return s.say(s.enc.heartbeat(s.out))
	}
	return nil
}
