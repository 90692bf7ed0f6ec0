package exchange

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sancun/calendar"
	"sancun/money"
	"sancun/wire/sse"
	"sancun/wire/step"
	"sancun/wire/szse"
)

// numbered finds a report's stream and index in a line of either format.
var numbered = regexp.MustCompile(`^((?:\d{5} )?\d+)/(\d+) |^(?:reqresp|execreport)\|(\d+)\|`)

// ledgerOf keeps what a careful member has of each stream.
type ledgerOf map[string][]string

// note enters a line if it is a report and says whether there is a gap before it.
func (l ledgerOf) note(t *testing.T, line string) (gap bool) {
	t.Helper()
	m := numbered.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	index, _ := strconv.Atoi(m[2] + m[3])
	have := l[m[1]]
	switch {
	case index == len(have)+1:
		l[m[1]] = append(have, line)
	case index > len(have)+1:
		return true
	case have[index-1] != line:
		t.Fatalf("report told two ways: %q and %q", have[index-1], line)
	}
	return false
}

// ask synchronises every stream from where the ledger ends.
func (l ledgerOf) ask(p *peer) any {
	if p.market == Shenzhen {
		var m szse.ReportSynchronization
		for _, part := range p.x.partitions {
			m.Partitions = append(m.Partitions, szse.PartitionIndex{PartitionNo: part.no, ReportIndex: int64(len(l[fmt.Sprint(part.no)]) + 1)})
		}
		return m
	}
	if p.line == lineEzSTEP {
		return &step.From{Next: uint64(len(l[""]) + 1)}
	}
	var m sse.ExecRptSync
	for _, unit := range []string{"20001", "20002"} {
		for _, no := range shanghaiSets {
			m.Streams = append(m.Streams, sse.StreamIndex{Pbu: unit, SetID: uint32(no), BeginReportIndex: uint64(len(l[fmt.Sprintf("%s %d", unit, no)]) + 1)})
		}
	}
	return m
}

// faulty is a day under many faults, as one careful member lives it. It returns
// the member's ledger and the trades.
func faulty(t *testing.T, market Market, line lineKind) (ledgerOf, []Trade, Totals) {
	t.Helper()
	x := exchangeOf(t, market, func(c *Config) {
		c.Faults = Faults{Seed: 7, Delay: 30_000, Late: 20_000, Silent: 30_000, Twice: 40_000, Lose: 40_000,
			DropBefore: 20_000, DropAfter: 20_000, Refuse: 20_000, Halt: 5_000}
		c.Street = &StreetConfig{Seed: 3}
		for _, code := range []string{"000001", "000002", "000003"} {
			c.Street.Bars = append(c.Street.Bars, Bar{MakeCode(code), 10_0000, 10_5000, 9_7000, 10_2000, 1_000_000})
		}
	})
	ledger := ledgerOf{}
	var p *peer
	logOn := func() {
		p = connectBy(t, x, line)
		p.send(p.newLogon("GWA", "secret"))
		p.send(ledger.ask(p))
	}
	logOn()
	chance, clock := draw(11), calendar.Clock(9, 15, 0)
	if line == lineEzSTEP {
		clock = calendar.Clock(14, 0, 0)
	}
	if err := x.Control().Advance(context.Background(), clock); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		clock += calendar.TimeOfDay(chance.below(int64(40 * calendar.Second)))
		if err := x.Control().Advance(context.Background(), clock); err != nil {
			t.Fatal(err)
		}
		unit, code := []string{"20001", "20002"}[chance.below(2)], []string{"000001", "000002", "000003"}[chance.below(3)]
		if i%5 == 4 {
			p.send(p.newCancel(unit, fmt.Sprintf("C%d", i), code, fmt.Sprintf("A%d", i-1-int(chance.below(3)))))
		} else {
			p.send(p.newOrder(unit, fmt.Sprintf("A%d", i), code, Side(1+chance.below(2)),
				money.Price(960+chance.below(100))*100, 100*money.Quantity(1+chance.below(20)), BusinessAuction))
		}
		gap := false
		for _, line := range p.take() {
			gap = ledger.note(t, line) || gap
		}
		switch {
		case len(x.Control().Sessions()) == 0: // cut off
			p.close()
			logOn()
		case gap:
			p.send(ledger.ask(p))
		}
	}
	if clock < calendar.Clock(15, 30, 0) {
		at(t, x, 15, 30, 0)
	}
	p.send(ledger.ask(p))
	for _, line := range p.take() {
		ledger.note(t, line)
	}
	p.close()
	return ledger, slices.Collect(x.Control().Trades(0)), x.Control().Totals()
}

// Whatever the faults, a member that synchronises from what it has ends the day
// with every report, equal to what a replay of the whole day gives; and the same
// day again gives the same reports and trades (E5).
func TestNothingIsLostUnderFaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		market   Market
		line     lineKind
		finished int
	}{{"shenzhen", Shenzhen, lineTrade, 6}, {"shanghai", Shanghai, lineTrade, 16}, {"ezstep", Shanghai, lineEzSTEP, 0}} {
		t.Run(c.name, func(t *testing.T) {
			first, trades, totals := faulty(t, c.market, c.line)
			finished := 0
			for stream, lines := range first {
				switch {
				case strings.HasSuffix(lines[len(lines)-1], " finished"):
					finished++
				case c.finished != 0:
					t.Errorf("stream %s ends with %q", stream, lines[len(lines)-1])
				}
			}
			if finished != c.finished {
				t.Errorf("%d streams finished, want %d", finished, c.finished)
			}
			for f := FaultDelay; f < FaultHalt; f++ {
				if totals.Faults[f] == 0 {
					t.Errorf("no message suffered %s", f)
				}
			}
			second, again, _ := faulty(t, c.market, c.line)
			if fmt.Sprint(first) != fmt.Sprint(second) || fmt.Sprint(trades) != fmt.Sprint(again) {
				t.Error("the same day gave other reports or trades")
			}
			if len(trades) == 0 {
				t.Error("no trades")
			}
		})
	}
}

