package exchange

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/wire/frame"
	"sancun/wire/sse"
	"sancun/wire/step"
	"sancun/wire/szse"
)

// Every stream of Shanghai has one number, and every number one stream.
func TestPartitionNumbers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		unit, set := rapid.Uint32Range(0, sseUnitMax).Draw(r, "unit"), rapid.Uint32Range(0, sseSetMax).Draw(r, "set")
		p, ok := ssePartition(sseUnit(unit), set)
		pbu, back := sseStream(p)
		if !ok || pbu != sseUnit(unit) || back != set {
			r.Fatalf("%d/%d became %d, which is %s/%d", unit, set, p, pbu, back)
		}
	})
	if p, _ := ssePartition("20001", 6); p != 200_010_006 {
		t.Errorf("the numbers are in records: 20001/6 must stay 200010006, is %d", p)
	}
	for _, c := range []struct {
		pbu string
		set uint32
	}{{"2000", 1}, {"200001", 1}, {"2000A", 1}, {"+2001", 1}, {"", 1}, {"20001", sseSetMax + 1}} {
		if p, ok := ssePartition(c.pbu, c.set); ok {
			t.Errorf("%q/%d became %d", c.pbu, c.set, p)
		}
	}
}

func TestCancelID(t *testing.T) {
	order := clOrdID("0000000042")
	for attempt, want := range map[int]string{0: "C000000042", 1: "D000000042", 23: "Z000000042", 99: "Z000000042", -1: "C000000042"} {
		if got := CancelID(order, attempt).String(); got != want {
			t.Errorf("attempt %d: %s, want %s", attempt, got, want)
		}
	}
}

// What has no place in a format is refused with a reason, on every line.
func TestEncodersRefuse(t *testing.T) {
	good := Order{ClOrdID: clOrdID("0000000001"), Account: "A100000001", PBU: "20001", Branch: "8001", Security: 1_600_000, Side: sideBuy,
		Category: categoryAuction, Type: market.LimitOrder, Price: yuan, Quantity: 100, Time: time.Unix(1_692_927_060, 0)}
	for _, enc := range []encoder{&szseEncoder{}, &sseEncoder{}, stepEncoder{}} {
		good := good
		if enc == (stepEncoder{}) {
			good.Category, good.Type = categoryAfterHours, market.FixedOrder
		}
		for _, owner := range []Owner{0, Person, Institution, Proprietary} {
			o := good
			o.Owner = owner
			if o.Type == market.LimitOrder {
				o.Type = market.MarketOrder
			}
			if out, err := enc.send(nil, &entry{order: o}); err != nil || len(out) == 0 {
				t.Errorf("%T, owner %d: %v", enc, owner, err)
			}
		}
		for name, spoil := range map[string]func(*Order){
			"side":     func(o *Order) { o.Side = 4 },
			"owner":    func(o *Order) { o.Owner = 9 },
			"category": func(o *Order) { o.Category = 7 },
			"account":  func(o *Order) { o.Account = "12345678901234" },
			"quantity": func(o *Order) { o.Quantity = -1 },
			"price":    func(o *Order) { o.Price = -1 },
		} {
			o := good
			spoil(&o)
			if out, err := enc.send([]byte("kept"), &entry{order: o}); err == nil || string(out) != "kept" {
				t.Errorf("%T, %s: %q, %v", enc, name, out, err)
			}
		}
	}
}

