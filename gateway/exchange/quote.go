package exchange

import (
	"strconv"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/sse"
	"sancun/wire/szse"
)

// Level is one price of the book and what is wanted or offered there; zero where
// there is none.
type Level struct {
	Price    money.Price
	Quantity money.Quantity
}

// Phase is the trading phase of a security, by the letter both quote formats use.
type Phase byte

// The phases.
const (
	PhaseStart      Phase = 'S'
	PhaseOpening    Phase = 'O'
	PhaseContinuous Phase = 'T'
	PhaseBreak      Phase = 'B'
	PhaseClosing    Phase = 'C'
	PhaseAfterHours Phase = 'A'
	PhaseHalt       Phase = 'H'
	PhaseVolatility Phase = 'V'
	PhaseEnd        Phase = 'E'
)

// Snapshot is the state of one security with five levels (row K60).
type Snapshot struct {
	ID              market.ID
	Seq             uint64 // number in the exchange's day
	At              time.Time
	Phase           Phase
	Suspended       bool
	PrevClose       money.Price
	Open, High, Low money.Price // 0 before the first trade
	Last            money.Price
	Volume          money.Quantity
	Turnover        money.Amount // what is finer than a fen is cut off
	Bids, Offers    [szse.LevelsMax]Level
}

// Security is one line of the exchange's list of the day (row K61).
type Security struct {
	ID                 market.ID
	Date               calendar.Date
	ListSize           int // how many lines the list has
	Name               string
	PrevClose          money.Price
	LimitUp, LimitDown money.Price // 0 without limits
	Lot                money.Quantity
	Tick               money.Price
	NoLimit            bool
	RiskWarning        bool
	Suspended          bool // the whole day
	SameDay            bool // may be sold the day it was bought
	Delisting          bool
	ExRight            bool // PrevClose is adjusted
}

// securityID is the ID of a code on a market; zero when it is not six digits.
func securityID(m market.Market, code string) market.ID {
	n, err := strconv.ParseUint(code, 10, 32)
	if err != nil || len(code) != 6 {
		return 0
	}
	id, err := market.NewID(m, uint32(n))
	if err != nil {
		return 0
	}
	return id
}

// The turnover of the formats in parts of a fen.
const (
	szsePerFen = 100
	ssePerFen  = 1_000
)

func szseSnapshot(m *szse.Snapshot) *Snapshot {
	s := &Snapshot{
		ID: securityID(market.Shenzhen, m.SecurityID), Seq: m.Seq, At: m.OrigTime.Time(), Phase: Phase(m.Phase), Suspended: m.Suspended,
		PrevClose: m.PrevClose, Open: m.Open, High: m.High, Low: m.Low, Last: m.Last, Volume: m.Volume, Turnover: money.Amount(m.Turnover / szsePerFen),
	}
	for i := range s.Bids {
		s.Bids[i], s.Offers[i] = Level(m.Bids[i]), Level(m.Offers[i])
	}
	return s
}

func sseSnapshot(m *sse.Snapshot) *Snapshot {
	s := &Snapshot{
		ID: securityID(market.Shanghai, m.SecurityID), Seq: m.Seq, At: m.OrigTime.On(m.TradeDate), Phase: Phase(m.Phase), Suspended: m.Suspended,
		PrevClose: m.PrevClose, Open: m.Open, High: m.High, Low: m.Low, Last: m.Last, Volume: m.Volume, Turnover: money.Amount(m.Turnover / ssePerFen),
	}
	for i := range s.Bids {
		s.Bids[i], s.Offers[i] = Level(m.Bids[i]), Level(m.Offers[i])
	}
	return s
}

func szseSecurity(m *szse.Security) *Security {
	has := func(f szse.SecurityFlags) bool { return m.Flags&f != 0 }
	return &Security{
		ID: securityID(market.Shenzhen, m.SecurityID), Date: calendar.Date(m.TradeDate), ListSize: int(m.ListSize), Name: m.Name,
		PrevClose: m.PrevClose, LimitUp: m.LimitUp, LimitDown: m.LimitDown, Lot: m.Lot, Tick: m.Tick,
		NoLimit: has(szse.FlagNoLimit), RiskWarning: has(szse.FlagRiskWarning), Suspended: has(szse.FlagSuspended),
		SameDay: has(szse.FlagSameDay), Delisting: has(szse.FlagDelisting), ExRight: has(szse.FlagExRight),
	}
}

func sseSecurity(m *sse.Security) *Security {
	has := func(f sse.SecurityFlags) bool { return m.Flags&f != 0 }
	return &Security{
		ID: securityID(market.Shanghai, m.SecurityID), Date: calendar.Date(m.TradeDate), ListSize: int(m.ListSize), Name: m.Name,
		PrevClose: m.PrevClose, LimitUp: m.LimitUp, LimitDown: m.LimitDown, Lot: m.Lot, Tick: m.Tick,
		NoLimit: has(sse.FlagNoLimit), RiskWarning: has(sse.FlagRiskWarning), Suspended: has(sse.FlagSuspended),
		SameDay: has(sse.FlagSameDay), Delisting: has(sse.FlagDelisting), ExRight: has(sse.FlagExRight),
	}
}
