package exchange

import (
	"errors"
	"fmt"
	"time"

	"sancun/calendar"
)

// Config is one exchange on one day.
type Config struct {
	Market     Market
	Date       calendar.Date
	Securities []Security
	Members    []Member
	// Session is the timetable; the built-in one if it has no windows.
	Session calendar.Session
	// Street is the rest of the market; nil leaves the members among themselves.
	Street *StreetConfig
	Faults Faults
	// QuoteEvery is the time between two snapshots of a security that changes,
	// three seconds if zero.
	QuoteEvery calendar.TimeOfDay
	// Ticks makes the beat of a session's heartbeat: a channel that ticks every
	// interval and a function that stops it. Nil sends no heartbeats and misses
	// none, which is what lock-step play needs.
	Ticks func(interval time.Duration) (<-chan time.Time, func())
}

// Member is a broker's gateway and the trading units that report through it.
type Member struct {
	CompID   string
	Password string // Shenzhen only; the Shanghai logon has none
	PBUs     []string
}

// ErrConfig reports a configuration that cannot be run.
var ErrConfig = errors.New("unusable exchange configuration")

func (c *Config) check() error {
	if c.Date == 0 {
		return fmt.Errorf("no date: %w", ErrConfig)
	}
	if c.QuoteEvery < 0 || c.QuoteEvery%calendar.Second != 0 {
		return fmt.Errorf("quotes every %s, not whole seconds: %w", c.QuoteEvery, ErrConfig)
	}
	seen := map[string]bool{}
	for _, m := range c.Members {
		if m.CompID == "" || seen[m.CompID] || len(m.PBUs) == 0 {
			return fmt.Errorf("member %q is empty, named twice or without trading units: %w", m.CompID, ErrConfig)
		}
		seen[m.CompID] = true
	}
	return c.Faults.check()
}

// platform is a part of the exchange with its own state and partitions.
type platform struct {
	id         uint16
	businesses [6]bool // by Business
	partitions []int   // places in Exchange.partitions
	state      platformState
}

// platformState is numbered alike in both byte formats.
type platformState uint16

// The platform states this simulator passes through.
const (
	statePreOpen platformState = 0
	stateOpen    platformState = 2
	stateBreak   platformState = 3
	stateClose   platformState = 4
)

// partition is a stream number of reports and its platform.
type partition struct {
	no       int32
	platform int
}

// The partitions of the two exchanges. Shenzhen's numbers are this simulator's
// own choice; Shanghai's are the real ones: 1 to 6 trade, 991 takes issues, 20
// carries nothing here (domain facts D.2). The rows of EzSTEP, which has no
// partitions, are one of a platform of their own.
var shenzhenPlatforms = []struct {
	id         uint16
	businesses []Business
	numbers    []int32
}{
	{1, []Business{BusinessAuction}, []int32{1, 2, 3, 4}},
	{2, []Business{BusinessAfterHours}, []int32{201}},
	{3, []Business{BusinessIssue, BusinessRights, BusinessConvertible}, []int32{301}},
}

var shanghaiSets = []int32{1, 2, 3, 4, 5, 6, 20, 991}

const (
	shanghaiTradingSets       = 6 // the first of shanghaiSets
	shanghaiIssueSet          = 7 // the place of 991
	shanghaiRows              = 8 // the place of EzSTEP's rows, behind all sets
	ezstepRows          int32 = 1 // their number
	afterHoursSH              = 1 // the place of their platform
)

// layout fills the platforms and partitions of the market.
func (x *Exchange) layout() {
	if x.market == Shanghai {
		p := platform{}
		for b := range p.businesses {
			p.businesses[b] = Business(b) == BusinessAuction || Business(b).nonTrading()
		}
		for i, no := range shanghaiSets {
			x.partitions = append(x.partitions, partition{no, 0})
			p.partitions = append(p.partitions, i)
		}
		x.partitions = append(x.partitions, partition{ezstepRows, afterHoursSH})
		after := platform{id: afterHoursSH, partitions: []int{shanghaiRows}}
		after.businesses[BusinessAfterHours] = true
		x.platforms = []platform{p, after}
		return
	}
	for i, def := range shenzhenPlatforms {
		p := platform{id: def.id}
		for _, b := range def.businesses {
			p.businesses[b] = true
		}
		for _, no := range def.numbers {
			p.partitions = append(p.partitions, len(x.partitions))
			x.partitions = append(x.partitions, partition{no, i})
		}
		x.platforms = append(x.platforms, p)
	}
}

// partitionOf returns the place of the partition that reports a business in a
// security; an unknown security goes to the first.
func (x *Exchange) partitionOf(b Business, security int32) int {
	if x.market == Shanghai {
		switch {
		case b.nonTrading():
			return shanghaiIssueSet
		case b == BusinessAfterHours:
			return shanghaiRows
		}
		return int(max(security, 0)) % shanghaiTradingSets
	}
	for i := range x.platforms {
		if p := &x.platforms[i]; int(b) < len(p.businesses) && p.businesses[b] {
			return p.partitions[int(max(security, 0))%len(p.partitions)]
		}
	}
	return 0
}

// stateOf returns the state of a platform in a window.
func (x *Exchange) stateOf(p *platform, now *calendar.Window) platformState {
	taken, later := false, false
	for i := range x.venue.session.Windows {
		w := &x.venue.session.Windows[i]
		open := false
		for b, mine := range p.businesses {
			open = open || mine && takes(w, Business(b))
		}
		switch {
		case w.Start == now.Start && open:
			return stateOpen
		case w.Start < now.Start:
			taken = taken || open
		case w.Start > now.Start:
			later = later || open
		}
	}
	switch {
	case !later:
		return stateClose
	case taken:
		return stateBreak
	}
	return statePreOpen
}
