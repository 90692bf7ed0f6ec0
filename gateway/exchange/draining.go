package exchange

import (
	"fmt"
	"time"
)

// drain says goodbye. Reports go on coming in until the exchange has answered.
func (s *session) drain(now time.Time) error {
	if s.state != Ready && s.state != Synchronising {
		return fmt.Errorf("stopped while %s: %w", s.state, ErrLoggedOut)
	}
	s.enter(Draining, now)
	return s.say(s.enc.logout(s.out))
}

func (s *session) tickDraining(now time.Time) error {
	if now.Sub(s.since) > logoutWait {
		return fmt.Errorf("no answer to the logout within %s: %w", logoutWait, ErrLoggedOut)
	}
	return nil
}
