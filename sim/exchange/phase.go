package exchange

import (
	"errors"
	"fmt"

	"sancun/calendar"
)

// ErrSession reports a timetable without windows or out of order.
var ErrSession = errors.New("unusable session timetable")

func checkSession(s *calendar.Session) error {
	if len(s.Windows) == 0 || s.Windows[0].Start != 0 {
		return fmt.Errorf("the first window starts at midnight: %w", ErrSession)
	}
	for i := 1; i < len(s.Windows); i++ {
		if w := s.Windows[i]; w.Start <= s.Windows[i-1].Start {
			return fmt.Errorf("%s at %s: %w", w.Phase, w.Start, ErrSession)
		}
	}
	return nil
}

// windowOf returns the window that holds now for one security. A security
// without a closing call trades continuously until the close.
func (v *Venue) windowOf(b *book) calendar.Window {
	w := v.window
	if w.Phase == calendar.ClosingAuction && b != nil && b.NoClosingCall {
		w.Phase, w.Cancel = calendar.Afternoon, true
	}
	return w
}

// takes says whether the exchange takes orders of a business in a window.
func takes(w *calendar.Window, b Business) bool {
	if b == BusinessAfterHours {
		return w.Fixed
	}
	return w.Orders
}
