package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/exchange"
	"sancun/wire/frame"
)

func rulesOf(t testing.TB) func(calendar.Date) (*market.Day, error) {
	t.Helper()
	c, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	return market.Builtin(c).On
}

// quoteWorld is a world with quotes in lock-step from two sources.
type quoteWorld struct {
	*world
	q       *Quotes
	known   []Known
	static  []Static
	whole   []calendar.Date
	issues  []record.IssueData
	failing error // what is said to a whole list
	minutes []Bar
}

func newQuoteWorld(t testing.TB, m market.Market, sources int, change func(*sim.Config)) *quoteWorld {
	t.Helper()
	w := &quoteWorld{world: &world{t: t, m: m, cell: newCell()}}
	w.x = simOf(t, m, func(c *sim.Config) {
		c.Members = append(c.Members, sim.Member{CompID: "GWB", Password: "secret", PBUs: []string{"30001"}})
		if change != nil {
			change(c)
		}
	})
	w.g = w.gateway(w.cell)
	o := QuoteOptions{
		Market: m, Now: w.now, Submit: w.cell, Rules: rulesOf(t), LockStep: true,
		Known:  func(context.Context, market.Market) ([]Known, error) { return w.known, nil },
		Loaded: func(s Static) { w.static = append(w.static, s) },
		Whole: func(_ context.Context, date calendar.Date) error {
			w.whole = append(w.whole, date)
			return w.failing
		},
		Minute: func(b Bar) { w.minutes = append(w.minutes, b) },
		Issues: func(d calendar.Date) ([]record.IssueData, error) {
			if d != testDate {
				return nil, fmt.Errorf("nothing is known of %s", d)
			}
			return w.issues, nil
		},
	}
	for _, id := range []string{"GWA", "GWB"}[:sources] {
		o.Sources = append(o.Sources, Source{Dial: w.dialQuotes, Logon: Logon{CompID: id, Target: "EXCH", Password: "secret"}})
	}
	q, err := NewQuotes(o)
	if err != nil {
		t.Fatal(err)
	}
	w.q = q
	return w
}

func (w *quoteWorld) dialQuotes(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	return ours, w.x.AttachQuotes(theirs)
}

func (w *quoteWorld) close() { w.q.Close(); w.world.close() }

