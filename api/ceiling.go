package api

import (
	"context"
	"strings"

	"sancun/custody"
	"sancun/record"
	"sancun/risk"
)

// NewCeiling sets how much a participant, or one of its trading units, may buy on
// balance on one day.
type NewCeiling struct {
	Market string `json:"market" enum:"SH,SZ,BJ"`
	Unit   string `json:"unit,omitempty" pattern:"^[A-Z0-9]{1,6}$" doc:"Trading unit (PBU); none is all units of the market together"`
	Kind   string `json:"kind" enum:"highest,own" doc:"highest is the exchange's and the clearing house's, own is the house's lower one"`
	Amount int64  `json:"amount" minimum:"0" doc:"Minor units; 0 takes it away"`
	Warn   uint16 `json:"warn,omitempty" maximum:"1000" doc:"First threshold of warning, per mille of the ceiling"`
	Alarm  uint16 `json:"alarm,omitempty" maximum:"1000" doc:"Second threshold, per mille"`
	From   uint32 `json:"from" minimum:"19000101" maximum:"99991231" doc:"First business date it holds"`
	Source string `json:"source" minLength:"1" maxLength:"80" doc:"Letter, notice or ticket"`
}

// Ceiling is what a market or trading unit has bought on balance today, and how
// much it may.
type Ceiling struct {
	Market  string `json:"market"`
	Unit    string `json:"unit,omitempty"`
	Highest int64  `json:"highest,omitempty" doc:"Minor units, none when it is not limited"`
	Own     int64  `json:"own,omitempty" doc:"The house's own, none when there is none"`
	Binds   int64  `json:"binds,omitempty" doc:"The lower of both"`
	Open    int64  `json:"open" doc:"What buys that are not over may still take"`
	Bought  int64  `json:"bought"`
	Sold    int64  `json:"sold"`
	Net     int64  `json:"net" doc:"open + bought − sold"`
	Left    int64  `json:"left" doc:"What may still be bought; 0 when it is not limited"`
	Warned  uint8  `json:"warned" doc:"How many thresholds were reached today"`
}

// Ceilings are those of today, read from the machine.
type Ceilings struct {
	Fresh
	Date uint32    `json:"date"`
	Rows []Ceiling `json:"rows"`
}

var ceilingWords = []string{1: "highest", "own"}

func (a *API) mountCeilings() {
	hang(a, route{method: "GET", path: "/v1/ceilings", summary: "The front-end control of today: net buying and its ceilings", tag: "Orders"},
		func(ctx context.Context, _ *pass, _ *nothing) (Ceilings, error) {
			c := Ceilings{Rows: []Ceiling{}}
			err := a.config.Core.Look(ctx, func(m *custody.Machine) {
				c.Date = m.Today().Date
				nets, holds := m.NetBuys()
				for i := range nets {
					c.Rows = append(c.Rows, ceilingOf(&nets[i], &holds[i]))
				}
			})
			c.Fresh = a.now()
			return c, err
		})
}

func ceilingOf(n *risk.NetBuy, f *risk.InForce) Ceiling {
	c := Ceiling{
		Market: word(marketWords, n.Market), Unit: strings.TrimRight(string(n.Unit[:]), "\x00"), Highest: int64(f.Highest), Own: int64(f.Own), Binds: int64(f.Binds()),
		Open: int64(n.Open), Bought: int64(n.Bought), Sold: int64(n.Sold), Net: int64(n.Net()), Warned: n.Warned,
	}
	if c.Binds != 0 {
		c.Left = max(0, c.Binds-c.Net)
	}
	return c
}

func (n *NewCeiling) command() record.Command {
	c := &record.SetCeiling{
		Market: number(marketWords, n.Market), Of: number(ceilingWords, n.Kind), Amount: amount(n.Amount), Warn: [2]uint16{n.Warn, n.Alarm}, From: n.From, Source: n.Source,
	}
	copy(c.Unit[:], n.Unit)
	return c
}