// readySession is a session of Shenzhen that is ready to send, without a connection.
func readySession(t *testing.T, now time.Time) *session {
	t.Helper()
	c := newCell()
	o := &Options{Market: market.Shenzhen, Logon: Logon{CompID: "A"}, Now: time.Now, Submit: c, Positions: c, Dial: nowhere, LockStep: true}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	s := newSession(o)
	if err := s.opened(&szseEncoder{}, now); err != nil {
		t.Fatal(err)
	}
	for _, ev := range []event{{kind: evLogon}, {kind: evStreams, platform: 1, streams: []uint32{1, 2}}, {kind: evPlatform, platform: 1, state: platformOpen}} {
		if err := s.receive(&ev, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.positioned([]Cursor{{Partition: 1, Next: 5}}, now); err != nil {
		t.Fatal(err)
	}
	if err := s.tick(now.Add(ResendWait)); err != nil || s.state != Ready {
		t.Fatalf("%s, %v", s.state, err)
	}
	return s
}

func spot(id string) *entry {
	return &entry{order: Order{ClOrdID: clOrdID(id), Account: "0100000001", PBU: "20001", Security: 2_000_001, Side: sideBuy, Category: categoryAuction, Type: market.LimitOrder, Price: yuan, Quantity: 100}}
}

// A message that stays unanswered is given up after many synchronisations, or
// when its platform has closed; a report settles it even then.
func TestGivenUp(t *testing.T) {
	now := time.Unix(1_692_927_060, 0)
	s := readySession(t, now)
	now = now.Add(ResendWait)
	s.queue(spot("0000000001"))
	s.pump(now, 0)
	for range 4 * silencesMax {
		now = now.Add(AckTimeout)
		if err := s.tick(now); err != nil {
			t.Fatal(err)
		}
	}
	if s.stuck != 1 || s.onWire != 0 || s.count.Resent != silencesMax {
		t.Fatalf("stuck %d, on wire %d, %+v", s.stuck, s.onWire, s.count)
	}
	s.queue(spot("0000000002"))
	s.pump(now, 0)
	_ = s.receive(&event{kind: evPlatform, platform: 1, state: 3}, now)
	for range 4 {
		now = now.Add(AckTimeout)
		if err := s.tick(now); err != nil {
			t.Fatal(err)
		}
	}
	if s.stuck != 1 || s.onWire != 1 {
		t.Fatalf("at a break: stuck %d, on wire %d", s.stuck, s.onWire)
	}
	_ = s.receive(&event{kind: evPlatform, platform: 1, state: platformClosed}, now)
	for range 4 {
		now = now.Add(AckTimeout)
		_ = s.tick(now)
	}
	if s.stuck != 2 || s.onWire != 0 {
		t.Fatalf("closed: stuck %d, on wire %d", s.stuck, s.onWire)
	}
	for i, id := range []string{"0000000001", "0000000002"} {
		ev := event{kind: evReport, report: report{kind: reportAccepted, partition: 1, index: uint64(5 + i), message: clOrdID(id), order: clOrdID(id)}}
		if err := s.receive(&ev, now); err != nil {
			t.Fatal(err)
		}
	}
	if s.stuck != 0 || len(s.byID) != 0 || len(s.take()) != 2 {
		t.Fatalf("stuck %d, known %d", s.stuck, len(s.byID))
	}
}

// The lists of what is on the wire do not grow with what has been answered.
func TestSweep(t *testing.T) {
	now := time.Unix(1_692_927_060, 0)
	s := readySession(t, now)
	for i := range 3 * batchMax {
		e := spot("")
		e.order.ClOrdID = CancelID(clOrdID("0000000000"), 0)
		copy(e.order.ClOrdID[1:], []byte{byte('0' + i/10000), byte('0' + i/1000%10), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)})
		s.queue(e)
		s.pump(now, 0)
		s.out = s.out[:0]
		if i > 0 { // the first stays unanswered at the head
			s.settle(e.id())
		}
	}
	_ = s.tick(now)
	if len(s.unanswered) != 1 || s.onWire != 1 {
		t.Fatalf("%d listed, %d on the wire", len(s.unanswered), s.onWire)
	}
}

// A refusal outside the streams that was not yet submitted is forgotten with the
// connection, and its order goes out again.
func TestRefusalLostWithConnection(t *testing.T) {
	now := time.Unix(1_692_927_060, 0)
	s := readySession(t, now)
	s.queue(spot("0000000001"))
	s.pump(now, 0)
	ev := event{kind: evRefused, report: report{kind: reportRefused, message: clOrdID("0000000001"), order: clOrdID("0000000001"), reason: 7}}
	if err := s.receive(&ev, now); err != nil || len(s.inbox) != 1 {
		t.Fatal(err)
	}
	s.lost(now, errors.New("cut"))
	if s.pending() != 0 || s.waiting != 1 || s.onWire != 0 {
		t.Fatalf("pending %d, waiting %d", s.pending(), s.waiting)
	}
}

// The order of one step's reports does not depend on when they came.
func TestSortInbox(t *testing.T) {
	s := &session{}
	for _, at := range [][2]uint64{{2, 1}, {0, 0}, {1, 2}, {1, 1}, {2, 2}} {
		s.inbox = append(s.inbox, report{partition: uint32(at[0]), index: at[1]})
	}
	s.sortInbox()
	want := [][2]uint64{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {0, 0}}
	for i, r := range s.inbox {
		if [2]uint64{uint64(r.partition), r.index} != want[i] {
			t.Fatalf("place %d holds %d/%d", i, r.partition, r.index)
		}
	}
}

func TestReasonsFitTheRecord(t *testing.T) {
	s := &session{o: &Options{Market: market.Shanghai, Duplicates: []uint32{11270}}}
	for reason, want := range map[uint32]uint16{413: 413, 65_535: 65_535, 65_536: ReasonTooLarge} {
		r := report{kind: reportRefused, partition: 1, index: 1, order: clOrdID("0000000001"), reason: reason}
		if got := s.command(&r).(*record.OrderRefused).Reason; got != want {
			t.Errorf("reason %d became %d", reason, got)
		}
	}
	r := report{kind: reportRefused, partition: 1, index: 3, order: clOrdID("0000000001"), reason: 11270}
	if got, ok := s.command(&r).(*record.OrderReported); !ok || got.ClOrdID != (ClOrdID{}) || got.Index != 3 {
		t.Errorf("a numbered refusal as a duplicate became %+v", got)
	}
}

func TestBars(t *testing.T) {
	b := NewBars()
	at := func(minute, second int) time.Time { return time.Date(2023, 8, 25, 9, 30+minute, second, 0, time.UTC) }
	add := func(minute, second int, last, high, low money.Price, volume money.Quantity) (Bar, bool) {
		return b.Add(&Snapshot{ID: 1, At: at(minute, second), Open: 100, Last: last, High: high, Low: low, Volume: volume, Turnover: money.Amount(volume)})
	}
	if _, ok := b.Minute(1); ok {
		t.Error("a bar before the first snapshot")
	}
	add(0, 0, 0, 0, 0, 0)
	add(0, 3, 102, 105, 99, 10)
	add(0, 30, 101, 105, 99, 20)
	if bar, ok := add(0, 40, 50, 50, 50, 5); ok || bar.Volume != 0 {
		t.Error("a snapshot that goes back made a bar")
	}
	if bar, _ := b.Minute(1); bar != (Bar{ID: 1, Start: at(0, 0), Open: 100, High: 105, Low: 99, Close: 101, Volume: 20, Turnover: 20}) {
		t.Errorf("running minute %+v", bar)
	}
	done, ok := add(2, 1, 98, 105, 97, 50)
	if !ok || done.Volume != 20 || done.Start != at(0, 0) {
		t.Errorf("finished %+v", done)
	}
	if bar, _ := b.Minute(1); bar != (Bar{ID: 1, Start: at(2, 0), Open: 98, High: 98, Low: 97, Close: 98, Volume: 30, Turnover: 30}) {
		t.Errorf("third minute %+v", bar)
	}
	if bar, _ := b.Day(1); bar != (Bar{ID: 1, Start: at(0, 3), Open: 100, High: 105, Low: 97, Close: 98, Volume: 50, Turnover: 50}) {
		t.Errorf("day %+v", bar)
	}
}

// The minutes of a day add up to the day, whatever the snapshots.
func TestBarsAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := NewBars()
		var volume money.Quantity
		var sum money.Quantity
		clock := time.Unix(0, 0)
		high, low := money.Price(0), money.Price(1<<40)
		for range rapid.IntRange(1, 60).Draw(r, "snapshots") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 90).Draw(r, "pause")) * time.Second)
			if q := rapid.IntRange(0, 3).Draw(r, "volume"); q > 0 || volume > 0 {
				volume += money.Quantity(q)
				last := money.Price(rapid.IntRange(1, 9).Draw(r, "last"))
				high, low = max(high, last), min(low, last)
				bar, ok := b.Add(&Snapshot{ID: 1, At: clock, Open: 5, High: high, Low: low, Last: last, Volume: volume})
				if ok {
					sum += bar.Volume
					if bar.Low > bar.Close || bar.High < bar.Close || bar.Low > bar.Open || bar.High < bar.Open {
						r.Fatalf("bar %+v", bar)
					}
				}
			}
		}
		if bar, ok := b.Minute(1); ok {
			sum += bar.Volume
		}
		if sum != volume {
			r.Fatalf("minutes hold %d of %d", sum, volume)
		}
	})
}

