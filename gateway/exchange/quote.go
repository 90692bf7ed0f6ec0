package exchange

import (
	"strconv"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/sse"
	"sancun/wire/szse"
)

// Snapshot is the state of one security with five levels (row K60).
type Snapshot struct {
	ID              market.ID
	Seq             uint64 // number in the exchange's day
	At              time.Time
	Phase           frame.Phase
	Suspended       bool
	PrevClose       money.Price
	Open, High, Low money.Price // 0 before the first trade
	Last            money.Price
	Volume          money.Quantity
	Turnover        money.Amount // what is finer than a fen is cut off
	Bids, Offers    [frame.LevelsMax]frame.Level
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
	return newSnapshot(market.Shenzhen, m.Seq, m.OrigTime.Time(), &m.Quote, money.Amount(m.Turnover/szsePerFen))
}

func sseSnapshot(m *sse.Snapshot) *Snapshot {
	return newSnapshot(market.Shanghai, m.Seq, m.OrigTime.On(m.TradeDate), &m.Quote, money.Amount(m.Turnover/ssePerFen))
}

func newSnapshot(m market.Market, seq uint64, at time.Time, q *frame.Quote, turnover money.Amount) *Snapshot {
	return &Snapshot{
		ID: securityID(m, q.SecurityID), Seq: seq, At: at, Phase: q.Phase, Suspended: q.Suspended,
		PrevClose: q.PrevClose, Open: q.Open, High: q.High, Low: q.Low, Last: q.Last, Volume: q.Volume, Turnover: turnover,
		Bids: q.Bids, Offers: q.Offers,
	}
}

func newSecurity(m market.Market, l *frame.Listing) *Security {
	has := func(f frame.SecurityFlags) bool { return l.Flags&f != 0 }
	return &Security{
		ID: securityID(m, l.SecurityID), Date: calendar.Date(l.TradeDate), ListSize: int(l.ListSize), Name: l.Name,
		PrevClose: l.PrevClose, LimitUp: l.LimitUp, LimitDown: l.LimitDown, Lot: l.Lot, Tick: l.Tick,
		NoLimit: has(frame.FlagNoLimit), RiskWarning: has(frame.FlagRiskWarning), Suspended: has(frame.FlagSuspended),
		SameDay: has(frame.FlagSameDay), Delisting: has(frame.FlagDelisting), ExRight: has(frame.FlagExRight),
	}
}
