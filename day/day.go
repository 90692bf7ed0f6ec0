// Package day plays one whole trading day on real prices through a real centre:
// invented clients at several banks, transfers both ways, orders against
// simulated exchanges, the day end with the clearing house's and the banks'
// files, and the differences that injected faults leave, worked off by two
// people. It is training, demonstration and test at once.
//
// The same Config gives the same state root: nothing here reads a clock or draws
// an unseeded number, and every counterparty is drained in a fixed order.
package day

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"sancun/calendar"
)

// Config is a day to play.
type Config struct {
	Dir     string // out/day: the centre, the files and the report go here
	Data    string // folder of the market data
	Date    calendar.Date
	Clients int
	Orders  int // at least so many orders are placed
	Seed    uint64
	Speed   int // times real time; 0 is as fast as possible
	Banks   int
	Faults  bool
	Quiet   int // days without trade to play behind the settlement day, at most QuietMax
	Log     *slog.Logger
	// Progress is told how far the day is, from 0 to 1, and what is being done.
	Progress func(done float64, what string)
}

// Defaults of a day.
const (
	DefaultClients = 10_000
	DefaultOrders  = 300_000
	DefaultBanks   = 3
)

// QuietMax bounds the quiet days of a run: a quarter has at most 66 trading days, and
// with the widest gaps of holidays the next posting of interest is reached.
const QuietMax = 70

// clock is the day's own time: it stands still while commands are decided, so
// that blocks get the same times in every run.
type clock struct {
	date calendar.Date
	at   calendar.TimeOfDay
	pace func(calendar.TimeOfDay) // waits at a limited speed
}

// beijing is where the day is.
var beijing = time.FixedZone("CST", 8*60*60)

// Now returns the day's time as an instant.
func (c *clock) Now() time.Time { return time.UnixMilli(c.date.UnixMilli(c.at)).In(beijing) }

// set moves the clock forward.
func (c *clock) set(at calendar.TimeOfDay) {
	if c.pace != nil {
		c.pace(at)
	}
	c.at = at
}

// dice gives independent streams of random numbers by purpose, so that drawing
// more of one kind does not change the others.
func dice(seed uint64, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// The purposes.
const (
	diceClients       uint64 = 1
	diceHoldings      uint64 = 2
	diceOrders        uint64 = 3
	diceTransfers     uint64 = 4
	diceFaults        uint64 = 5
	diceVault         uint64 = 6
	diceNextDay       uint64 = 7
	diceIssues        uint64 = 8
	diceSubscriptions uint64 = 9
	diceEvents        uint64 = 10
)
