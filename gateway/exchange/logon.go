package exchange

import (
	"fmt"
	"time"
)

// loggedOn waits for the answer to the logon; what else comes before it is of no
// use yet.
func (s *session) loggedOn(ev *event, now time.Time) error {
	switch ev.kind {
	case evLogon:
		s.syncAt, s.reportAt = now, now
		s.enter(Synchronising, now)
	case evReport, evRefused, evSynced:
		return fmt.Errorf("business before the logon was answered: %w", ErrProtocol)
	case evOther, evLogout, evHeartbeat, evPlatform, evStreams, evEcho, evSecurity, evSnapshot:
	}
	return nil
}

func (s *session) tickLogon(now time.Time) error {
	if now.Sub(s.since) > logonWait {
		return fmt.Errorf("no answer to the logon within %s: %w", logonWait, ErrSilent)
	}
	return nil
}
