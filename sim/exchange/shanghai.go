package exchange

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"sancun/calendar"
	"sancun/wire/frame"
	"sancun/wire/sse"
)

// shanghai speaks the Shanghai TDGW binary format.
type shanghai struct {
	reader *sse.Reader
	date   calendar.Date
	sent   uint64 // messages sent in the session
}

// Codes of refusal on the Shanghai wire that are the exchange's own; any other
// Reason travels as simulatorCode + Reason.
const (
	sseNotTradingTime uint32 = 5009
	sseBadStream      uint32 = 5010
	sseLogout         uint32 = 5006
)

func sseCode(r Reason) uint32 {
	switch r {
	case ReasonDuplicate:
		return sse.RejectDuplicate
	case ReasonTooLate:
		return sse.RejectAlreadyClosed
	case ReasonNotTradingTime:
		return sseNotTradingTime
	}
	return simulatorCode + uint32(r)
}

func (d *shanghai) read(in *inbound) error {
	f, err := d.reader.Next()
	if err != nil {
		return err
	}
	*in = inbound{kind: inGarbled, ref: sseReference(f), asks: in.asks[:0]}
	m, err := f.Decode()
	if err != nil {
		var bad *frame.Error
		if !errors.As(err, &bad) {
			return err
		}
		in.text = bad.Error()
		return nil
	}
	switch m := m.(type) {
	case sse.Logon:
		in.kind = inLogon
		in.logon = logon{sender: m.SenderCompID, target: m.TargetCompID, version: m.PrtclVersion,
			heartbeat: int(m.HeartBtInt), date: uint32(m.TradeDate)}
	case sse.Logout:
		in.kind = inLogout
	case sse.Heartbeat:
		in.kind = inHeartbeat
	case sse.ExecRptSync:
		in.kind = inSync
		for _, s := range m.Streams {
			in.asks = append(in.asks, ask{s.Pbu, int32(s.SetID), s.BeginReportIndex})
		}
	case sse.NewOrder:
		d.order(in, &m)
	case sse.Cancel:
		d.cancel(in, &m)
	default:
		in.text = "a message that only the exchange sends"
	}
	return nil
}

// sseReference reads what a refusal repeats from the raw body, which may be
// wrong elsewhere: orders and cancels begin alike up to SecurityID.
func sseReference(f sse.Frame) reference {
	ref := reference{kind: uint32(f.Type), number: f.Seq}
	if len(f.Body) >= 34 && (f.Type == sse.TypeNewOrder || f.Type == sse.TypeCancel) {
		b := f.Body
		biz := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		ref.business = strconv.FormatUint(uint64(biz), 10)
		ref.pbu, ref.id, ref.code = plainText(b[4:12]), plainText(b[12:22]), plainText(b[22:34])
	}
	return ref
}

func (d *shanghai) order(in *inbound, m *sse.NewOrder) {
	in.kind, in.pbu, in.ref.userInfo = inOrder, m.BizPbu, m.UserInfo
	o := &in.order
	o.Code, o.Price, o.Quantity, o.Side = MakeCode(m.SecurityID), m.Price, m.OrderQty, Side(m.Side-'0')
	o.Business, o.Type = sseBusiness(m.BizID), TypeLimit
	switch m.OrdType {
	case sse.OrdMarketCancel:
		o.Type = TypeMarketCancel
	case sse.OrdMarketLimit:
		o.Type = TypeMarketLimit
	case sse.OrdOwnBest:
		o.Type = TypeOwnBest
	case sse.OrdOtherBest:
		o.Type = TypeOppositeBest
	}
	t := &o.Ticket
	pad(t.ClOrdID[:], m.ClOrdID)
	pad(t.Account[:], m.Account)
	pad(t.Branch[:], m.BranchID)
	pad(t.Clearing[:], m.ClearingFirm)
	pad(t.UserInfo[:], m.UserInfo)
	pad(t.Credit[:], string(m.CreditTag))
	t.OrderType, t.Force = byte(m.OrdType), byte(m.TimeInForce)
	t.OwnerType, t.Entered = uint16(m.OwnerType), int64(m.TransactTime)
}

