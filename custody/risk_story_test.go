package custody

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/money"
	"sancun/record"
	"sancun/risk"
)

// The stories in testdata/risk tell of rules, the list and reviews, in the manner
// of those of orders, whose lines they may use too. Commands follow one another
// within ten milliseconds, so that several fall into one second.

type riskStory struct{ *orderStory }

// beat is how far apart two commands of a run are.
const beat = 500_000_000

func TestRiskStories(t *testing.T) {
	seen, noted := map[record.Code]bool{}, map[record.Code]bool{}
	datadriven.Walk(t, "testdata/risk", func(t *testing.T, path string) {
		s := &riskStory{&orderStory{&transferStory{run: newRun(t), seen: seen}, map[uint64]uint64{}}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				cmd, args, err := datadriven.ParseLine(line)
				if err != nil || d.Cmd != "do" {
					t.Fatalf("%s: %s: %v", d.Pos, line, err)
				}
				if cmd != "" {
					fmt.Fprintf(&out, "%s\n", s.hear(cmd, wordsOf(args), noted))
					s.checkIdentity()
					s.checkUnits()
					s.checkOrderHolds()
				}
			}
			return out.String()
		})
	})
	for _, code := range record.Codes() {
		if code >= 800 && code < 900 && !seen[code] && code != record.RiskReviewed && code != record.NearCeiling {
			t.Errorf("no story is refused with %d %s", code, code)
		}
		if code >= record.RiskPerSecond && code <= record.NearCeiling && !noted[code] {
			t.Errorf("no story has an order with %d %s", code, code)
		}
	}
}

// hear carries one line out.
func (s *riskStory) hear(cmd string, w words, noted map[record.Code]bool) string {
	rules := map[string]risk.Rule{
		"per-second": risk.PerSecond, "per-day": risk.PerDay, "single": risk.SingleAmount, "daily": risk.DailyAmount,
		"deviation": risk.Deviation, "concentration": risk.Concentration, "early": risk.Early, "late": risk.Late,
	}
	outcomes := map[string]risk.Outcome{"warn": risk.Warn, "hold": risk.Hold, "refuse": risk.Refuse}
	subjects := map[string]uint8{"client": risk.ListedClient, "security": risk.ListedSecurity}
	staff := record.CallerOf(record.CallerStaff, 9)
	number := w.number("number", 1)
	if w["subject"] == "security" {
		number = uint64(w.security())
	}
	why := w.text("why", "ticket 5")
	if w.has("silent") {
		why = ""
	}
	var c record.Command
	switch cmd {
	case "rule":
		c = &record.SetRiskRule{
			Rule: uint8(rules[w["of"]]), Outcome: uint8(outcomes[w["then"]]), From: uint32(w.number("from", uint64(s.live.today().Date))),
			Limit: int64(w.number("limit", 0)), Source: why,
		}
	case "list":
		c = &record.List{Subject: subjects[w["subject"]], Number: number, Outcome: uint8(outcomes[w["then"]]), Side: uint8(w.number("side", 0)), Reason: why}
	case "unlist":
		c = &record.Unlist{Subject: subjects[w["subject"]], Number: number, Reason: why}
	case "review":
		c = &record.ReviewOrder{Order: w.number("order", 0), Approve: uint8(w.number("approve", 1)), Reason: why}
	case "ceiling":
		of := map[string]uint8{"highest": risk.CeilingHighest, "own": risk.CeilingOwn}
		k := &record.SetCeiling{
			Market: uint8(w.number("market", 1)), Of: of[w.text("kind", "highest")], Amount: w.amount("amount"),
			Warn: [2]uint16{uint16(w.number("warn", 0)), uint16(w.number("alarm", 0))}, From: uint32(w.number("from", uint64(s.live.today().Date))), Source: why,
		}
		copy(k.Unit[:], w.text("unit", ""))
		c = k
	case "net":
		return s.showNet()
	case "watch":
		row, _ := s.live.fund(w.number("fund", 1001))
		v := s.live.watch(row)
		return fmt.Sprintf("watch: %d orders, %d cancels, amount %s, %d warned, %d held, last %s", v.Orders, v.Cancels, v.Amount, v.Warned, v.Held, record.Code(v.LastCode))
	case "risk":
		o, ok := s.live.OrderBy(w.number("order", s.live.today().Orders)) // the last when none is named
		if !ok {
			return "risk: none"
		}
		noted[record.Code(o.Risk)], noted[record.Code(o.Reason)] = true, true
		return fmt.Sprintf("risk: order %d is %s, %s, review %s, reason %s, holds %d", o.ID, map[uint8]string{
			OrderNew: "new", OrderHeld: "held", OrderRefused: "refused", OrderCancelled: "cancelled", OrderExpired: "expired", OrderFilled: "filled",
		}[o.State], record.Code(o.Risk), [...]string{"none", "waiting", "passed", "refused"}[o.Review], record.Code(o.Reason), o.Held)
	case "pause":
		s.now += 1_000_000_000
		return "pause: ok"
	}
	s.now -= beat - 10_000_000
	if c == nil {
		return s.tell(cmd, w)
	}
	a := s.do(w.caller(staff), c)
	s.seen[record.Code(a.Code)] = true
	if a.Code != 0 {
		return fmt.Sprintf("%s: %d %s", cmd, a.Code, record.Code(a.Code))
	}
	if a.Ref != 0 {
		return cmd + ": accepted " + strconv.FormatUint(a.Ref, 10)
	}
	return cmd + ": accepted"
}

