package exchange

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"sancun/calendar"
	"sancun/money"
	"sancun/wire/sse"
	"sancun/wire/szse"
)

// dial connects a socket to a served exchange.
func dial(b *testing.B, x *Exchange, quotes bool) net.Conn {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	attach := x.Attach
	if quotes {
		attach = x.AttachQuotes
	}
	if err := attach(other); err != nil {
		b.Fatal(err)
	}
	return conn
}

// manySecurities is n plain securities named from 000001.
func manySecurities(n int) ([]Security, []Bar) {
	var list []Security
	var bars []Bar
	for i := range n {
		s := plain(fmt.Sprintf("%06d", i+1))
		list = append(list, s)
		bars = append(bars, Bar{s.Code, 100_000, 104_000, 98_000, 103_000, 5_000_000})
	}
	return list, bars
}

// BenchmarkWire is orders over a loopback socket, each acknowledged, one side
// meeting the other: what one exchange can take from one gateway.
func BenchmarkWire(b *testing.B) {
	x := exchangeOf(b, Shenzhen, func(c *Config) { c.Securities, _ = manySecurities(5_000) })
	conn := dial(b, x, false)
	defer conn.Close()
	p := &peer{t: b, x: x, market: Shenzhen}
	write := func(w io.Writer, m szse.Message) {
		buf, err := szse.AppendFrame(nil, m)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	write(conn, p.newLogon("GWA", "secret").(szse.Logon))
	write(conn, p.newSync(1).(szse.ReportSynchronization))
	if err := x.Control().Advance(context.Background(), calendar.Clock(9, 30, 0)); err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	orders := b.N
	go func() {
		r := szse.NewReader(conn)
		for confirmed := 0; confirmed < orders; {
			f, err := r.Next()
			if err != nil {
				done <- err
				return
			}
			if f.Type == szse.TypeConfirmSpot {
				confirmed++
			}
		}
		done <- nil
	}()
	b.ResetTimer()
	var batch bytes.Buffer
	for i := range b.N {
		m := p.newOrder("20001", fmt.Sprint(i), fmt.Sprintf("%06d", i%5_000+1), Side(1+i%2), money.Price(100_000), 100, BusinessAuction)
		write(&batch, m.(szse.NewOrder))
		if batch.Len() > 16<<10 || i == b.N-1 {
			if _, err := conn.Write(batch.Bytes()); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkQuoteDay is the Street's whole day of 5,000 securities with one quote
// connection that reads every snapshot.
func BenchmarkQuoteDay(b *testing.B) {
	for b.Loop() {
		x := exchangeOf(b, Shanghai, func(c *Config) {
			var bars []Bar
			c.Securities, bars = manySecurities(5_000)
			c.Street = &StreetConfig{Seed: 1, Bars: bars}
		})
		conn := dial(b, x, true)
		frame, err := sse.AppendFrame(nil, 1, sse.Logon{SenderCompID: "GWA", HeartBtInt: 30})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Write(frame); err != nil {
			b.Fatal(err)
		}
		read, r := make(chan int), sse.NewReader(conn)
		if _, err := r.Next(); err != nil { // the answer: the session is logged on
			b.Fatal(err)
		}
		go func() {
			n := 0
			for {
				f, err := r.Next()
				if err != nil {
					read <- n
					return
				}
				if f.Type == sse.TypeSnapshot {
					n++
				}
			}
		}()
		if err := x.Control().Advance(context.Background(), calendar.Clock(15, 30, 0)); err != nil {
			b.Fatal(err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(<-read), "snapshots")
		conn.Close()
	}
}

// FuzzSession feeds bytes of any kind to a session that is logged on. The
// exchange may refuse or hang up; it must neither stop nor wait for ever.
func FuzzSession(f *testing.F) {
	for _, m := range []Market{Shenzhen, Shanghai} {
		p := &peer{market: m}
		for _, msg := range []any{
			p.newOrder("20001", "A1", "000001", Buy, 100_000, 100, BusinessAuction),
			p.newOrder("20001", "A2", "000001", Sell, 100_000, 100, BusinessAuction),
			p.newOrder("20001", "A3", "730001", Buy, 100_000, 100, BusinessIssue),
			p.newCancel("20001", "A4", "000001", "A1"),
			p.newLogon("GWA", "secret"), p.newLogout(),
		} {
			f.Add(m == Shanghai, encode(f, m, msg))
		}
	}
	f.Add(false, encode(f, Shenzhen, szse.ReportSynchronization{Partitions: []szse.PartitionIndex{{PartitionNo: 1, ReportIndex: 5}, {PartitionNo: 1, ReportIndex: 1}}}))
	f.Add(true, encode(f, Shanghai, sse.ExecRptSync{Streams: []sse.StreamIndex{{Pbu: "20001", SetID: 1, BeginReportIndex: 7}}}))
	f.Fuzz(func(t *testing.T, shanghai bool, data []byte) {
		market := Shenzhen
		if shanghai {
			market = Shanghai
		}
		x := exchangeOf(t, market, nil)
		at(t, x, 9, 30, 0)
		p := connect(t, x, false)
		defer p.close()
		p.send(p.newLogon("GWA", "secret"))
		p.send(p.newSync(1, "20001", "20002"))
		p.settle()
		p.write(data)
		p.settle()
	})
}

func encode(f *testing.F, m Market, msg any) []byte {
	f.Helper()
	var out []byte
	var err error
	if m == Shenzhen {
		out, err = szse.AppendFrame(nil, msg.(szse.Message))
	} else {
		out, err = sse.AppendFrame(nil, 3, msg.(sse.Message))
	}
	if err != nil {
		f.Fatal(err)
	}
	return out
}
