package bank

import (
	"time"

	wire "sancun/wire/bank"
)

// Counts are what a gateway has counted since it was made.
type Counts struct {
	Sent        uint64 // messages to the bank
	Replies     uint64 // of the bank
	Requests    uint64 // of the bank
	Bad         uint64 // frames that could not be believed
	Stray       uint64 // answers that belong to nothing, or do not fit
	Late        uint64 // answers after the time-out
	TimedOut    uint64 // transfers that became unknown
	Unsent      uint64 // transfers refused because they were certainly not sent
	Unsayable   uint64 // messages the format cannot say
	Enquiries   uint64
	Disagreed   uint64 // verdicts that contradict the first one: differences of the day end
	BankRefused uint64 // requests of the bank that custody refused
	SignIns     uint64
	KeysRefused uint64
	DialsFailed uint64
	LinesLost   uint64
	FilesTaken  uint64
}

// Health is what a wall shows of a bank.
type Health struct {
	Bank     uint16
	Phase    string    // down, signing in, exchanging keys, up, signing out
	Up       bool      // transfers are said
	Off      bool      // switched off
	Date     wire.Date // business date wanted, 0 none
	Since    time.Time // of the phase
	Heard    time.Time // last word of the bank
	Waiting  int       // transfers not yet sent
	Flying   int       // sent, answer awaited
	Unknown  int       // without a known outcome
	GivenUp  int       // of these: no enquiry is made any more, people must look
	Files    int       // steps of the file exchange that wait
	Counts   Counts
	Failure  error // why the gateway stopped, nil while it works
	KeySet   uint32
	LastTick time.Time
}

// Health returns the state after the driver's last step.
func (g *Gateway) Health() Health {
	g.door.Lock()
	defer g.door.Unlock()
	h := g.health
	h.Bank = g.o.Bank
	h.Waiting += len(g.arrivals)
	return h
}

// publish leaves the state at the door.
func (g *Gateway) publish() {
	h := Health{
		Phase: g.phase.String(), Up: g.phase == phaseUp, Off: g.off, Date: g.date, Since: g.since, Heard: g.heard, Flying: g.flying,
		Files: len(g.exchange.queue), Counts: g.counts, Failure: g.failure, KeySet: g.keySet, LastTick: g.now,
	}
	for _, w := range g.open {
		switch {
		case w.phase == workQueued:
			h.Waiting++
		case w.phase == workUnknown:
			h.Unknown++
			if w.tries >= g.o.Limits.EnquireMax {
				h.GivenUp++
			}
		}
	}
	g.door.Lock()
	g.health = h
	g.door.Unlock()
}