func (d *shanghai) cancel(in *inbound, m *sse.Cancel) {
	in.kind, in.pbu, in.ref.userInfo = inCancel, m.BizPbu, m.UserInfo
	c := &in.cancel
	c.Code, c.Business = MakeCode(m.SecurityID), sseBusiness(m.BizID)
	if m.Side != 0 {
		c.Side = Side(m.Side - '0')
	}
	pad(c.Original[:], m.OrigClOrdID)
	t := &c.Ticket
	pad(t.ClOrdID[:], m.ClOrdID)
	pad(t.Account[:], m.Account)
	pad(t.Branch[:], m.BranchID)
	pad(t.UserInfo[:], m.UserInfo)
	t.OwnerType, t.Entered = uint16(m.OwnerType), int64(m.TransactTime)
}

func sseBusiness(b sse.BizID) Business {
	if b == sse.BizIssue {
		return BusinessIssue
	}
	return BusinessAuction
}

func sseBiz(b Business) sse.BizID {
	if b.nonTrading() {
		return sse.BizIssue
	}
	return sse.BizAuction
}

func sseClock(t calendar.TimeOfDay) sse.Clock { return sse.Clock(digits(t) * 10_000) }

// frame appends m with the session's next message number.
func (d *shanghai) frame(dst []byte, m sse.Message) ([]byte, error) {
	out, err := sse.AppendFrame(dst, d.sent+1, m)
	if err == nil {
		d.sent++
	}
	return out, err
}

func (d *shanghai) say(dst []byte, m any) ([]byte, error) {
	switch m := m.(type) {
	case sayLogon:
		return d.frame(dst, sse.Logon{SenderCompID: m.sender, TargetCompID: m.target, HeartBtInt: uint16(m.heartbeat),
			PrtclVersion: m.version, TradeDate: frame.Date(d.date)})
	case sayBye:
		return d.frame(dst, sse.Logout{SessionStatus: sseLogout, Text: farewellTexts[m.why]})
	case sayBeat:
		return d.frame(dst, sse.Heartbeat{})
	case sayLayout:
		sets := make([]uint32, len(m.numbers))
		for i, no := range m.numbers {
			sets[i] = uint32(no)
		}
		return d.frame(dst, sse.ExecRptInfo{PlatformID: sse.PlatformID(m.platform), Pbus: m.pbus, SetIDs: sets})
	case sayState:
		return d.frame(dst, sse.PlatformState{PlatformID: sse.PlatformID(m.platform), State: sse.State(m.state)})
	case saySynced:
		return d.frame(dst, sseAnswers(m.answers))
	case sayRefuse:
		biz, _ := strconv.ParseUint(m.ref.business, 10, 32)
		if id := sse.BizID(biz); id != sse.BizAuction && id != sse.BizIssue {
			biz = uint64(sse.BizAuction) // the format has no number for a business it does not know
		}
		return d.frame(dst, sse.OrderReject{
			BizID: sse.BizID(biz), BizPbu: m.ref.pbu, ClOrdID: m.ref.id, SecurityID: m.ref.code, OrdRejReason: sseCode(m.reason),
			TradeDate: frame.Date(d.date), TransactTime: sse.Clock(m.at * 10_000), UserInfo: m.ref.userInfo,
		})
	}
	return dst, fmt.Errorf("%T in the Shanghai format: %w", m, errOutOfRange)
}

func sseAnswers(answers []answer) sse.ExecRptSyncRsp {
	out := sse.ExecRptSyncRsp{Streams: make([]sse.StreamAnswer, len(answers))}
	for i, a := range answers {
		out.Streams[i] = sse.StreamAnswer{Pbu: a.pbu, SetID: uint32(a.partition), BeginReportIndex: a.index, EndReportIndex: a.end}
		if a.bad {
			out.Streams[i].RejReason, out.Streams[i].Text = sseBadStream, "no such trading unit or partition in this session"
		}
	}
	return out
}

func (d *shanghai) report(dst []byte, v *view) ([]byte, error) {
	switch {
	case v.kind == kindFinished:
		return d.frame(dst, sse.ExecRptEndOfStream{Pbu: v.owner, SetID: uint32(v.partition), EndReportIndex: uint64(v.index)})
	case EventKind(v.kind) == EventFilled:
		return d.fill(dst, v)
	case EventKind(v.kind) == EventCancelRejected:
		return d.frame(dst, d.cancelReject(v))
	}
	return d.frame(dst, d.confirm(v))
}

