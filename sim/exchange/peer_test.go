package exchange

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"sancun/calendar"
	"sancun/money"
	"sancun/wire/sse"
	"sancun/wire/step"
	"sancun/wire/szse"
)

// peer is a member's gateway in a test: it writes messages of either format and
// keeps what it gets, as bytes and as lines of text.
type peer struct {
	t          testing.TB
	x          *Exchange
	market     Market
	line       lineKind
	conn       io.ReadWriteCloser
	toExchange *meter
	toMember   *meter
	gone       sync.WaitGroup
	seq        uint64

	mu    sync.Mutex
	lines []string // guarded by mu
}

func connect(t testing.TB, x *Exchange, quotes bool) *peer {
	t.Helper()
	if quotes {
		return connectBy(t, x, lineQuotes)
	}
	return connectBy(t, x, lineTrade)
}

func connectBy(t testing.TB, x *Exchange, line lineKind) *peer {
	t.Helper()
	member, exchange, toExchange, toMember := meteredPipe()
	p := &peer{t: t, x: x, market: x.market, line: line, conn: member, toExchange: toExchange, toMember: toMember}
	attach := map[lineKind]func(net.Conn) error{lineTrade: x.Attach, lineQuotes: x.AttachQuotes, lineEzSTEP: x.AttachEzSTEP}[line]
	if err := attach(exchange); err != nil {
		t.Fatal(err)
	}
	p.gone.Add(1)
	go p.listen(member)
	return p
}

func (p *peer) listen(r io.Reader) {
	defer p.gone.Done()
	next := p.nextShanghai(sse.NewReader(r))
	if p.market == Shenzhen {
		next = p.nextShenzhen(szse.NewReader(r))
	}
	if p.line == lineEzSTEP {
		lines := step.NewReader(r)
		next = func() (string, error) {
			s, err := lines.Next()
			return strings.ReplaceAll(s, "\x01", "␁"), err
		}
	}
	for {
		line, err := next()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
	}
}

func (p *peer) nextShenzhen(r *szse.Reader) func() (string, error) {
	return func() (string, error) {
		f, err := r.Next()
		if err != nil {
			return "", err
		}
		m, err := f.Decode()
		if err != nil {
			return err.Error(), nil
		}
		return szseLine(m), nil
	}
}

func (p *peer) nextShanghai(r *sse.Reader) func() (string, error) {
	last := uint64(0)
	return func() (string, error) {
		f, err := r.Next()
		if err != nil {
			return "", err
		}
		last++
		if f.Seq != last {
			return fmt.Sprintf("message number %d, want %d", f.Seq, last), nil
		}
		m, err := f.Decode()
		if err != nil {
			return err.Error(), nil
		}
		return sseLine(m), nil
	}
}

