package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/calendar"
	"sancun/money"
)

// TestStories plays the trading rules as text. Each file in testdata/story
// begins with what it shows; -rewrite writes the outcome found.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/story", func(t *testing.T, path string) {
		var s story
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			for line := range strings.Lines(d.Input) {
				s.line(t, d.Cmd, strings.Fields(line))
			}
			if d.Cmd == "day" {
				s.start(t, d)
			}
			return s.out.String()
		})
	})
}

type story struct {
	v          *Venue
	securities []Security
	bars       []Bar
	out        strings.Builder
}

// line reads one line of input: a security of a day, or an act.
func (s *story) line(t *testing.T, cmd string, f []string) {
	t.Helper()
	if len(f) == 0 {
		return
	}
	if cmd == "day" {
		s.security(t, f)
		return
	}
	if !s.act(t, f) {
		t.Fatalf("unknown act %v", f)
	}
	for _, ev := range s.v.Events() {
		s.event(ev)
	}
}

func (s *story) security(t *testing.T, f []string) {
	t.Helper()
	sec := Security{
		Code: MakeCode(f[0]), Tick: 100, BuyMinimum: 100, Step: 100, OrderMaximum: 1_000_000, FixedMaximum: 1_000_000,
	}
	var bar Bar
	for _, arg := range f[1:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "prev":
			sec.PreviousClose = priceOf(t, value)
		case "up":
			sec.LimitUp = priceOf(t, value)
		case "down":
			sec.LimitDown = priceOf(t, value)
		case "cage":
			sec.Cage = cageOf(10)
		case "star":
			sec.BuyMinimum, sec.Step, sec.OrderMaximum = 200, 1, 100_000
			sec.Cage = cageOf(1)
		case "afterhours":
			sec.AfterHours = true
		case "issue":
			sec.Issue = true
		case "volatile":
			sec.Volatility = Volatility{
				Moves: [2]money.Rate{3_000 * money.BasisPoint, 6_000 * money.BasisPoint}, For: 10 * calendar.Minute, Until: calendar.Clock(14, 57, 0),
			}
		case "suspended":
			sec.Suspended = true
		case "bar":
			p := strings.Split(value, "/")
			bar = Bar{sec.Code, priceOf(t, p[0]), priceOf(t, p[1]), priceOf(t, p[2]), priceOf(t, p[3]), 1_000_000}
		default:
			t.Fatalf("unknown word %s", arg)
		}
	}
	s.securities = append(s.securities, sec)
	if bar.Open != 0 {
		s.bars = append(s.bars, bar)
	}
}