// showNet tells what every scope with a ceiling comes to.
func (s *riskStory) showNet() string {
	all, ceilings := s.live.NetBuys()
	text := "net:"
	for i, n := range all {
		text += fmt.Sprintf(" %d/%s open %s bought %s sold %s of %s, %d warned;", n.Market, bytes.TrimRight(n.Unit[:], "\x00"), n.Open, n.Bought, n.Sold, ceilings[i].Binds(), n.Warned)
	}
	return text
}

// What is built in comes with a date: the exchanges' figures refuse from the day
// their rules are in force, and what the house sets goes before them.
func TestRiskRulesOfADate(t *testing.T) {
	m := newMachine()
	for _, test := range []struct {
		date   uint32
		figure int64
		want   risk.Outcome
	}{
		{20230825, 299, risk.Pass}, {20230825, 300, risk.Warn}, {20250704, 300, risk.Warn}, {20250707, 299, risk.Pass}, {20250707, 300, risk.Refuse}, {20200101, 300, risk.Pass},
	} {
		l := risk.On(test.date, m.settings)
		if got := l.Judge(risk.PerSecond, test.figure); got != test.want {
			t.Errorf("on %d, %d a second: %d, want %d", test.date, test.figure, got, test.want)
		}
	}
	m.settings.Append(risk.Setting{Rule: risk.PerSecond, Outcome: risk.Refuse, From: 20230901, Limit: 50})
	m.settings.Append(risk.Setting{Rule: risk.PerSecond, Outcome: risk.Refuse, From: 20230828, Limit: 80})
	for date, want := range map[uint32]int64{20230825: 0, 20230828: 80, 20230831: 80, 20230901: 50, 20260105: 50} {
		l := risk.On(date, m.settings)
		if got := l.Limit(risk.PerSecond, risk.Refuse); got != want {
			t.Errorf("on %d the house refuses at %d, want %d", date, got, want)
		}
	}
	for _, b := range risk.Builtin() {
		if b.Source == "" || !risk.Valid(b.Rule, b.Outcome, b.Limit) {
			t.Errorf("built in: %+v", b)
		}
	}
}

// proportion is exact below its ceiling and never falls with its part.
func TestProportion(t *testing.T) {
	for _, test := range []struct{ part, whole, want int64 }{
		{0, 5, 0}, {-1, 5, 0}, {1, 2, int64(money.RateUnit) / 2}, {1, 3, 333_333_333}, {5, 5, int64(money.RateUnit)},
		{5, 0, 1<<63 - 1}, {5, -7, 1<<63 - 1}, {1<<63 - 1, 1, 1<<63 - 1}, {1<<63 - 1, 1<<63 - 1, int64(money.RateUnit)},
	} {
		if got := proportion(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d: %d, want %d", test.part, test.whole, got, test.want)
		}
	}
}