func sseHead(v *view) sse.ReportHead {
	return sse.ReportHead{Pbu: v.owner, SetID: uint32(v.partition), ReportIndex: uint64(v.index), BizID: sseBiz(v.business)}
}

func (d *shanghai) confirm(v *view) sse.Confirm {
	t := v.ticket
	m := sse.Confirm{
		ReportHead: sseHead(v), ExecType: sse.ExecNew, BizPbu: v.pbu, ClOrdID: t.ClOrdID.String(), SecurityID: v.code,
		Account: trim(t.Account[:]), OwnerType: sse.OwnerType(t.OwnerType), Side: sse.Side('0' + v.side),
		Price: v.price, OrderQty: v.quantity, LeavesQty: v.leaves, CxlQty: v.cancelled,
		OrdType: sse.OrdType(t.OrderType), TimeInForce: sse.TimeInForce(t.Force), OrdStatus: sse.StatusNew,
		CreditTag: sse.CreditTag(trim(t.Credit[:])), ClearingFirm: trim(t.Clearing[:]), BranchID: trim(t.Branch[:]),
		OrdCnfmID: orderID(v.orderNo), TradeDate: frame.Date(d.date), TransactTime: sseClock(v.at), UserInfo: trim(t.UserInfo[:]),
	}
	switch EventKind(v.kind) {
	case EventRejected:
		m.ExecType, m.OrdStatus, m.OrdRejReason, m.OrdCnfmID = sse.ExecRejected, sse.StatusRejected, sseCode(v.reason), ""
	case EventCancelled:
		m.ExecType, m.OrdStatus = sse.ExecCancelled, sse.StatusCancelled
		m.ClOrdID, m.OrigClOrdID = v.request.ClOrdID.String(), t.ClOrdID.String()
		m.UserInfo = trim(v.request.UserInfo[:])
	}
	return m
}

func (d *shanghai) fill(dst []byte, v *view) ([]byte, error) {
	t := v.ticket
	amount, err := sse.FillValue(v.lastPx, v.lastQty)
	if err != nil {
		return dst, err
	}
	return d.frame(dst, sse.Fill{
		ReportHead: sseHead(v), ExecType: sse.ExecFill, BizPbu: v.pbu, ClOrdID: t.ClOrdID.String(), SecurityID: v.code,
		Account: trim(t.Account[:]), OwnerType: sse.OwnerType(t.OwnerType), OrderEntryTime: sseClock(v.entered),
		LastPx: v.lastPx, LastQty: v.lastQty, GrossTradeAmt: amount, Side: sse.Side('0' + v.side),
		OrderQty: v.quantity, LeavesQty: v.leaves, OrdStatus: sse.OrdStatus('0' + v.status),
		CreditTag: sse.CreditTag(trim(t.Credit[:])), ClearingFirm: trim(t.Clearing[:]), BranchID: trim(t.Branch[:]),
		TrdCnfmID: execID(v.number), OrdCnfmID: orderID(v.orderNo), TradeDate: frame.Date(d.date), TransactTime: sseClock(v.at),
		UserInfo: trim(t.UserInfo[:]),
	})
}

func (d *shanghai) cancelReject(v *view) sse.CancelReject {
	r := v.request
	return sse.CancelReject{
		ReportHead: sseHead(v), BizPbu: v.pbu, ClOrdID: r.ClOrdID.String(), SecurityID: v.code, OrigClOrdID: v.original.String(),
		BranchID: trim(r.Branch[:]), CxlRejReason: sseCode(v.reason), TradeDate: frame.Date(d.date), TransactTime: sseClock(v.at),
		UserInfo: trim(r.UserInfo[:]),
	}
}

func (d *shanghai) quote(dst []byte, s *Snapshot, number uint64) ([]byte, error) {
	m := sse.Snapshot{Seq: number, TradeDate: frame.Date(d.date), OrigTime: sseClock(s.At), Quote: wireQuote(s)}
	var err error
	if m.Turnover, err = sse.ValueOfAmount(s.Amount); err != nil {
		return dst, err
	}
	return d.frame(dst, m)
}

func (d *shanghai) static(dst []byte, s *Security, size int) ([]byte, error) {
	return d.frame(dst, sse.Security{Listing: wireListing(s, d.date, size)})
}

func newShanghai(r io.Reader, date calendar.Date) *shanghai {
	return &shanghai{reader: sse.NewReader(r), date: date}
}