func (s *story) start(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	market := Shenzhen
	if d.HasArg("shanghai") {
		market = Shanghai
	}
	var err error
	s.v, err = NewVenue(VenueConfig{Market: market, Securities: s.securities, PBUs: []string{"A", "B"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.bars != nil {
		if err := s.v.AddStreet(StreetConfig{Seed: 1, Bars: s.bars}); err != nil {
			t.Fatal(err)
		}
	}
	s.securities, s.bars = nil, nil
}

// act does one line: "at TIME", "UNIT buy|sell ID CODE PRICE|best QTY [words]",
// "UNIT cancel ID CODE ORIGINAL [afterhours]", "halt|resume CODE", "book|prints CODE", "trades".
func (s *story) act(t *testing.T, f []string) bool {
	t.Helper()
	switch f[0] {
	case "at":
		clock, err := calendar.ParseTimeOfDay(f[1])
		if err == nil {
			err = s.v.Advance(clock)
		}
		if err != nil {
			t.Fatal(err)
		}
	case "halt":
		if err := s.v.Halt(MakeCode(f[1])); err != nil {
			fmt.Fprintln(&s.out, err)
		}
	case "resume":
		if err := s.v.Resume(MakeCode(f[1])); err != nil {
			fmt.Fprintln(&s.out, err)
		}
	case "book":
		s.book(f[1])
	case "prints":
		b := s.v.book(MakeCode(f[1]))
		p := b.prints
		fmt.Fprintf(&s.out, "open %s high %s low %s last %s close %s volume %d amount %s\n",
			p.open, p.high, p.low, p.last, p.close, p.volume, p.amount)
	case "snapshot":
		snap, _ := s.v.Snapshot(MakeCode(f[1]))
		fmt.Fprintf(&s.out, "%s halted=%t bids %v asks %v\n", snap.Phase, snap.Halted, snap.Bids[:2], snap.Asks[:2])
	case "trades":
		for tr := range s.v.Trades(0) {
			fmt.Fprintf(&s.out, "%d %s %d at %s %s: buy %s sell %s\n", tr.Number, tr.Code, tr.Quantity, tr.Price, tr.At,
				partyText(tr.Buy), partyText(tr.Sell))
		}
	case "subscriptions":
		for sub := range s.v.Subscriptions() {
			fmt.Fprintf(&s.out, "%s %s %d at %s\n", sub.Ticket.ClOrdID, sub.Code, sub.Quantity, sub.Price)
		}
	default:
		return s.order(t, f)
	}
	return true
}

// cageOf is the cage of two per cent, at least some ticks of a fen wide.
func cageOf(ticks money.Price) Cage {
	return func(s Side, reference money.Price) (money.Price, bool) {
		width, err := reference.AtRate(200 * money.BasisPoint)
		if s == Buy {
			return max((reference + width).RoundToTick(100), reference+100*ticks), err == nil
		}
		return min((reference - width).RoundToTick(100), reference-100*ticks), err == nil
	}
}

func partyText(p Party) string {
	if p.Street {
		return "street"
	}
	return p.PBU + "/" + p.Ticket.ClOrdID.String()
}

func (s *story) order(t *testing.T, f []string) bool {
	t.Helper()
	unit, ok := s.v.PBU(f[0])
	if !ok {
		return false
	}
	ticket := Ticket{ClOrdID: MakeClOrdID(f[2])}
	if f[1] == "cancel" {
		c := CancelRequest{PBU: unit, Business: BusinessAuction, Code: MakeCode(f[3]), Original: MakeClOrdID(f[4]), Ticket: ticket}
		if len(f) > 5 {
			c.Business = BusinessAfterHours
		}
		s.v.Cancel(&c)
		return true
	}
	o := Order{PBU: unit, Business: BusinessAuction, Code: MakeCode(f[3]), Side: Buy, Type: TypeLimit, Ticket: ticket}
	if f[1] == "sell" {
		o.Side = Sell
	}
	switch f[4] {
	case "best":
		o.Type = TypeOwnBest
	case "market":
		o.Type = TypeMarketCancel
	default:
		o.Price = priceOf(t, f[4])
	}
	q, err := strconv.ParseInt(f[5], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	o.Quantity = money.Quantity(q)
	for _, word := range f[6:] {
		switch word {
		case "afterhours":
			o.Business = BusinessAfterHours
		case "issue":
			o.Business = BusinessIssue
		default:
			t.Fatalf("unknown word %s", word)
		}
	}
	s.v.Submit(&o)
	return true
}

func (s *story) event(ev Event) {
	who := func(no OrderNo) string {
		if no == noOrder {
			return "?"
		}
		e := s.v.entry(no)
		return s.v.pbus[e.pbu] + "/" + s.v.tickets[e.ticket].ClOrdID.String()
	}
	fmt.Fprintf(&s.out, "  %s %s", who(ev.Order), ev.Kind)
	switch ev.Kind {
	case EventFilled:
		fmt.Fprintf(&s.out, " %d at %s, filled %d, leaves %d", ev.Quantity, ev.Price, ev.Filled, ev.Leaves)
	case EventCancelled:
		fmt.Fprintf(&s.out, " %d by %s, filled %d", ev.Quantity, who(ev.Request), ev.Filled)
	case EventRejected, EventCancelRejected:
		fmt.Fprintf(&s.out, ": %s", ev.Reason)
	}
	fmt.Fprintln(&s.out)
}

// book prints the ladders, best prices in the middle.
func (s *story) book(code string) {
	b := s.v.book(MakeCode(code))
	asks, bids := b.side(Sell), b.side(Buy)
	for i := range asks.levels {
		fmt.Fprintf(&s.out, "  sell %s %s\n", asks.price(&asks.levels[i]), s.queue(&asks.levels[i]))
	}
	for i := len(bids.levels) - 1; i >= 0; i-- {
		fmt.Fprintf(&s.out, "  buy  %s %s\n", bids.price(&bids.levels[i]), s.queue(&bids.levels[i]))
	}
}

func (s *story) queue(lv *level) string {
	parts := []string{fmt.Sprint(lv.quantity)}
	for no := lv.head; no != noOrder; no = s.v.entry(no).next {
		e := s.v.entry(no)
		if e.pbu == streetPBU {
			parts = append(parts, "street")
			continue
		}
		parts = append(parts, s.v.tickets[e.ticket].ClOrdID.String())
	}
	return strings.Join(parts, " ")
}

func priceOf(t *testing.T, text string) money.Price {
	t.Helper()
	p, err := money.ParsePrice(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
