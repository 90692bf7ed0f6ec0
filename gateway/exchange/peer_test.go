package exchange

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sancun/market"
	"sancun/wire/frame"
	"sancun/wire/sse"
	"sancun/wire/step"
	"sancun/wire/szse"
)

// peer is one kind of connection as its exchange speaks it, byte for byte.
type peer struct {
	dialect
	stream string // as our records number it
	hello  func(t testing.TB) []byte
	beat   func(t testing.TB) []byte
	// synced answers a synchronisation where the format does so.
	synced func(t testing.TB, next, last uint64) []byte
	report func(t testing.TB, index uint64, id string) []byte
	// elsewhere is a report of a stream that was not asked for, or nothing.
	elsewhere func(t testing.TB) []byte
	bye       func(t testing.TB) []byte
	refuse    func(t testing.TB, id string) []byte
	unknown   []byte // a message of no known type; empty where there can be none
	// spoilt are the ways in which the bytes of two reports can be broken in the
	// first, so that the stream is of no more use, and what is said of each.
	spoilt map[string]func(b []byte) []byte
	// reads returns what the next message of ours is: 'o' an opening, 's' a
	// synchronisation from an index, 'b' a sign of life, 0 anything else.
	reads func(conn net.Conn) func() (kind byte, next uint64, err error)
}