func (w *quoteWorld) drainQuotes() []string {
	w.t.Helper()
	w.cell.took = nil
	if err := w.q.Drain(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, c := range w.cell.took {
		switch c := c.(type) {
		case *record.LoadInstruments:
			out = append(out, fmt.Sprintf("load %d for %d", len(c.Rows), c.Date))
		case *record.LoadIssues:
			for _, r := range c.Rows {
				out = append(out, fmt.Sprintf("issue %s of %s at %s units of %d at most %d", market.ID(r.Code), market.ID(r.Security), r.Price, r.Unit, r.Max))
			}
		case *record.Quotes:
			for _, r := range c.Rows {
				out = append(out, fmt.Sprintf("%s status %d last %s bid %s ask %s close %s", market.ID(r.ID), r.Status, r.Last, r.Bid, r.Ask, r.Close))
			}
		}
	}
	return out
}

// trade makes the first security trade once at a price, through the gateway.
func (w *quoteWorld) trade(price money.Price) {
	w.t.Helper()
	code := codesOf(w.m)[0]
	w.place(w.order(code, sideSell, price, 100))
	w.place(w.order(code, sideBuy, price, 100))
	w.drain()
}

// A list that comes before its business date has opened is loaded when it opens, and
// whoever waits for a whole list is told then, and again if it could not listen.
func TestListBeforeTheDay(t *testing.T) {
	bothMarkets(t, func(t *testing.T, m market.Market) {
		w := newQuoteWorld(t, m, 2, nil)
		defer w.close()
		w.at(8, 30, 0)
		w.cell.shut = true
		w.q.DayOpened(20230824)
		for range 2 {
			if got := w.drainQuotes(); got != nil || w.whole != nil || w.q.Status().Refused != 1 {
				t.Fatalf("loaded before the day: %v, whole %v, %d refused", got, w.whole, w.q.Status().Refused)
			}
		}
		w.cell.shut = false
		w.q.DayOpened(20230825)
		w.failing = errors.New("cannot listen")
		if err := w.q.Drain(t.Context()); !errors.Is(err, w.failing) {
			t.Fatalf("the error of who was told: %v", err)
		}
		w.failing = nil
		w.drainQuotes()
		w.drainQuotes()
		if d := cmp.Diff([]calendar.Date{20230825, 20230825}, w.whole); d != "" || w.q.Status().Securities == 0 {
			t.Errorf("told of whole lists: %s", d)
		}
	})
}

// A list refused while its day opens is tried again.
func TestListWhileTheDayOpens(t *testing.T) {
	w := newQuoteWorld(t, market.Shanghai, 1, nil)
	defer w.close()
	w.at(8, 30, 0)
	w.cell.shut = true
	w.q.DayOpened(20230825) // told before the refusal is heard
	w.drainQuotes()
	w.cell.shut = false
	if got := w.drainQuotes(); len(got) != 1 {
		t.Errorf("loaded: %v", got)
	}
}

// A day of quotes: the list, prices when they change and not more often than the
// interval, closing prices, bars.
func TestQuotesOfADay(t *testing.T) {
	bothMarkets(t, func(t *testing.T, m market.Market) {
		w := newQuoteWorld(t, m, 1, nil)
		defer w.close()
		w.at(9, 10, 0)
		if d := cmp.Diff([]string{"load 4 for 20230825"}, w.drainQuotes()); d != "" {
			t.Fatal(d)
		}
		w.at(9, 30, 0)
		w.drain()
		w.at(9, 31, 0)
		w.settle()
		w.drainQuotes()
		w.trade(10 * yuan)
		w.advance(w.clock + 3*calendar.Second)
		id := codesOf(m)[0] + "." + m.String()
		want := []string{id + " status 1 last 10.0000 bid 0.0000 ask 0.0000 close 0.0000"}
		if d := cmp.Diff(want, w.drainQuotes()); d != "" {
			t.Fatal(d)
		}
		w.advance(w.clock + 3*calendar.Second)
		if got := w.drainQuotes(); got != nil {
			t.Fatalf("unchanged prices were submitted: %v", got)
		}
		w.at(9, 32, 30)
		w.trade(10*yuan + 200)
		w.at(9, 33, 30)
		w.drainQuotes()
		w.trade(10*yuan + 100)
		w.at(15, 31, 0)
		got := w.drainQuotes()
		if want := id + " status 1 last 10.0100 bid 0.0000 ask 0.0000 close 10.0100"; len(got) != 4 || got[0] != want {
			t.Fatalf("after the close: %v, want first %q of 4", got, want)
		}
		wantBars := []Bar{{Open: 10 * yuan, High: 10 * yuan, Low: 10 * yuan, Close: 10 * yuan, Volume: 100, Turnover: 1_000_00},
			{Open: 10*yuan + 200, High: 10*yuan + 200, Low: 10*yuan + 200, Close: 10*yuan + 200, Volume: 100, Turnover: 1_002_00},
			{Open: 10*yuan + 100, High: 10*yuan + 100, Low: 10*yuan + 100, Close: 10*yuan + 100, Volume: 100, Turnover: 1_001_00}}
		if len(w.minutes) != len(wantBars) {
			t.Fatalf("%d minute bars", len(w.minutes))
		}
		for i, b := range w.minutes {
			b.ID, b.Start = 0, time.Time{}
			if d := cmp.Diff(wantBars[i], b); d != "" {
				t.Errorf("minute %d: %s", i, d)
			}
		}
		parsed, _ := market.ParseID(id)
		if day, ok := w.q.DayBar(parsed); !ok || day.Volume != 300 || day.High != 10*yuan+200 || day.Low != 10*yuan || day.Close != 10*yuan+100 {
			t.Errorf("day bar %+v", day)
		}
		if snap, ok := w.q.Latest(parsed); !ok || snap.Phase != frame.PhaseEnd || snap.Volume != 300 {
			t.Errorf("latest %+v", snap)
		}
	})
}

// A cut connection is made again in the same step and the picture is whole.
func TestQuotesReconnect(t *testing.T) {
	w := newQuoteWorld(t, market.Shenzhen, 1, nil)
	defer w.close()
	w.at(9, 31, 0)
	w.settle()
	w.drainQuotes()
	w.trade(10 * yuan)
	if err := w.x.Control().Disconnect("GWA"); err != nil {
		t.Fatal(err)
	}
	w.advance(w.clock + 3*calendar.Second)
	if got := w.drainQuotes(); len(got) != 1 {
		t.Fatalf("after the cut: %v", got)
	}
	if s := w.q.Status(); s.Sources[0].State != SourceComplete || s.Sources[0].Connects != 2 || len(w.static) != 1 {
		t.Fatalf("status %+v, loaded %d times", s, len(w.static))
	}
}

// When the active source goes, the other takes over; when it comes back, it waits.
func TestSourcesTakeOver(t *testing.T) {
	w := newQuoteWorld(t, market.Shanghai, 2, nil)
	defer w.close()
	w.at(9, 31, 0)
	w.settle()
	w.drainQuotes()
	if s := w.q.Status(); s.Active != 0 {
		t.Fatalf("active %d", s.Active)
	}
	if err := w.x.Control().RefuseLogons("GWA", true); err != nil {
		t.Fatal(err)
	}
	if err := w.x.Control().Disconnect("GWA"); err != nil {
		t.Fatal(err)
	}
	w.advance(w.clock + 3*calendar.Second)
	w.drainQuotes()
	s := w.q.Status()
	if s.Active != 1 || s.Switches != 1 || s.Sources[0].State != SourceOffline || s.Sources[0].Detail == "" {
		t.Fatalf("status %+v", s)
	}
	if err := w.x.Control().RefuseLogons("GWA", false); err != nil {
		t.Fatal(err)
	}
	w.drainQuotes()
	if s := w.q.Status(); s.Active != 1 || s.Sources[0].State != SourceComplete {
		t.Fatalf("status %+v", s)
	}
}

// feedOf is a source with a list of the given codes, complete.
func feedOf(t testing.TB, q *Quotes, i int, ids ...market.ID) {
	t.Helper()
	q.sources[i].opened(q.o.Now())
	events := []event{{kind: evLogon}}
	for _, id := range ids {
		events = append(events, event{kind: evSecurity, security: &Security{ID: id, Date: testDate, ListSize: len(ids), PrevClose: 10 * yuan}})
	}
	if err := q.hear(i, events); err != nil {
		t.Fatal(err)
	}
}

func shot(id market.ID, seq uint64, last money.Price) event {
	return event{kind: evSnapshot, snapshot: &Snapshot{ID: id, Seq: seq, Last: last, High: last, Low: last, Open: last, Volume: money.Quantity(seq) * 100,
		At: time.UnixMilli(testDate.UnixMilli(calendar.Clock(10, 0, 0) + calendar.TimeOfDay(seq)*calendar.Second)), Phase: frame.PhaseContinuous}}
}

// A missing snapshot makes the other source active, with what it has shown.
func TestGapSwitchesSource(t *testing.T) {
	w := newQuoteWorld(t, market.Shenzhen, 2, nil)
	defer w.close()
	q := w.q
	id := market.ID(2_000_001)
	feedOf(t, q, 0, id)
	feedOf(t, q, 1, id)
	hear := func(i int, events ...event) {
		t.Helper()
		if err := q.hear(i, events); err != nil {
			t.Fatal(err)
		}
	}
	last := func() money.Price { s, _ := q.Latest(id); return s.Last }
	hear(0, shot(id, 1, 10*yuan), shot(id, 2, 11*yuan))
	hear(1, shot(id, 1, 10*yuan), shot(id, 2, 11*yuan), shot(id, 3, 12*yuan))
	if last() != 11*yuan {
		t.Fatalf("last %s, the standby must not show", last())
	}
	hear(0, shot(id, 4, 13*yuan))
	if s := q.Status(); s.Active != 1 || s.Sources[0].State != SourceGap || s.Sources[0].Gaps != 1 || s.Switches != 1 {
		t.Fatalf("status %+v", s)
	}
	if last() != 12*yuan {
		t.Fatalf("last %s after the switch", last())
	}
	hear(1, shot(id, 3, 9*yuan), shot(id, 4, 13*yuan))
	if last() != 12*yuan && last() != 13*yuan {
		t.Fatalf("last %s", last())
	}
	hear(1, shot(id, 6, 15*yuan)) // both have a gap now: go on with what there is
	if s := q.Status(); s.Active != 1 || s.Sources[1].State != SourceGap || last() != 15*yuan {
		t.Fatalf("status %+v, last %s", s, last())
	}
}

func TestSourceRefusesNonsense(t *testing.T) {
	now := time.Unix(0, 0)
	for name, events := range map[string][]event{
		"snapshot before the list": {{kind: evLogon}, shot(1, 1, yuan)},
		"line before the logon":    {{kind: evSecurity, security: &Security{ListSize: 2}}},
		"line after the list":      {{kind: evLogon}, {kind: evSecurity, security: &Security{ListSize: 1}}, {kind: evSecurity, security: &Security{ListSize: 1}}},
		"list too long":            {{kind: evLogon}, {kind: evSecurity, security: &Security{ListSize: listMax + 1}}},
		"two logons":               {{kind: evLogon}, {kind: evLogon}},
		"logout":                   {{kind: evLogon}, {kind: evLogout}},
	} {
		s := &source{}
		s.opened(now)
		var err error
		for i := range events {
			if err == nil {
				_, err = s.receive(&events[i], now)
			}
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Only loaded securities are submitted, at most RowsMax a command, at most once
// an interval of exchange time.
func TestReferences(t *testing.T) {
	r := newReferences(3*time.Second, 2)
	now := time.Unix(1000, 0)
	for i := range 5 {
		id := market.ID(2_000_001 + i)
		r.loaded[id] = i != 2
		r.add(&Snapshot{ID: id, At: now, Last: yuan, Phase: frame.PhaseContinuous})
	}
	if !r.due(time.Unix(0, 0)) {
		t.Fatal("exchange time counts, not ours")
	}
	got := r.take(now)
	if len(got) != 2 || len(got[0].(*record.Quotes).Rows) != 2 || got[1].(*record.Quotes).Rows[1].ID != 2_000_005 {
		t.Fatalf("got %+v", got)
	}
	r.add(&Snapshot{ID: 2_000_001, At: now.Add(2 * time.Second), Last: 2 * yuan, Phase: frame.PhaseContinuous})
	if r.due(now) {
		t.Fatal("due after two seconds of three")
	}
	r.add(&Snapshot{ID: 2_000_001, At: now.Add(2 * time.Second), Last: yuan, Phase: frame.PhaseContinuous})
	if r.due(now.Add(time.Hour)) && len(r.take(now)) != 0 {
		t.Fatal("a price that came back was submitted")
	}
}

func TestQuoteOf(t *testing.T) {
	s := Snapshot{ID: 2_000_001, PrevClose: 9 * yuan, Last: 10 * yuan}
	s.Bids[0].Price, s.Offers[0].Price = 9*yuan, 11*yuan
	for phase, want := range map[frame.Phase]record.QuoteData{
		frame.PhaseContinuous: {Status: 1, Last: 10 * yuan, Bid: 9 * yuan, Ask: 11 * yuan},
		frame.PhaseOpening:    {Status: 1, Last: 10 * yuan},
		frame.PhaseHalt:       {Status: 3, Last: 10 * yuan, Bid: 9 * yuan, Ask: 11 * yuan},
		frame.PhaseEnd:        {Status: 1, Last: 10 * yuan, Close: 10 * yuan},
		frame.PhaseAfterHours: {Status: 1, Last: 10 * yuan, Close: 10 * yuan},
	} {
		s.Phase, want.ID = phase, 2_000_001
		if got := quoteOf(&s); got != want {
			t.Errorf("phase %c: %+v, want %+v", phase, got, want)
		}
	}
	s.Phase, s.Last, s.Suspended = frame.PhaseEnd, 0, true
	if got := quoteOf(&s); got.Close != 9*yuan || got.Status != uint8(market.Suspended) {
		t.Errorf("suspended all day: %+v", got)
	}
}

// The list becomes rows that follow the board's rules where it agrees with them,
// and differences where people must look.
func TestBuildStatic(t *testing.T) {
	day, err := rulesOf(t)(testDate)
	if err != nil {
		t.Fatal(err)
	}
	id := func(text string) market.ID {
		v, err := market.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	plain := func(text string) Security {
		return Security{ID: id(text), Date: testDate, PrevClose: 10 * yuan, LimitUp: 11 * yuan, LimitDown: 9 * yuan, Lot: 100, Tick: 100}
	}
	star := plain("688001.SH")
	star.LimitUp, star.LimitDown, star.Lot = 12*yuan, 8*yuan, 200
	fresh := plain("600001.SH")
	fresh.NoLimit, fresh.LimitUp, fresh.LimitDown = true, 0, 0
	st := plain("600002.SH")
	st.RiskWarning, st.LimitUp, st.LimitDown, st.Suspended = true, 105_000, 95_000, true
	fund := plain("510300.SH")
	fund.Tick, fund.SameDay, fund.PrevClose, fund.LimitUp, fund.LimitDown = 10, true, yuan, 12_000, 8_000
	odd := plain("600003.SH")
	odd.LimitUp = 11*yuan + 700
	closed := plain("600004.SH")
	right := plain("600005.SH")
	right.ExRight = true
	strange := plain("999999.SH")
	list := []Security{plain("600000.SH"), star, fresh, st, fund, odd, closed, right, strange}
	was := func(text string, f func(*Known)) Known {
		k := Known{InstrumentData: record.InstrumentData{ID: uint32(id(text)), Standing: 1, Status: 1}, Date: 20230824, Close: 10 * yuan}
		if f != nil {
			f(&k)
		}
		return k
	}
	known := []Known{
		was("600000.SH", nil), was("688001.SH", nil), was("600002.SH", nil), was("510300.SH", func(k *Known) { k.Close = yuan; k.Flags = flagSameDay }),
		was("600003.SH", nil), was("600004.SH", func(k *Known) { k.Close = 12 * yuan }), was("600005.SH", func(k *Known) { k.Close = 12 * yuan }), was("600009.SH", nil),
	}
	s := BuildStatic(list, day, known, nil)
	var got []string
	for _, d := range s.Differences {
		got = append(got, fmt.Sprintf("%s %s", d.ID, d.Kind))
	}
	want := []string{
		"600001.SH added", "600002.SH standing-moved", "600002.SH status-moved", "600003.SH limits-differ",
		"600004.SH close-differs", "600005.SH ex-right", "999999.SH unclassified", "600009.SH removed",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	rows := map[market.ID]record.InstrumentData{}
	for _, r := range s.Rows {
		rows[market.ID(r.ID)] = r
	}
	if len(rows) != 8 {
		t.Errorf("%d rows", len(rows))
	}
	if r := rows[star.ID]; r.Lot != 0 || r.Tick != 0 || r.LimitRate != 0 || r.Board != uint8(market.STAR) {
		t.Errorf("star %+v", r)
	}
	if r := rows[fresh.ID]; r.Listed != uint32(testDate) || r.Flags != 0 {
		t.Errorf("new listing %+v", r)
	}
	if r := rows[st.ID]; r.Standing != uint8(market.RiskWarning) || r.Status != uint8(market.Suspended) {
		t.Errorf("st %+v", r)
	}
	if r := rows[fund.ID]; r.LimitRate != money.RateUnit/5 || r.Flags != flagSameDay || r.Tick != 0 {
		t.Errorf("fund of a 20%% board %+v", r)
	}
	held := Known{InstrumentData: rows[star.ID], Date: uint32(testDate)}
	if n := len(s.unloaded([]Known{held})); n != 7 {
		t.Errorf("%d rows to load after a restart, want 7", n)
	}
}

// A code of the calendar is loaded with the board of the security it will be, though
// it is no board's; what the list does not have is not open, and what the calendar
// does not know is said.
func TestBuildStaticIssues(t *testing.T) {
	day, err := rulesOf(t)(testDate)
	if err != nil {
		t.Fatal(err)
	}
	id := func(text string) market.ID {
		v, err := market.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	list := []Security{
		{ID: id("600000.SH"), Date: testDate, PrevClose: 10 * yuan, LimitUp: 11 * yuan, LimitDown: 9 * yuan, Lot: 100, Tick: 100},
		{ID: id("787999.SH"), Date: testDate, PrevClose: 45 * yuan, NoLimit: true, Lot: 500, Tick: 100},
		{ID: id("730999.SH"), Date: testDate, PrevClose: 12 * yuan, NoLimit: true, Lot: 500, Tick: 100},
	}
	calendarOf := func(calendar.Date) ([]record.IssueData, error) {
		return []record.IssueData{
			{Code: uint32(id("787999.SH")), Security: uint32(id("688999.SH")), Price: 45 * yuan, Unit: 500, Max: 7_000},
			{Code: uint32(id("730888.SH")), Security: uint32(id("603888.SH")), Price: 5 * yuan, Unit: 500, Max: 1_000},
			{Code: uint32(id("301999.SZ")), Security: uint32(id("301999.SZ")), Price: 8 * yuan, Unit: 500, Max: 9_500},
		}, nil
	}
	s := BuildStatic(list, day, nil, calendarOf)
	var got []string
	for _, d := range s.Differences {
		got = append(got, fmt.Sprintf("%s %s", d.ID, d.Kind))
	}
	for _, r := range s.Rows {
		got = append(got, fmt.Sprintf("row %s %s %s", market.ID(r.ID), market.Board(r.Board), r.PrevClose))
	}
	for _, i := range s.Issues {
		got = append(got, fmt.Sprintf("issue %s", market.ID(i.Code)))
	}
	want := []string{
		"600000.SH added", "787999.SH added", "730999.SH unclassified", "730888.SH issue-unlisted",
		"row 600000.SH main 10.0000", "row 787999.SH STAR 45.0000", "issue 787999.SH",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	s = BuildStatic(list[:1], day, nil, func(calendar.Date) ([]record.IssueData, error) { return nil, errors.New("no such file") })
	if len(s.Rows) != 1 || len(s.Issues) != 0 || len(s.Differences) != 2 || s.Differences[0].Kind != IssuesUnknown {
		t.Errorf("without a calendar: %+v", s)
	}
}

// The issues follow the list into the machine, those whose codes it has taken.
func TestIssuesAreLoaded(t *testing.T) {
	bothMarkets(t, func(t *testing.T, m market.Market) {
		w := newQuoteWorld(t, m, 1, nil)
		defer w.close()
		code := securityID(m, codesOf(m)[0])
		w.issues = []record.IssueData{
			{Code: uint32(code), Security: uint32(code), Price: 8 * yuan, Unit: 500, Max: 9_500},
			{Code: uint32(code) + 77, Security: uint32(code), Price: 8 * yuan, Unit: 500, Max: 9_500},
		}
		w.at(9, 0, 0)
		got := w.drainQuotes()
		want := fmt.Sprintf("issue %s of %s at 8.0000 units of 500 at most 9500", code, code)
		if len(got) != 2 || got[1] != want {
			t.Errorf("got %q, want the list and then %q", got, want)
		}
	})
}

func TestOurNumbersAreTheMachines(t *testing.T) {
	for name, pair := range map[string][2]int{
		"buy": {int(sideBuy), int(custody.Buy)}, "sell": {int(sideSell), int(custody.Sell)}, "subscribe": {int(sideSubscribe), int(custody.Subscribe)},
		"auction": {int(categoryAuction), int(custody.CategoryAuction)}, "after-hours": {int(categoryAfterHours), int(custody.CategoryAfterHours)},
		"non-trading": {int(categoryNonTrading), int(custody.CategoryNonTrading)},
		"same-day":    {int(flagSameDay), int(custody.FlagSameDay)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %d here and %d in the machine", name, pair[0], pair[1])
		}
	}
}