// A message that decodes wrongly, is of no known type or comes from the wrong
// side is refused with its reason, and the session goes on.
func TestGarbledIsRefused(t *testing.T) {
	x := exchangeOf(t, Shenzhen, nil)
	at(t, x, 9, 30, 0)
	p := connect(t, x, false)
	defer p.close()
	p.send(p.newLogon("GWA", "secret"))
	p.send(p.newSync(1))
	p.take()
	good, err := szse.AppendFrame(nil, p.newOrder("20001", "A1", "000001", Buy, 100_000, 100, BusinessAuction).(szse.NewOrder))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte){
		"side":     func(b []byte) { b[szse.HeaderLen+77] = 'X' },
		"type":     func(b []byte) { binary.BigEndian.PutUint32(b, 100_501) },
		"business": func(b []byte) { copy(b[szse.HeaderLen:], "999") },
	} {
		bad := slices.Clone(good)
		change(bad)
		var sum byte
		for _, c := range bad[:len(bad)-szse.TrailerLen] {
			sum += c
		}
		binary.BigEndian.PutUint32(bad[len(bad)-szse.TrailerLen:], uint32(sum))
		p.write(bad)
		lines := p.take()
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "refused") || !strings.Contains(lines[0], "A1 code 30024") {
			t.Errorf("%s: %q", name, lines)
		}
	}
	p.write(good)
	if lines := p.take(); len(lines) != 1 || !strings.Contains(lines[0], "new A1") {
		t.Errorf("the good one after them: %q", lines)
	}
}

// The exchange sends heartbeats when it has nothing else to say and drops a
// member after two silent intervals.
func TestHeartbeats(t *testing.T) {
	ticks := make(chan time.Time)
	x := exchangeOf(t, Shanghai, func(c *Config) {
		c.Ticks = func(interval time.Duration) (<-chan time.Time, func()) {
			if interval != 30*time.Second {
				t.Errorf("interval %s", interval)
			}
			return ticks, func() {}
		}
	})
	p := connect(t, x, false)
	defer p.close()
	p.send(p.newLogon("GWA", ""))
	p.take()
	x.mu.Lock()
	s := x.sessions[0]
	x.mu.Unlock()
	s.beat() // the logon was heard and answered
	p.send(sse.Heartbeat{})
	p.settle()
	s.beat()
	if lines := p.take(); len(lines) != 1 || lines[0] != "Heartbeat{}" {
		t.Errorf("an idle interval: %q", lines)
	}
	s.beat()             // the first silent interval
	ticks <- time.Time{} // the second
	p.gone.Wait()        // dropped
	if s := x.Control().Sessions(); len(s) != 0 {
		t.Errorf("sessions %+v", s)
	}
}

// Serve takes connections on real sockets and ends with Close.
func TestServe(t *testing.T) {
	x := exchangeOf(t, Shenzhen, nil)
	trade, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	quote, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- x.Serve(trade, quote, nil) }()
	for _, l := range []net.Listener{trade, quote} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		frame, err := szse.AppendFrame(nil, szse.Logon{SenderCompID: "GWA", TargetCompID: "SZSE", Password: "secret", DefaultApplVerID: "1.32"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		f, err := szse.NewReader(conn).Next()
		if err != nil || f.Type != szse.TypeLogon {
			t.Errorf("answer %v, %v", f.Type, err)
		}
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := x.Attach(nil); err != ErrClosed {
		t.Errorf("attach after close: %v", err)
	}
}

// Advance gives up when its context ends before a member has read, and the
// exchange goes on.
func TestAdvanceGivesUp(t *testing.T) {
	x := exchangeOf(t, Shenzhen, nil)
	member, exchange := net.Pipe()
	defer member.Close()
	if err := x.Attach(exchange); err != nil {
		t.Fatal(err)
	}
	frame, _ := szse.AppendFrame(nil, szse.Logon{SenderCompID: "GWA", Password: "secret"})
	if _, err := member.Write(frame); err != nil { // and never read the answer
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for len(x.Control().Sessions()) == 0 { // the logon is handled when the session is listed
		if err := x.Control().Drain(ctx); err == nil {
			t.Fatal("nothing to write before the logon")
		}
	}
	if err := x.Control().Advance(ctx, calendar.Clock(9, 15, 0)); err == nil {
		t.Error("advanced although nobody reads")
	}
}

// Follow advances to the clock at every tick, never back, and ends with the ticks.
func TestFollow(t *testing.T) {
	x := exchangeOf(t, Shenzhen, nil)
	ticks := make(chan time.Time, 3)
	clocks := []calendar.TimeOfDay{calendar.Clock(9, 15, 0), calendar.Clock(9, 14, 0), calendar.Clock(9, 31, 0)}
	for range clocks {
		ticks <- time.Time{}
	}
	close(ticks)
	err := x.Control().Follow(context.Background(), ticks, func() calendar.TimeOfDay {
		now := clocks[0]
		clocks = clocks[1:]
		return now
	})
	if now, phase := x.Control().Now(); err != nil || now != calendar.Clock(9, 31, 0) || phase != calendar.MorningTrading {
		t.Errorf("%v at %s in %s", err, now, phase)
	}
}