func szseBytes(t testing.TB, messages ...szse.Message) (out []byte) {
	t.Helper()
	for _, m := range messages {
		var err error
		if out, err = szse.AppendFrame(out, m); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func sseBytes(t testing.TB, messages ...sse.Message) (out []byte) {
	t.Helper()
	for i, m := range messages {
		var err error
		if out, err = sse.AppendFrame(out, uint64(i+1), m); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func stepBytes(t testing.TB, lines ...step.Line) (out []byte) {
	t.Helper()
	for _, l := range lines {
		var err error
		if out, err = step.AppendLine(out, l); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func szseConfirmation(index int64, id string) szse.Confirm {
	return szse.Confirm{
		ReportHead: szse.ReportHead{PartitionNo: 1, ReportIndex: index, ApplID: szse.ApplSpot, OwnerType: szse.OwnerPerson},
		ClOrdID:    id, OrderID: "X" + id, ExecType: szse.ExecNew, OrdStatus: szse.StatusNew, Side: szse.SideBuy, OrdType: szse.OrdLimit,
		Spot: szse.SpotTerms{TimeInForce: szse.ForceDay}, CashMargin: szse.CashOrdinary,
	}
}

func sseConfirmation(index uint64, id string) sse.Confirm {
	return sse.Confirm{
		ReportHead: sse.ReportHead{Pbu: "20001", SetID: 1, ReportIndex: index, BizID: sse.BizAuction}, ExecType: sse.ExecNew, ClOrdID: id,
		Side: sse.SideBuy, OrdType: sse.OrdLimit, TimeInForce: sse.ForceDay, OrdStatus: sse.StatusNew,
	}
}

func stepAnswered(number uint64, id string) *step.Answer {
	at := step.StampAt(frame.Date(testDate), 150600)
	return &step.Answer{
		Number: number, ReqNum: 1, Reff: id, PBU: "20001", Time: at, Status: step.StatusTaken, LocalRespNum: 1,
		Reply: &step.Response{OrderID: "X" + id, Status: step.Accepted, SecurityID: "688001", ClOrdID: id, TransactTime: at},
	}
}

func szsePeer() peer {
	p := peer{dialect: dialect{market: market.Shenzhen}, stream: "1", unknown: []byte{0, 0, 3, 0xe7, 0, 0, 0, 0, 0, 0, 0, 0xea}}
	p.hello = func(t testing.TB) []byte {
		return szseBytes(t, szse.Logon{}, szse.PlatformInfo{PlatformID: 1, PartitionNos: []int32{1}}, szse.PlatformStateInfo{PlatformID: 1, PlatformState: szse.PlatformOpen})
	}
	p.beat = func(t testing.TB) []byte { return szseBytes(t, szse.Heartbeat{}) }
	p.synced = func(testing.TB, uint64, uint64) []byte { return nil }
	p.report = func(t testing.TB, index uint64, id string) []byte {
		return szseBytes(t, szseConfirmation(int64(index), id))
	}
	p.elsewhere = func(t testing.TB) []byte {
		m := szseConfirmation(1, "0000000001")
		m.PartitionNo = 9
		return szseBytes(t, m)
	}
	p.bye = func(t testing.TB) []byte { return szseBytes(t, szse.Logout{Text: "good night"}) }
	p.refuse = func(t testing.TB, id string) []byte {
		return szseBytes(t, szse.BusinessReject{RefMsgType: szse.TypeNewOrderSpot, BusinessRejectRefID: id})
	}
	p.spoilt = map[string]func([]byte) []byte{
		"checksum":       func(b []byte) []byte { b[len(b)-1]++; return b },
		"length, long":   func(b []byte) []byte { b[7]++; return b },
		"length, short":  func(b []byte) []byte { b[7]--; return b },
		"length, absurd": func(b []byte) []byte { b[4] = 0xff; return b },
		"unknown code":   func(b []byte) []byte { return resealed(b, szse.TrailerLen, szse.HeaderLen+12, "999") },
	}
	p.reads = func(conn net.Conn) func() (byte, uint64, error) {
		r := szse.NewReader(conn)
		return func() (byte, uint64, error) {
			f, err := r.Next()
			if err != nil {
				return 0, 0, err
			}
			return map[szse.MsgType]byte{szse.TypeLogon: 'o', szse.TypeReportSynchronization: 's', szse.TypeHeartbeat: 'b'}[f.Type], 0, nil
		}
	}
	return p
}

// resealed writes text into a frame and gives it the checksum of its new bytes.
func resealed(b []byte, trailer, at int, text string) []byte {
	copy(b[at:], text)
	var sum byte
	for _, c := range b[:len(b)-trailer] {
		sum += c
	}
	b[len(b)-1] = sum
	return b
}

func ssePeer() peer {
	p := peer{dialect: dialect{market: market.Shanghai}, stream: "200010001"}
	p.hello = func(t testing.TB) []byte {
		return sseBytes(t, sse.Logon{}, sse.PlatformState{State: sse.StateOpen}, sse.ExecRptInfo{Pbus: []string{"20001"}, SetIDs: []uint32{1}})
	}
	p.beat = func(t testing.TB) []byte { return sseBytes(t, sse.Heartbeat{}) }
	p.synced = func(t testing.TB, next, last uint64) []byte {
		return sseBytes(t, sse.ExecRptSyncRsp{Streams: []sse.StreamAnswer{{Pbu: "20001", SetID: 1, BeginReportIndex: next, EndReportIndex: last}}})
	}
	p.report = func(t testing.TB, index uint64, id string) []byte { return sseBytes(t, sseConfirmation(index, id)) }
	p.elsewhere = func(t testing.TB) []byte {
		m := sseConfirmation(1, "0000000001")
		m.SetID = 9
		return sseBytes(t, m)
	}
	p.bye = func(t testing.TB) []byte { return sseBytes(t, sse.Logout{Text: "good night"}) }
	p.refuse = func(t testing.TB, id string) []byte {
		return sseBytes(t, sse.OrderReject{BizID: sse.BizAuction, ClOrdID: id})
	}
	strange, err := sse.AppendFrame(nil, 1, sse.Heartbeat{})
	if err != nil {
		panic(err)
	}
	p.unknown = resealed(strange, 4, 0, "\x00\x00\x03\xe7")
	p.spoilt = map[string]func([]byte) []byte{
		"checksum":       func(b []byte) []byte { b[len(b)-1]++; return b },
		"length, long":   func(b []byte) []byte { b[sse.HeaderLen-1]++; return b },
		"length, short":  func(b []byte) []byte { b[sse.HeaderLen-1]--; return b },
		"length, absurd": func(b []byte) []byte { b[sse.HeaderLen-4] = 0xff; return b },
		"unknown code":   func(b []byte) []byte { return resealed(b, 4, sse.HeaderLen+20, "\x00\x00\x03\xe7") },
	}
	p.reads = func(conn net.Conn) func() (byte, uint64, error) {
		r := sse.NewReader(conn)
		return func() (byte, uint64, error) {
			f, err := r.Next()
			if err != nil {
				return 0, 0, err
			}
			kind := map[sse.MsgType]byte{sse.TypeLogon: 'o', sse.TypeExecRptSync: 's', sse.TypeHeartbeat: 'b'}[f.Type]
			if m, err := f.Decode(); err == nil && kind == 's' {
				return kind, m.(sse.ExecRptSync).Streams[0].BeginReportIndex, nil
			}
			return kind, 0, nil
		}
	}
	return p
}

func stepPeer() peer {
	p := peer{dialect: dialect{market.Shanghai, EzSTEP}, stream: "1000000000"}
	p.hello = func(t testing.TB) []byte {
		return stepBytes(t, &step.Open{User: "GWA", Date: frame.Date(testDate), Beat: 30})
	}
	p.beat = func(t testing.TB) []byte { return stepBytes(t, &step.Beat{}) }
	p.synced = func(t testing.TB, next, last uint64) []byte { return stepBytes(t, &step.End{Next: next, Last: last}) }
	p.report = func(t testing.TB, index uint64, id string) []byte { return stepBytes(t, stepAnswered(index, id)) }
	p.bye = func(t testing.TB) []byte { return stepBytes(t, &step.Close{Text: "good night"}) }
	p.refuse = func(t testing.TB, id string) []byte {
		return stepBytes(t, &step.Refuse{Reff: id, PBU: "20001", Remark: step.CodeNotTradingTime})
	}
	replace := func(old, text string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(text), 1) }
	}
	p.spoilt = map[string]func([]byte) []byte{
		"length, long":   replace("|9=1", "|9=2"),
		"length, short":  replace("|9=1", "|9=0"),
		"length, absurd": replace("|9=", "|9=99"),
		"unknown code":   replace("150=0", "150=7"),
		"unknown kind":   replace("reqresp", "request"),
		"no end":         func(b []byte) []byte { return bytes.Repeat([]byte("x"), 5_000) },
	}
	p.reads = func(conn net.Conn) func() (byte, uint64, error) {
		r := step.NewReader(conn)
		return func() (byte, uint64, error) {
			s, err := r.Next()
			if err != nil {
				return 0, 0, err
			}
			switch l, _ := step.ParseLine(s); l := l.(type) {
			case *step.Open:
				return 'o', 0, nil
			case *step.From:
				if l.Next == 0 {
					return 'b', 0, nil
				}
				return 's', l.Next, nil
			}
			return 0, 0, nil
		}
	}
	return p
}

func everyPeer(t *testing.T, f func(t *testing.T, p peer)) {
	for name, p := range map[string]peer{"SZ": szsePeer(), "SH": ssePeer(), "EzSTEP": stepPeer()} {
		t.Run(name, func(t *testing.T) { f(t, p) })
	}
}

// script is an exchange of bytes: it answers a logon and the first
// synchronisation of each connection with what the test gives for it.
type script struct {
	peer
	last     uint64 // the end of the stream that it names
	answers  [][]byte
	connects int
}

func (s *script) dial(t testing.TB) Dial {
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		answer := s.answers[min(s.connects, len(s.answers)-1)]
		s.connects++
		go func() {
			defer theirs.Close()
			next := s.reads(theirs)
			for {
				kind, from, err := next()
				if err != nil {
					return
				}
				var out []byte
				switch kind {
				case 'o':
					out = s.hello(t)
				case 's':
					out, answer = append(s.synced(t, from, s.last), answer...), nil
				case 'b':
					out = s.beat(t)
				}
				if _, err := theirs.Write(out); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
}

// play runs a gateway against a script for twenty seconds.
func (p peer) play(t *testing.T, last uint64, answers ...[]byte) (Status, []string, int) {
	t.Helper()
	s := &script{peer: p, last: last, answers: answers}
	c := newCell()
	var status Status
	synctest.Test(t, func(t *testing.T) {
		start, base := time.Now(), time.UnixMilli(testDate.UnixMilli(p.trading()))
		now := func() time.Time { return base.Add(time.Since(start)) }
		g, err := New(Options{Market: p.market, Format: p.format, Logon: Logon{CompID: "GWA"}, Now: now, Submit: c, Positions: c, Dial: s.dial(t)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		pass(20 * time.Second)
		status = g.Status()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return status, c.lines(), s.connects
}

// Bytes that cannot be a message end the connection, and nothing of them is
// believed; the next connection asks from where the machine stands, so that
// nothing is lost.
func TestSpoiltBytes(t *testing.T) {
	everyPeer(t, func(t *testing.T, p peer) {
		for name, spoil := range p.spoilt {
			t.Run(name, func(t *testing.T) {
				one, two := p.report(t, 1, "0000000001"), p.report(t, 2, "0000000002")
				bad := append(bytes.Clone(one), spoil(bytes.Clone(two))...)
				if strings.HasPrefix(name, "length, ") {
					bad = append(bad, bytes.Repeat(p.beat(t), 20)...) // what a wrong length swallows
				}
				status, got, connects := p.play(t, 2, bad, two)
				want := []string{p.stream + "/1 0000000001 reported", p.stream + "/2 0000000002 reported"}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
				if connects != 2 || status.State != Ready || status.Detail == "" {
					t.Errorf("%d connects, status %+v", connects, status)
				}
			})
		}
	})
}

// A report told again, in the stream or from an index taken before, counts once.
func TestRepeatedReports(t *testing.T) {
	everyPeer(t, func(t *testing.T, p peer) {
		one, two := p.report(t, 1, "0000000001"), p.report(t, 2, "0000000002")
		status, got, connects := p.play(t, 2, bytes.Join([][]byte{one, one, two, one, two}, nil))
		if len(got) != 2 || connects != 1 || status.Repeated != 3 || status.State != Ready {
			t.Errorf("%d connects, took %v, status %+v", connects, got, status)
		}
	})
}

func TestPeerNonsense(t *testing.T) {
	everyPeer(t, func(t *testing.T, p peer) {
		good := p.report(t, 1, "0000000001")
		for name, c := range map[string]struct {
			answer []byte
			detail string
		}{
			"a second logon":   {p.hello(t), "second logon"},
			"a logout":         {p.bye(t), "good night"},
			"a gap that stays": {p.report(t, 7, "0000000007"), "does not come"},
		} {
			t.Run(name, func(t *testing.T) {
				status, got, connects := p.play(t, 1, c.answer, good)
				if connects < 2 || !strings.Contains(status.Detail, c.detail) {
					t.Errorf("%d connects, detail %q", connects, status.Detail)
				}
				if d := cmp.Diff([]string{p.stream + "/1 0000000001 reported"}, got); d != "" {
					t.Error(d)
				}
			})
		}
		if p.elsewhere != nil {
			status, got, connects := p.play(t, 1, p.elsewhere(t), good)
			if connects < 2 || len(got) != 1 || !strings.Contains(status.Detail, "not asked for") && !strings.Contains(status.Detail, "has no number") {
				t.Errorf("a report of another stream: %d connects, took %v, detail %q", connects, got, status.Detail)
			}
		}
		// Nothing tells half a message from a slow exchange before it is silent.
		p.play(t, 1, good[:20], good)
	})
}

// Unknown messages and refusals of nothing we sent change nothing.
func TestIgnored(t *testing.T) {
	everyPeer(t, func(t *testing.T, p peer) {
		answer := append(append(bytes.Clone(p.unknown), p.refuse(t, "0000000009")...), p.report(t, 1, "0000000001")...)
		status, got, connects := p.play(t, 1, answer)
		want := uint64(2)
		if len(p.unknown) == 0 {
			want = 1
		}
		if len(got) != 1 || connects != 1 || status.Ignored != want || status.State != Ready {
			t.Errorf("%d connects, took %v, status %+v", connects, got, status)
		}
	})
}
