package clearing_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sancun/calendar"
	"sancun/gateway/clearing"
	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/market"
	"sancun/money"
	sim "sancun/sim/clearing"
	"sancun/wire/csdc"
)

const friday calendar.Date = 20230825

var broker = csdc.Participant{Shanghai: "00123", Shenzhen: "000456", PBU: "12345"}

// evening is a clearing house, the broker's gateway and the folder between them.
type evening struct {
	t       *testing.T
	house   *sim.House
	intake  *clearing.Intake
	inbox   string
	archive *faultfs.FS
	asked   []string
	deaf    bool // requests are heard, but nothing is sent
	mute    bool // nobody can be asked
}

// Resend is what the gateway calls.
func (e *evening) Resend(_ context.Context, _ calendar.Date, name string) error {
	e.asked = append(e.asked, name)
	if e.deaf {
		return nil
	}
	return e.house.Resend(name)
}

// at is a time of the Friday.
func at(hour, minute int) time.Time { return csdc.Date("20230825").At(hour, minute) }

func id(t *testing.T, text string) market.ID {
	t.Helper()
	id, err := market.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func trades(t *testing.T) []sim.Trade {
	t.Helper()
	side := func(pbu, account, no string) sim.Side {
		return sim.Side{PBU: pbu, Account: account, ClOrdID: no, Ordered: 500}
	}
	trade := func(security, exec string, price money.Price, buy, sell sim.Side) sim.Trade {
		return sim.Trade{Security: id(t, security), Exec: exec, Price: price, Quantity: 500, At: calendar.Clock(10, 0, 0), Buy: buy, Sell: sell}
	}
	return []sim.Trade{
		trade("600000.SH", "1", 71_200, side("12345", "A100000001", "1"), sim.Side{PBU: "99999"}),
		trade("600519.SH", "2", 18_200_000, side("12345", "A100000002", "2"), sim.Side{PBU: "99999"}),
		trade("600000.SH", "3", 71_300, sim.Side{PBU: "99999"}, side("12345", "A100000003", "3")),
		trade("000001.SZ", "4", 112_700, side("012345", "0100000001", "4"), sim.Side{PBU: "999999"}),
		trade("300750.SZ", "5", 2_366_000, side("012345", "0100000002", "5"), sim.Side{PBU: "999999"}),
		trade("000001.SZ", "6", 112_800, sim.Side{PBU: "999999"}, side("012345", "0100000003", "6")),
	}
}

// begin opens the Friday with trades and faults by command.
func begin(t *testing.T, traded []sim.Trade, faults ...sim.Injection) *evening {
	t.Helper()
	return beginSeeded(t, traded, sim.Faults{}, faults...)
}

func beginSeeded(t *testing.T, traded []sim.Trade, chance sim.Faults, faults ...sim.Injection) *evening {
	t.Helper()
	e := &evening{t: t, inbox: t.TempDir(), archive: faultfs.New()}
	account := func(no string, mk market.Market) sim.Account {
		return sim.Account{No: no, Market: mk, Currency: money.CNY, Purpose: sim.Client, Balance: 10_000_000_00}
	}
	held := []sim.Holding{
		{Unit: "12345", Account: "A100000003", Security: id(t, "600000.SH"), Quantity: 800}, {Unit: "12345", Account: "A100000004", Security: id(t, "600000.SH"), Quantity: 100},
		{Unit: "012345", Account: "0100000003", Security: id(t, "000001.SZ"), Quantity: 800}, {Unit: "012345", Account: "0100000004", Security: id(t, "000001.SZ"), Quantity: 100},
	}
	house, err := sim.New(sim.Config{
		Members: []sim.Member{
			{Name: "street", ShanghaiUnits: []string{"99999"}, ShenzhenUnits: []string{"999999"}},
			{Name: "broker", Participant: broker, ShanghaiUnits: []string{"12345"}, ShenzhenUnits: []string{"012345"},
				Accounts: []sim.Account{account("000000000000001231", market.Shanghai), account("B001000456", market.Shenzhen)}},
		},
		Receiver: 1, Holdings: held, Sink: sim.DirSink{Root: e.inbox}, Faults: chance,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		if err := house.Inject(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(house.Open(friday), house.Clear(slices.Values(traded))); err != nil {
		t.Fatal(err)
	}
	e.house = house
	e.restart()
	return e
}

// restart opens the gateway anew.
func (e *evening) restart() {
	e.t.Helper()
	if e.intake != nil {
		if err := e.intake.Close(); err != nil {
			e.t.Fatal(err)
		}
	}
	config := clearing.Config{Participant: broker, Inbox: os.DirFS(e.inbox), FS: e.archive, Archive: "archive", Requester: e}
	if e.mute {
		config.Requester = nil
	}
	intake, err := clearing.OpenIntake(config, friday)
	if err != nil {
		e.t.Fatal(err)
	}
	e.intake = intake
	e.t.Cleanup(func() {
		if e.intake == intake {
			if err := intake.Close(); err != nil {
				e.t.Error(err)
			}
		}
	})
}

// collect lets the house work until a time and looks into the inbox then.
func (e *evening) collect(hour, minute int) clearing.Status {
	e.t.Helper()
	if err := e.house.Release(calendar.Clock(int32(hour), int32(minute), 0)); err != nil {
		e.t.Fatal(err)
	}
	return e.look(hour, minute)
}

// look looks into the inbox without the house.
func (e *evening) look(hour, minute int) clearing.Status {
	e.t.Helper()
	s, err := e.intake.Collect(e.t.Context(), at(hour, minute))
	if err != nil {
		e.t.Fatal(err)
	}
	return s
}

func kinds(s clearing.Status) []csdc.FindingKind {
	var out []csdc.FindingKind
	for _, f := range s.Findings {
		out = append(out, f.Kind)
	}
	return out
}

func (e *evening) read(l csdc.Layout) []byte {
	e.t.Helper()
	f, err := e.intake.Open(l)
	if err != nil {
		e.t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		e.t.Fatal(err)
	}
	return raw
}

// A good evening: nothing is due, then all is there, and settlement reads what
// the house wrote; looking again and a restart change nothing.
func TestGoodEvening(t *testing.T) {
	e := begin(t, trades(t))
	s := e.collect(16, 0)
	if s.Complete || s.Accepted != nil || slices.ContainsFunc(s.Findings, func(f clearing.Finding) bool { return f.Kind != csdc.NotDue }) {
		t.Errorf("before the first file %+v", s)
	}
	if _, err := e.intake.Open(csdc.LayoutJsmx); !errors.Is(err, clearing.ErrNotAccepted) {
		t.Errorf("open before acceptance: %v", err)
	}
	if s = e.collect(18, 0); s.Complete || len(s.Files) != 10 || s.Files[0].Arrived.IsZero() {
		t.Errorf("without a control file %+v", s)
	}
	s = e.collect(19, 0)
	if !s.Complete || len(s.Findings) != 0 || s.Reporting.Missed || s.Reporting.Left != 0 || len(e.asked) != 0 {
		t.Fatalf("at 19:00 %+v", s)
	}
	for _, l := range csdc.Layouts() {
		want, err := os.ReadFile(filepath.Join(e.inbox, "20230825", l.FileName(broker, "20230825")))
		if err != nil || !bytes.Equal(e.read(l), want) {
			t.Errorf("%s differs from the inbox, %v", l, err)
		}
	}
	first := s.Accepted.Input
	e.restart()
	if set, ok := e.intake.Accepted(); !ok || set.Input != first || !set.At.Equal(at(19, 0)) || set.Files[0].Bytes == 0 {
		t.Errorf("after a restart %+v", set)
	}
	if s = e.look(20, 0); !s.Complete || s.Accepted.Input != first || len(e.intake.Sets()) != 1 || len(s.Files[0].Versions) != 1 {
		t.Errorf("after a restart %+v", s)
	}
}

// Without trades there is no trade file, and settlement is told so.
func TestNoTradeFile(t *testing.T) {
	e := begin(t, nil)
	if s := e.collect(19, 0); !s.Complete {
		t.Fatalf("findings %v", s.Findings)
	}
	if _, err := e.intake.Open(csdc.LayoutGH); !errors.Is(err, clearing.ErrNoData) {
		t.Errorf("trade file: %v", err)
	}
	if _, err := e.intake.Open(0); !errors.Is(err, clearing.ErrUnknown) {
		t.Errorf("no layout: %v", err)
	}
}

// Every fault of every file is found as the house's log says, asked for once, and
// cured by the answer; meanwhile nothing is accepted.
func TestEveryFaultIsFound(t *testing.T) {
	for _, l := range csdc.Layouts() {
		for _, fault := range []sim.Fault{sim.FaultTruncated, sim.FaultBadRecord, sim.FaultWrongTotal, sim.FaultMissing, sim.FaultLate} {
			e := begin(t, trades(t), sim.Injection{Fault: fault, Layout: l})
			e.deaf = true
			hour := 19
			if fault == sim.FaultLate {
				hour = 22
			}
			s := e.collect(hour, 0)
			log := e.house.Log()
			if len(log) != 1 || log[0].Void != "" {
				t.Fatalf("%s of %s: log %+v", fault, l, log)
			}
			stops := slices.ContainsFunc(s.Findings, func(f clearing.Finding) bool { return f.File == log[0].File && f.Kind == log[0].Find })
			// A trade file is late at 16:30 already; by 22:00 it has come.
			if late := fault == sim.FaultLate && l == csdc.LayoutGH; !stops && !late || (s.Complete || s.Accepted != nil) != late {
				t.Errorf("%s of %s: %v, complete %v", fault, l, s.Findings, s.Complete)
			}
			e.deaf = false
			e.look(hour, 1)
			once := len(e.asked)
			e.look(hour, 11)
			if s = e.look(hour, 12); !s.Complete {
				t.Errorf("%s of %s: after a re-send %v, asked %q", fault, l, s.Findings, e.asked)
			}
			if once > 2 { // late: the file and the control file behind it
				t.Errorf("%s of %s: asked for %q within a minute", fault, l, e.asked)
			}
		}
	}
}

// A file that comes behind its deadline is accepted, and said to be late; the
// deadlines of the day are kept apart.
func TestLate(t *testing.T) {
	e := begin(t, trades(t), sim.Injection{Fault: sim.FaultLate, Layout: csdc.LayoutSJSDZ})
	e.deaf = true
	if s := e.collect(21, 30); !s.Reporting.Missed || s.Reporting.Late != 30*time.Minute || s.Banks.Missed || s.Banks.Left != 90*time.Minute {
		t.Errorf("at 21:30 %+v, %+v", s.Reporting, s.Banks)
	}
	if s := e.collect(22, 0); !slices.Contains(kinds(s), csdc.Missing) {
		t.Errorf("at 22:00 %v", s.Findings)
	}
	e.collect(22, 15)
	s := e.collect(22, 30)
	if !s.Complete || !slices.Contains(kinds(s), csdc.Late) || s.Reporting.Late != 90*time.Minute || s.Banks.Missed {
		t.Errorf("at 22:30 %+v", s)
	}
	file := s.Files[slices.IndexFunc(s.Files, func(f clearing.FileStatus) bool { return f.Layout == csdc.LayoutSJSDZ })]
	if file.Late != 15*time.Minute || !file.Good || !file.Here {
		t.Errorf("file %+v", file)
	}
}

// A skipped day is found, and a new control file asked for.
func TestGap(t *testing.T) {
	e := begin(t, trades(t), sim.Injection{Fault: sim.FaultGap})
	if s := e.collect(19, 0); s.Accepted != nil || kinds(s)[0] != csdc.BrokenSequence || s.Asked[0].File != csdc.ControlName(broker, "20230825") {
		t.Errorf("at 19:00 %+v", s)
	}
	if s := e.look(19, 1); !s.Complete {
		t.Errorf("after a re-send %v", s.Findings)
	}
}

// A file that comes again unasked with other content replaces nothing until a
// person has looked; both versions are kept.
func TestTwice(t *testing.T) {
	e := begin(t, trades(t), sim.Injection{Fault: sim.FaultTwice, Layout: csdc.LayoutJsmx})
	s := e.collect(19, 0)
	if !s.Complete {
		t.Fatalf("first version %v", s.Findings)
	}
	first, short := s.Accepted.Input, e.read(csdc.LayoutJsmx)
	if s = e.collect(19, 20); s.Complete || len(s.Findings) != 1 || s.Findings[0].Kind != csdc.Replaced || s.Findings[0].File != e.house.Log()[0].File {
		t.Fatalf("second version %v", s.Findings)
	}
	if s.Accepted.Input != first || !bytes.Equal(e.read(csdc.LayoutJsmx), short) {
		t.Error("the accepted set has changed by itself")
	}
	e.restart()
	if s = e.look(19, 30); s.Complete || s.Pending == nil {
		t.Fatalf("after a restart %+v", s)
	}
	if err := e.intake.Adopt(first, at(19, 31)); !errors.Is(err, clearing.ErrUnknown) {
		t.Errorf("adopting what does not wait: %v", err)
	}
	if err := e.intake.Adopt(s.Pending.Input, at(19, 31)); err != nil {
		t.Fatal(err)
	}
	if s = e.look(19, 32); !s.Complete || s.Accepted.Input == first || len(e.read(csdc.LayoutJsmx)) <= len(short) {
		t.Errorf("adopted %+v", s)
	}
	sets := e.intake.Sets()
	old, err := e.intake.OpenIn(sets[0], csdc.LayoutJsmx)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(old)
	if err := errors.Join(err, old.Close()); err != nil || !bytes.Equal(raw, short) {
		t.Errorf("the first version is gone: %v", err)
	}
}

// Settlement that finds a difference asks; the answer is accepted without a
// person, because it was asked for.
func TestRequest(t *testing.T) {
	e := begin(t, trades(t), sim.Injection{Fault: sim.FaultAmount, Market: market.Shanghai})
	s := e.collect(19, 0)
	if !s.Complete {
		t.Fatalf("findings %v", s.Findings)
	}
	first := s.Accepted.Input
	if err := e.intake.Request(t.Context(), "readme", at(20, 0)); !errors.Is(err, clearing.ErrUnknown) {
		t.Errorf("request for a stranger: %v", err)
	}
	if err := e.intake.Request(t.Context(), e.house.Log()[0].File, at(20, 0)); err != nil {
		t.Fatal(err)
	}
	e.restart() // it remembers having asked
	if s = e.look(20, 1); !s.Complete || s.Accepted.Input == first || len(e.intake.Sets()) != 2 || !e.house.Log()[0].Corrected {
		t.Errorf("after the request %+v", s)
	}
}

// The house refuses, or nobody can be asked: the finding stays, with the reason.
func TestUnanswered(t *testing.T) {
	e := begin(t, trades(t), sim.Injection{Fault: sim.FaultMissing, Layout: csdc.LayoutZqbd})
	if err := e.house.Release(19 * calendar.Hour); err != nil {
		t.Fatal(err)
	}
	e.mute = true
	e.restart()
	if s := e.look(19, 0); s.Complete || len(s.Asked) != 0 || kinds(s)[0] != csdc.Missing {
		t.Errorf("nobody to ask: %+v", s)
	}
	if err := e.intake.Request(t.Context(), e.house.Log()[0].File, at(19, 0)); !errors.Is(err, clearing.ErrRequest) {
		t.Errorf("nobody to ask: %v", err)
	}
	e.mute = false
	e.restart()
	e.house = refusing(t)
	if s := e.look(19, 1); len(s.Asked) != 1 || !errors.Is(s.Asked[0].Err, clearing.ErrRequest) || !errors.Is(s.Asked[0].Err, sim.ErrOrder) {
		t.Errorf("refused: %+v", s.Asked)
	}
	since := e.intake.Status().Findings[0].Since
	if s := e.look(19, 5); len(s.Asked) != 0 || !s.Findings[0].Since.Equal(since) {
		t.Errorf("asked again too soon: %+v", s)
	}
	if s := e.look(19, 11); len(s.Asked) != 1 {
		t.Errorf("not asked again: %+v", s)
	}
}

// refusing is a house before its first file.
func refusing(t *testing.T) *sim.House {
	t.Helper()
	return begin(t, nil).house
}

// What nobody expects is found, and neither kept nor touched.
func TestStranger(t *testing.T) {
	e := begin(t, trades(t))
	e.collect(18, 0)
	stranger := filepath.Join(e.inbox, "20230825", "readme.txt")
	if err := os.WriteFile(stranger, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := e.collect(19, 0); s.Accepted != nil || len(s.Findings) != 1 || s.Findings[0].Kind != csdc.Extra {
		t.Errorf("with a stranger %v", s.Findings)
	}
	if err := os.Remove(stranger); err != nil {
		t.Fatal(err)
	}
	if s := e.look(19, 1); !s.Complete {
		t.Errorf("without %v", s.Findings)
	}
}

// An archived file that has changed is noticed when it is read to its end.
func TestDamagedArchive(t *testing.T) {
	e := begin(t, trades(t))
	s := e.collect(19, 0)
	if err := e.archive.FlipBit("archive/blobs/"+s.Accepted.Files[1].Hash.String(), 9_000); err != nil {
		t.Fatal(err)
	}
	f, err := e.intake.Open(csdc.LayoutJsmx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(f); !errors.Is(err, clearing.ErrArchive) {
		t.Errorf("read a changed file: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// The context ends the work.
func TestContext(t *testing.T) {
	e := begin(t, trades(t))
	if err := e.house.Release(19 * calendar.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.intake.Collect(ctx, at(19, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Days without files are refused.
func TestNoDay(t *testing.T) {
	config := clearing.Config{Participant: broker, Inbox: os.DirFS(t.TempDir()), FS: durable.OS{}, Archive: t.TempDir()}
	if _, err := clearing.OpenIntake(config, 20230826); !errors.Is(err, calendar.ErrNotTradingDay) {
		t.Errorf("a Saturday: %v", err)
	}
	if _, err := clearing.OpenIntake(config, 20990101); !errors.Is(err, calendar.ErrCoverage) {
		t.Errorf("another century: %v", err)
	}
	config.Participant.PBU = ""
	if _, err := clearing.OpenIntake(config, friday); !errors.Is(err, csdc.ErrFigure) {
		t.Errorf("no PBU: %v", err)
	}
	if _, err := clearing.OpenIntake(clearing.Config{}, friday); err == nil {
		t.Error("nothing configured")
	}
}

// Power fails at every step of an evening's end in turn: what was accepted stays
// so, byte for byte, and what was not is collected again.
func TestPowerFailure(t *testing.T) {
	base := begin(t, trades(t))
	base.collect(18, 0)
	if err := base.house.Release(19 * calendar.Hour); err != nil {
		t.Fatal(err)
	}
	if err := base.intake.Close(); err != nil {
		t.Fatal(err)
	}
	base.intake = nil
	whole := base.archive
	for step := 1; ; step++ {
		e := &evening{t: t, house: base.house, inbox: base.inbox, archive: whole.Fork()}
		e.restart()
		e.archive.Inject(faultfs.Fault{Nth: step, Halt: true})
		_, err := e.intake.Collect(t.Context(), at(19, 0))
		e.intake = nil // its handles are dead
		e.archive.Clear()
		e.archive.Crash(uint64(step))
		e.restart()
		before, accepted := e.intake.Accepted()
		s := e.look(19, 1)
		if !s.Complete || accepted && s.Accepted.Input != before.Input {
			t.Fatalf("failure at step %d: %+v", step, s)
		}
		for _, l := range csdc.Layouts() {
			e.read(l) // proves the bytes
		}
		if err == nil {
			if !accepted {
				t.Fatalf("Collect answered, and the acceptance is gone: step %d\n%v", step, e.archive.Names())
			}
			return
		}
	}
}

// A full disk is an error that goes away with room.
func TestFullDisk(t *testing.T) {
	e := begin(t, trades(t))
	if err := e.house.Release(19 * calendar.Hour); err != nil {
		t.Fatal(err)
	}
	e.archive.SetRoom(6_000)
	if _, err := e.intake.Collect(t.Context(), at(19, 0)); !durable.IsFull(err) {
		t.Fatalf("got %v", err)
	}
	e.archive.SetRoom(1 << 30)
	if s := e.look(19, 1); !s.Complete {
		t.Errorf("with room %v", s.Findings)
	}
}

// Whatever a seed brings, every injected fault of a file is found as the log says
// and the evening ends with an accepted day; looking in every five minutes.
func TestSeeds(t *testing.T) {
	happened := map[sim.Fault]bool{}
	for seed := range uint64(25) {
		rates := map[sim.Fault]int{}
		for f := sim.FaultLate; f <= sim.FaultGap; f++ {
			rates[f] = 60_000
		}
		e := beginSeeded(t, trades(t), sim.Faults{Seed: seed, Rates: rates})
		type finding struct {
			file string
			kind csdc.FindingKind
		}
		found := map[finding]bool{}
		var last clearing.Status
		for minute := 16 * 60; minute < 24*60; minute += 5 {
			last = e.collect(minute/60, minute%60)
			for _, f := range last.Findings {
				found[finding{f.File, f.Kind}] = true
			}
			if last.Pending != nil {
				if err := e.intake.Adopt(last.Pending.Input, last.Now); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !last.Complete {
			t.Errorf("seed %d ends with %v", seed, last.Findings)
		}
		for _, f := range e.house.Log() {
			if f.Void == "" && !found[finding{f.File, f.Find}] {
				t.Errorf("seed %d: %s of %s was not found as %s", seed, f.Fault, f.File, f.Find)
			}
			if f.Void == "" {
				happened[f.Fault] = true
			}
		}
	}
	if len(happened) != 7 {
		t.Errorf("the seeds bring only %v", happened)
	}
}