// nowhere is the Dial of a session that is fed by hand.
func nowhere(context.Context) (net.Conn, error) { return nil, errors.New("no route") }

// fuzzSession feeds any bytes as an exchange would: whatever they are, the
// session answers with an error or goes on, and its counts stay whole.
func fuzzSession(f *testing.F, d dialect, seed ...[]byte) {
	for _, s := range seed {
		f.Add(s)
		f.Add(s[:len(s)-30])
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		c := newCell()
		o := &Options{Market: d.market, Format: d.format, Logon: Logon{CompID: "A"}, Now: time.Now, Submit: c, Positions: c, Dial: nowhere}
		if err := o.complete(); err != nil {
			t.Fatal(err)
		}
		now := time.UnixMilli(testDate.UnixMilli(d.trading()))
		s := newSession(o)
		if err := s.opened(d.encoder(), now); err != nil {
			t.Fatal(err)
		}
		e := spot("0000000001")
		if d.format == EzSTEP {
			e.order.Category = categoryAfterHours
		}
		s.queue(e)
		next := d.decoder(bytes.NewReader(input))
		for {
			ev, err := next()
			if err == nil {
				err = s.receive(&ev, now)
			}
			if err == nil && s.place {
				err = s.positioned(nil, now)
			}
			if err == nil {
				now = now.Add(ResendWait)
				err = s.tick(now)
				s.pump(now, 0)
			}
			if err != nil {
				break
			}
		}
		s.lost(now, nil)
		if s.waiting < 0 || s.onWire != 0 || s.stuck < 0 || s.waiting+s.stuck != len(s.byID) {
			t.Fatalf("waiting %d, on wire %d, stuck %d, known %d", s.waiting, s.onWire, s.stuck, len(s.byID))
		}
	})
}

