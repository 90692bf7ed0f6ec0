package exchange

import (
	"errors"
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// Code is a security code, left-justified and padded with spaces.
type Code [12]byte

// MakeCode pads text to a Code. Longer text is cut: no listed code has more than six characters.
func MakeCode(text string) Code {
	var c Code
	pad(c[:], text)
	return c
}

func (c Code) String() string { return trim(c[:]) }

// Security is what the exchange publishes about one security before the day
// begins. Prices are in units of money.Price. The figures are data of the day:
// the caller derives them from the effective-dated rules.
type Security struct {
	Code          Code
	Name          string
	Tick          money.Price
	PreviousClose money.Price
	// LimitUp and LimitDown bound every order price; zero means no limit.
	LimitUp, LimitDown money.Price
	// BuyMinimum is the least buy quantity and Step what it grows by.
	BuyMinimum, Step money.Quantity
	// The largest limit order, own-side best order and after-hours order. Zero
	// for the latter two means as OrderMaximum.
	OrderMaximum, BestMaximum, FixedMaximum money.Quantity
	// Cage bounds continuous limit prices around a reference; nil means no cage.
	Cage Cage
	// Volatility interrupts continuous trading by itself; zero for most.
	Volatility Volatility
	// AfterHours says that the security trades at the close after hours.
	AfterHours bool
	// NoClosingCall says that the security trades continuously until the close.
	NoClosingCall bool
	// Issue says that the code takes subscriptions only and is never matched.
	Issue bool
	// Suspended says that the security does not trade this day.
	Suspended bool
	// RiskWarning, Delisting and SameDay are published with the static data.
	RiskWarning, Delisting, SameDay bool
}

// Volatility is how the exchange interrupts trading in a security whose price moves
// too far from the day's opening price (市场波动停牌).
type Volatility struct {
	Moves [2]money.Rate      // ascending; each interrupts once, in whichever direction
	For   calendar.TimeOfDay // how long
	Until calendar.TimeOfDay // when it ends at the latest
}

// Cage returns the highest price of a buy or the lowest of a sell for a
// reference price; ok is false when the reference cannot be used.
type Cage func(side Side, reference money.Price) (bound money.Price, ok bool)

// ErrSecurity reports static data that cannot be traded on.
var ErrSecurity = errors.New("unusable security")

func (s *Security) check() error {
	switch {
	case s.Tick <= 0:
		return fmt.Errorf("%s: tick %s: %w", s.Code, s.Tick, ErrSecurity)
	case s.BuyMinimum <= 0 || s.Step <= 0 || s.OrderMaximum < s.BuyMinimum:
		return fmt.Errorf("%s: quantities %d/%d/%d: %w", s.Code, s.BuyMinimum, s.Step, s.OrderMaximum, ErrSecurity)
	case s.LimitUp != 0 && s.LimitUp < s.LimitDown:
		return fmt.Errorf("%s: limits %s-%s: %w", s.Code, s.LimitDown, s.LimitUp, ErrSecurity)
	case s.Volatility != Volatility{} && (s.Volatility.Moves[0] <= 0 || s.Volatility.Moves[1] <= s.Volatility.Moves[0] || s.Volatility.For <= 0 || s.Volatility.Until <= 0):
		return fmt.Errorf("%s: halts at %v: %w", s.Code, s.Volatility.Moves, ErrSecurity)
	case s.OrderMaximum > orderQuantityMax:
		return fmt.Errorf("%s: largest order %d: %w", s.Code, s.OrderMaximum, ErrSecurity)
	}
	return nil
}

// maximum returns the largest order of a type and business.
func (s *Security) maximum(o *Order) money.Quantity {
	switch {
	case o.Business == BusinessAfterHours && s.FixedMaximum != 0:
		return s.FixedMaximum
	case o.Type != TypeLimit && s.BestMaximum != 0:
		return s.BestMaximum
	}
	return s.OrderMaximum
}

// pad copies text into field and fills the rest with spaces.
func pad(field []byte, text string) {
	n := copy(field, text)
	for i := n; i < len(field); i++ {
		field[i] = ' '
	}
}

// trim returns field without its trailing padding.
func trim(field []byte) string {
	n := len(field)
	for n > 0 && (field[n-1] == ' ' || field[n-1] == 0) {
		n--
	}
	return string(field[:n])
}