// send writes one message.
func (p *peer) send(m any) {
	p.t.Helper()
	var buf []byte
	var err error
	switch m := m.(type) {
	case szse.Message:
		buf, err = szse.AppendFrame(nil, m)
	case sse.Message:
		p.seq++
		buf, err = sse.AppendFrame(nil, p.seq, m)
	case step.Line:
		buf, err = step.AppendLine(nil, m)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(buf)
}

func (p *peer) write(buf []byte) {
	if _, err := p.conn.Write(buf); err != nil && err != io.ErrClosedPipe {
		p.t.Fatal(err)
	}
}

// settle waits until the exchange has handled all that was sent and all it had
// to say has been read.
func (p *peer) settle() {
	p.t.Helper()
	p.toExchange.quiet()
	if err := p.x.Control().Drain(context.Background()); err != nil {
		p.t.Fatal(err)
	}
	p.toMember.quiet()
}

// take returns the lines received since the last call.
func (p *peer) take() []string {
	p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.lines
	p.lines = nil
	return out
}

func (p *peer) close() {
	_ = p.conn.Close() // the exchange may have closed first
	p.gone.Wait()
}

// newOrder builds an order of either format.
func (p *peer) newOrder(pbu, id, code string, side Side, price money.Price, quantity money.Quantity, b Business) any {
	if p.market == Shenzhen {
		m := szse.NewOrder{ApplID: szseAppl(b), SubmittingPBUID: pbu, SecurityID: code, OwnerType: szse.OwnerPerson, ClearingFirm: "01",
			TransactTime: 20230825093000000, UserInfo: "u" + id, ClOrdID: id, AccountID: "0100000001", BranchID: "8001",
			Side: szse.Side('0' + side), OrdType: szse.OrdLimit, OrderQty: quantity, Price: price}
		if b == BusinessAuction {
			m.Spot.TimeInForce = szse.ForceDay
		}
		if b != BusinessIssue {
			m.CashMargin = szse.CashOrdinary
		}
		return m
	}
	if p.line == lineEzSTEP {
		return &step.Insert{Request: &step.NewOrder{ClOrdID: id, SecurityID: code, Price: price, OrderQty: quantity, Side: byte('0' + side),
			Account: "A100000001", PBU: pbu, Branch: "80001"}}
	}
	return sse.NewOrder{BizID: sseBiz(b), BizPbu: pbu, ClOrdID: id, SecurityID: code, Account: "A100000001", OwnerType: sse.OwnerPerson,
		Side: sse.Side('0' + side), Price: price, OrderQty: quantity, OrdType: sse.OrdLimit, TimeInForce: sse.ForceDay,
		TransactTime: 930000000000, BranchID: "80001", UserInfo: "u" + id}
}

func (p *peer) newCancel(pbu, id, code, original string) any {
	if p.market == Shenzhen {
		return szse.Cancel{ApplID: szse.ApplSpot, SubmittingPBUID: pbu, SecurityID: code, OwnerType: szse.OwnerPerson, ClearingFirm: "01",
			ClOrdID: id, OrigClOrdID: original, Side: szse.SideBuy, UserInfo: "u" + id}
	}
	if p.line == lineEzSTEP {
		return &step.Insert{Request: &step.Cancel{ClOrdID: id, OrigClOrdID: original, SecurityID: code, Side: step.Buy, Account: "A100000001", PBU: pbu}}
	}
	return sse.Cancel{BizID: sse.BizAuction, BizPbu: pbu, ClOrdID: id, SecurityID: code, OrigClOrdID: original, UserInfo: "u" + id}
}

func (p *peer) newLogon(compID, password string) any {
	if p.market == Shenzhen {
		return szse.Logon{SenderCompID: compID, TargetCompID: "SZSE", HeartBtInt: 30, Password: password, DefaultApplVerID: "1.32"}
	}
	if p.line == lineEzSTEP {
		return &step.Open{User: compID, Date: 20230825, Beat: 30}
	}
	return sse.Logon{SenderCompID: compID, TargetCompID: "TDGW", HeartBtInt: 30, PrtclVersion: "0.57", TradeDate: 20230825}
}

// newSync asks for every stream of the units from an index on.
func (p *peer) newSync(index uint64, units ...string) any {
	if p.market == Shenzhen {
		var m szse.ReportSynchronization
		for _, part := range p.x.partitions {
			m.Partitions = append(m.Partitions, szse.PartitionIndex{PartitionNo: part.no, ReportIndex: int64(index)})
		}
		return m
	}
	if p.line == lineEzSTEP {
		return &step.From{Next: index}
	}
	var m sse.ExecRptSync
	for _, unit := range units {
		for _, no := range shanghaiSets {
			m.Streams = append(m.Streams, sse.StreamIndex{Pbu: unit, SetID: uint32(no), BeginReportIndex: index})
		}
	}
	return m
}

// at advances the exchange while the peers read.
func at(t testing.TB, x *Exchange, hour, minute, second int) {
	t.Helper()
	if err := x.Control().Advance(context.Background(), calendar.Clock(int32(hour), int32(minute), int32(second))); err != nil {
		t.Fatal(err)
	}
}

func szseLine(m szse.Message) string {
	switch m := m.(type) {
	case szse.Confirm:
		line := fmt.Sprintf("%d/%d %s %s", m.PartitionNo, m.ReportIndex, m.ReportingPBUID, szseExec(m.ExecType))
		if m.OrigClOrdID != "" {
			return fmt.Sprintf("%s %s of %s, filled %d", line, m.ClOrdID, m.OrigClOrdID, m.CumQty)
		}
		if m.OrdRejReason != 0 {
			return fmt.Sprintf("%s %s code %d", line, m.ClOrdID, m.OrdRejReason)
		}
		return fmt.Sprintf("%s %s %s %d at %s", line, m.ClOrdID, m.SecurityID, m.OrderQty, m.Price)
	case szse.Fill:
		return fmt.Sprintf("%d/%d %s fill %s %d at %s, leaves %d, trade %s", m.PartitionNo, m.ReportIndex, m.ReportingPBUID,
			m.ClOrdID, m.LastQty, m.LastPx, m.LeavesQty, strings.TrimLeft(m.ExecID, "0"))
	case szse.CancelReject:
		return fmt.Sprintf("%d/%d %s cancel-reject %s of %s code %d %s", m.PartitionNo, m.ReportIndex, m.ReportingPBUID,
			m.ClOrdID, m.OrigClOrdID, m.CxlRejReason, m.RejectText)
	case szse.BusinessReject:
		return fmt.Sprintf("refused %d %s code %d %s", m.RefMsgType, m.BusinessRejectRefID, m.BusinessRejectReason, m.BusinessRejectText)
	case szse.ReportFinished:
		return fmt.Sprintf("%d/%d finished", m.PartitionNo, m.ReportIndex)
	case szse.Logon:
		return m.String()
	}
	return strings.TrimPrefix(fmt.Sprintf("%T%+v", m, m), "szse.")
}

func szseExec(e szse.ExecType) string {
	return map[szse.ExecType]string{szse.ExecNew: "new", szse.ExecCancelled: "cancelled", szse.ExecRejected: "rejected"}[e]
}

func sseLine(m sse.Message) string {
	switch m := m.(type) {
	case sse.Confirm:
		line := fmt.Sprintf("%s %d/%d %s", m.Pbu, m.SetID, m.ReportIndex, szseExec(szse.ExecType(m.ExecType)))
		if m.OrigClOrdID != "" {
			return fmt.Sprintf("%s %s of %s, cancelled %d", line, m.ClOrdID, m.OrigClOrdID, m.CxlQty)
		}
		if m.OrdRejReason != 0 {
			return fmt.Sprintf("%s %s code %d", line, m.ClOrdID, m.OrdRejReason)
		}
		return fmt.Sprintf("%s %s %s %d at %s", line, m.ClOrdID, m.SecurityID, m.OrderQty, m.Price)
	case sse.Fill:
		return fmt.Sprintf("%s %d/%d fill %s %d at %s for %d, leaves %d, trade %s", m.Pbu, m.SetID, m.ReportIndex,
			m.ClOrdID, m.LastQty, m.LastPx, m.GrossTradeAmt, m.LeavesQty, strings.TrimLeft(m.TrdCnfmID, "0"))
	case sse.CancelReject:
		return fmt.Sprintf("%s %d/%d cancel-reject %s of %s code %d", m.Pbu, m.SetID, m.ReportIndex, m.ClOrdID, m.OrigClOrdID, m.CxlRejReason)
	case sse.OrderReject:
		return fmt.Sprintf("refused %s code %d", m.ClOrdID, m.OrdRejReason)
	case sse.ExecRptEndOfStream:
		return fmt.Sprintf("%s %d/%d finished", m.Pbu, m.SetID, m.EndReportIndex)
	case sse.ExecRptSyncRsp:
		bad := 0
		for _, s := range m.Streams {
			if s.RejReason != 0 {
				bad++
			}
		}
		return fmt.Sprintf("synchronised %d streams, refused %d", len(m.Streams)-bad, bad)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T%+v", m, m), "sse.")
}

func (p *peer) newLogout() any {
	if p.market == Shenzhen {
		return szse.Logout{SessionStatus: szse.SessionLoggedOut}
	}
	if p.line == lineEzSTEP {
		return &step.Close{}
	}
	return sse.Logout{}
}

func moneyQuantity(q int64) money.Quantity { return money.Quantity(q) }