func FuzzSessionShenzhen(f *testing.F) {
	fuzzSession(f, dialect{market: market.Shenzhen}, szseBytes(f, szse.Logon{}, szse.PlatformInfo{PlatformID: 1, PartitionNos: []int32{1}},
		szse.PlatformStateInfo{PlatformID: 1, PlatformState: szse.PlatformOpen}, szseConfirmation(1, "0000000001"), szseConfirmation(3, "0000000002"),
		szse.ReportFinished{PartitionNo: 1, ReportIndex: 2, PlatformID: 1},
		szse.BusinessReject{RefMsgType: szse.TypeCancel, BusinessRejectRefID: "0000000001"}, szse.Logout{}))
}

func FuzzSessionShanghai(f *testing.F) {
	fuzzSession(f, dialect{market: market.Shanghai}, sseBytes(f, sse.Logon{}, sse.PlatformState{State: sse.StateOpen},
		sse.ExecRptInfo{Pbus: []string{"20001"}, SetIDs: []uint32{1}}, sse.ExecRptSyncRsp{Streams: []sse.StreamAnswer{{Pbu: "20001", SetID: 1, EndReportIndex: 2}}},
		sseConfirmation(1, "0000000001"), sse.OrderReject{BizID: sse.BizAuction, ClOrdID: "0000000001"},
		sse.ExecRptEndOfStream{Pbu: "20001", SetID: 1, EndReportIndex: 2}, sse.ExecRptSyncRsp{}))
}

func FuzzSessionEzSTEP(f *testing.F) {
	fuzzSession(f, dialect{market.Shanghai, EzSTEP}, stepBytes(f, &step.Open{User: "A", Date: frame.Date(testDate)}, &step.End{Next: 1, Last: 2},
		stepAnswered(1, "0000000001"), &step.Refuse{Reff: "0000000001", PBU: "20001", Remark: step.CodeDuplicate}, &step.Beat{}, &step.End{Last: 5},
		stepAnswered(3, "0000000002"), &step.Close{Text: "good night"}))
}
