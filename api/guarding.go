package api

import (
	"context"
	"fmt"
	"strings"

	"sancun/approval"
	"sancun/custody"
	"sancun/market"
	"sancun/record"
	"sancun/risk"
)

// Guard says how many people an act needs.
type Guard struct {
	Act    string `json:"act" doc:"Such as change-identity"`
	Need   string `json:"need" doc:"alone, people (two when a person asks) or everyone"`
	Above  int64  `json:"above,omitempty" doc:"Only for greater amounts, minor units"`
	Fixed  bool   `json:"fixed" doc:"The house may not loosen it"`
	Source string `json:"source" doc:"Of what is built in"`
}

// Guards are what holds today of every act that can be guarded.
type Guards struct {
	Date uint32  `json:"date"`
	Acts []Guard `json:"acts"`
}

// NewGuard sets how many people an act needs from a date on.
type NewGuard struct {
	Act    string `json:"act" minLength:"1" maxLength:"40" doc:"As GET /v1/guards names it"`
	Need   string `json:"need" enum:"alone,people,everyone"`
	Above  int64  `json:"above,omitempty" minimum:"0" doc:"Only for greater amounts, minor units"`
	From   uint32 `json:"from" minimum:"19000101" maximum:"99991231" doc:"First business date it holds"`
	Source string `json:"source" minLength:"1" maxLength:"80" doc:"Rule or ticket"`
}

// RiskRule sets a limit of a rule on orders.
type RiskRule struct {
	Rule    string `json:"rule" enum:"per-second,per-day,single-amount,daily-amount,deviation,concentration,early,late"`
	Outcome string `json:"outcome" enum:"warn,hold,refuse" doc:"What an order meets that reaches the limit"`
	Limit   int64  `json:"limit" minimum:"0" doc:"In the rule's unit, see docs/flows/risk.md; 0 takes it away"`
	From    uint32 `json:"from" minimum:"19000101" maximum:"99991231" doc:"First business date it holds"`
	Source  string `json:"source" minLength:"1" maxLength:"80"`
}

// Listing puts a client or a security on the house's list, or takes it off.
type Listing struct {
	Client     uint64 `json:"client,omitempty" maximum:"999999999999"`
	Instrument string `json:"instrument,omitempty" pattern:"^[0-9]{6}\\.(SH|SZ|BJ)$" doc:"A listing names a client or a security"`
	Outcome    string `json:"outcome,omitempty" enum:"warn,hold,refuse" doc:"Of its orders; none takes it off the list"`
	Side       string `json:"side,omitempty" enum:"buy,sell" doc:"none is all orders"`
	Reason     string `json:"reason" minLength:"1" maxLength:"64"`
}

var (
	needWords   = []string{1: "alone", "people", "everyone"}
	ruleWords   = []string{1: "per-second", "per-day", "single-amount", "daily-amount", "deviation", "concentration", "early", "late"}
	judgedWords = []string{0: "pass", "warn", "hold", "refuse"}
)

func (a *API) mountGuards() {
	hang(a, route{method: "GET", path: "/v1/guards", summary: "Which acts need a second person today", tag: "Approvals"},
		func(ctx context.Context, _ *pass, _ *nothing) (Guards, error) {
			var all Guards
			err := a.config.Core.Look(ctx, func(m *custody.Machine) {
				all.Date = m.Today().Date
				today := m.Guards()
				for _, b := range approval.BuiltinGuards() {
					need, above := today.Holds(b.Act)
					all.Acts = append(all.Acts, Guard{kindName(b.Act), word(needWords, uint8(need)), int64(above), b.Fixed, b.Source})
				}
			})
			return all, err
		})
}

// ruleActs lists the acts given that set rules for others.
func (n *NewProposal) ruleActs() (all []record.Command) {
	if c := n.Guard; c != nil {
		all = append(all, &record.SetGuard{Act: guardedKind(c.Act), Need: number(needWords, c.Need), Above: amount(c.Above), From: c.From, Source: c.Source})
	}
	if c := n.Rule; c != nil {
		all = append(all, &record.SetRiskRule{Rule: number(ruleWords, c.Rule), Outcome: number(judgedWords, c.Outcome), Limit: c.Limit, From: c.From, Source: c.Source})
	}
	if c := n.Ceiling; c != nil {
		all = append(all, c.command())
	}
	if c := n.Listing; c != nil && c.Client != 0 {
		all = append(all, c.command(risk.ListedClient, c.Client))
	}
	if c := n.Listing; c != nil && c.Instrument != "" {
		id, _ := market.ParseID(c.Instrument) // the pattern has let it pass
		all = append(all, c.command(risk.ListedSecurity, uint64(id)))
	}
	return all
}

// guardedKind finds the kind of an act by its name; 0, which the machine refuses,
// for a name that no act has.
func guardedKind(name string) record.Kind {
	for _, b := range approval.BuiltinGuards() {
		if kindName(b.Act) == name {
			return b.Act
		}
	}
	return 0
}

func (l *Listing) command(subject uint8, of uint64) record.Command {
	if l.Outcome == "" {
		return &record.Unlist{Subject: subject, Number: of, Reason: l.Reason}
	}
	return &record.List{Subject: subject, Number: of, Outcome: number(judgedWords, l.Outcome), Side: number(sideWords, l.Side), Reason: l.Reason}
}

// DualControl writes the table of built-in guards for docs/security/dual-control.md.
func DualControl() string {
	var b strings.Builder
	b.WriteString("| act | need | fixed | above |\n|---|---|---|---|\n")
	for _, g := range approval.BuiltinGuards() {
		fixed, above := "", ""
		if g.Fixed {
			fixed = "yes"
		}
		if g.Above > 0 {
			above = g.Above.String() + " yuan"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", kindName(g.Act), word(needWords, uint8(g.Need)), fixed, above)
	}
	return b.String()
}
