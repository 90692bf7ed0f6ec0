package exchange

import (
	"errors"
	"fmt"
	"io"

	"sancun/calendar"
	"sancun/wire/frame"
	"sancun/wire/szse"
)

// shenzhen speaks the Shenzhen binary format.
type shenzhen struct {
	reader *szse.Reader
	date   calendar.Date
}

// Codes of refusal on the Shenzhen wire. 20106 is the exchange's for a
// synchronisation of a wrong partition; the exchange's other codes are not
// public to us, so a Reason travels as simulatorCode + Reason.
const (
	szseBadPartition = 20106
	simulatorCode    = 30_000
)

func szseCode(r Reason) uint16 { return simulatorCode + uint16(r) }

func (d *shenzhen) read(in *inbound) error {
	f, err := d.reader.Next()
	if err != nil {
		return err
	}
	*in = inbound{kind: inGarbled, ref: szseReference(f), asks: in.asks[:0]}
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
	case szse.Logon:
		in.kind = inLogon
		in.logon = logon{sender: m.SenderCompID, target: m.TargetCompID, password: m.Password,
			version: m.DefaultApplVerID, heartbeat: int(m.HeartBtInt)}
	case szse.Logout:
		in.kind = inLogout
	case szse.Heartbeat:
		in.kind = inHeartbeat
	case szse.ReportSynchronization:
		in.kind = inSync
		for _, p := range m.Partitions {
			in.asks = append(in.asks, ask{partition: p.PartitionNo, index: uint64(p.ReportIndex)})
		}
	case szse.NewOrder:
		d.order(in, &m)
	case szse.Cancel:
		d.cancel(in, &m)
	default:
		in.text = "a message that only the exchange sends"
	}
	return nil
}

// szseReference reads what a refusal repeats from the raw body, which may be
// wrong elsewhere: orders and cancels begin alike up to ClOrdID.
func szseReference(f szse.Frame) reference {
	ref := reference{kind: uint32(f.Type)}
	if len(f.Body) >= 51 && f.Type > szse.TypePlatformInfo {
		b := f.Body
		ref.business, ref.pbu, ref.code = plainText(b[:3]), plainText(b[3:9]), plainText(b[9:17])
		ref.id = plainText(b[41:51])
	}
	return ref
}

func (d *shenzhen) order(in *inbound, m *szse.NewOrder) {
	in.kind, in.pbu = inOrder, m.SubmittingPBUID
	o := &in.order
	o.Code, o.Price, o.Quantity = MakeCode(m.SecurityID), m.Price, m.OrderQty
	o.Business = szseBusiness(m.ApplID)
	o.Side, o.Type = Side(m.Side-'0'), TypeMarketCancel
	switch {
	case m.Spot.StopPx != 0 || m.Spot.MinQty != 0 || m.Spot.MaxPriceLevels != 0 || m.Spot.TimeInForce == szse.ForceImmediate:
	case m.OrdType == szse.OrdLimit:
		o.Type = TypeLimit
	case m.OrdType == szse.OrdOwnBest:
		o.Type = TypeOwnBest
	}
	t := &o.Ticket
	pad(t.ClOrdID[:], m.ClOrdID)
	pad(t.Account[:], m.AccountID)
	pad(t.Branch[:], m.BranchID)
	pad(t.Clearing[:], m.ClearingFirm)
	pad(t.UserInfo[:], m.UserInfo)
	pad(t.Restrictions[:], m.OrderRestrictions)
	t.Credit = [2]byte{byte(m.CashMargin), ' '}
	t.OrderType, t.Force = byte(m.OrdType), byte(m.Spot.TimeInForce)
	t.OwnerType, t.Entered = uint16(m.OwnerType), int64(m.TransactTime)
}

func (d *shenzhen) cancel(in *inbound, m *szse.Cancel) {
	in.kind, in.pbu = inCancel, m.SubmittingPBUID
	c := &in.cancel
	c.Code, c.Business, c.Side = MakeCode(m.SecurityID), szseBusiness(m.ApplID), Side(m.Side-'0')
	pad(c.Original[:], m.OrigClOrdID)
	t := &c.Ticket
	pad(t.ClOrdID[:], m.ClOrdID)
	pad(t.Clearing[:], m.ClearingFirm)
	pad(t.UserInfo[:], m.UserInfo)
	t.OwnerType, t.Entered = uint16(m.OwnerType), int64(m.TransactTime)
}

func szseBusiness(a szse.ApplID) Business {
	switch a {
	case szse.ApplAfterHours:
		return BusinessAfterHours
	case szse.ApplIssue:
		return BusinessIssue
	}
	return BusinessAuction
}

func szseAppl(b Business) szse.ApplID {
	switch {
	case b == BusinessAfterHours:
		return szse.ApplAfterHours
	case b.nonTrading():
		return szse.ApplIssue
	}
	return szse.ApplSpot
}

func (d *shenzhen) time(t calendar.TimeOfDay) szse.Timestamp {
	return szse.Timestamp(int64(d.date)*1_000_000_000 + digits(t))
}

// digits returns t as the decimal number HHMMSSmmm.
func digits(t calendar.TimeOfDay) int64 {
	h, m, s, ms := int64(t/calendar.Hour), int64(t/calendar.Minute%60), int64(t/calendar.Second%60), int64(t%calendar.Second)
	return h*10_000_000 + m*100_000 + s*1_000 + ms
}

func (d *shenzhen) say(dst []byte, m any) ([]byte, error) {
	switch m := m.(type) {
	case sayLogon:
		return szse.AppendFrame(dst, szse.Logon{SenderCompID: m.sender, TargetCompID: m.target,
			HeartBtInt: int32(m.heartbeat), DefaultApplVerID: m.version})
	case sayBye:
		return szse.AppendFrame(dst, szse.Logout{SessionStatus: szseStatus[m.why], Text: farewellTexts[m.why]})
	case sayBeat:
		return szse.AppendFrame(dst, szse.Heartbeat{})
	case sayLayout:
		return szse.AppendFrame(dst, szse.PlatformInfo{PlatformID: szse.PlatformID(m.platform), PartitionNos: m.numbers})
	case sayState:
		return szse.AppendFrame(dst, szse.PlatformStateInfo{PlatformID: szse.PlatformID(m.platform), PlatformState: szse.PlatformState(m.state)})
	case saySynced:
		return dst, nil // the Shenzhen gateway answers with the reports themselves
	case sayBadSync:
		return szse.AppendFrame(dst, szse.BusinessReject{RefMsgType: szse.MsgType(m.ref.kind),
			BusinessRejectReason: szseBadPartition, BusinessRejectText: "分区号不存在或重复,未同步"})
	case sayRefuse:
		text := m.reason.Chinese()
		if m.garbled != "" {
			text = m.garbled
		}
		return szse.AppendFrame(dst, szse.BusinessReject{
			ApplID: m.ref.business, TransactTime: szse.Timestamp(int64(d.date)*1_000_000_000 + m.at), SubmittingPBUID: m.ref.pbu,
			SecurityID: m.ref.code, RefMsgType: szse.MsgType(m.ref.kind), BusinessRejectRefID: m.ref.id,
			BusinessRejectReason: szseCode(m.reason), BusinessRejectText: clip(text, 50),
		})
	}
	return dst, fmt.Errorf("%T in the Shenzhen format: %w", m, errOutOfRange)
}

var szseStatus = [...]szse.SessionStatus{
	byeLogout:      szse.SessionLoggedOut,
	byeCredentials: szse.SessionBadCredentials,
	byeInvalid:     szse.SessionInvalidMessage,
	byeNotNow:      szse.SessionNotNow,
	byeReplaced:    szse.SessionOther,
}

func (d *shenzhen) report(dst []byte, v *view) ([]byte, error) {
	switch {
	case v.kind == kindFinished:
		return szse.AppendFrame(dst, szse.ReportFinished{PartitionNo: v.partition, ReportIndex: int64(v.index), PlatformID: szse.PlatformID(v.platform)})
	case EventKind(v.kind) == EventFilled:
		return szse.AppendFrame(dst, d.fill(v))
	case EventKind(v.kind) == EventCancelRejected:
		return szse.AppendFrame(dst, d.cancelReject(v))
	}
	return szse.AppendFrame(dst, d.confirm(v))
}

func (d *shenzhen) head(v *view, t *Ticket) szse.ReportHead {
	return szse.ReportHead{
		PartitionNo: v.partition, ReportIndex: int64(v.index), ApplID: szseAppl(v.business),
		ReportingPBUID: v.pbu, SubmittingPBUID: v.pbu, SecurityID: v.code,
		OwnerType: szse.OwnerType(t.OwnerType), ClearingFirm: trim(t.Clearing[:]),
		TransactTime: d.time(v.at), UserInfo: trim(t.UserInfo[:]),
	}
}

func (d *shenzhen) confirm(v *view) szse.Confirm {
	t := v.ticket
	m := szse.Confirm{
		ReportHead: d.head(v, t), OrderID: orderID(v.orderNo), ClOrdID: t.ClOrdID.String(), ExecID: fmt.Sprintf("%016d", v.sequence),
		ExecType: szse.ExecNew, OrdStatus: szse.StatusNew, LeavesQty: v.leaves, CumQty: v.filled,
		Side: szse.Side('0' + v.side), OrdType: szse.OrdType(t.OrderType), OrderQty: v.quantity, Price: v.price,
		AccountID: trim(t.Account[:]), BranchID: trim(t.Branch[:]), OrderRestrictions: trim(t.Restrictions[:]),
	}
	if m.ApplID == szse.ApplSpot {
		m.Spot.TimeInForce = szse.TimeInForce(t.Force)
	}
	if m.ApplID != szse.ApplIssue {
		m.CashMargin = szse.CashMargin(t.Credit[0])
	}
	switch EventKind(v.kind) {
	case EventRejected:
		m.ExecType, m.OrdStatus, m.OrdRejReason = szse.ExecRejected, szse.StatusRejected, szseCode(v.reason)
	case EventCancelled:
		m.ExecType, m.OrdStatus = szse.ExecCancelled, szse.StatusCancelled
		m.ClOrdID, m.OrigClOrdID = v.request.ClOrdID.String(), t.ClOrdID.String()
		m.UserInfo = trim(v.request.UserInfo[:])
	}
	return m
}

// orderID is the exchange's number of an order, empty when there is none.
func orderID(no OrderNo) string {
	if no == noOrder {
		return ""
	}
	return fmt.Sprintf("%016d", int64(no)+1)
}

func (d *shenzhen) fill(v *view) szse.Fill {
	t := v.ticket
	return szse.Fill{
		ReportHead: d.head(v, t), OrderID: orderID(v.orderNo), ClOrdID: t.ClOrdID.String(), ExecID: execID(v.number),
		ExecType: szse.ExecFill, OrdStatus: szse.OrdStatus('0' + v.status), LastPx: v.lastPx, LastQty: v.lastQty,
		LeavesQty: v.leaves, CumQty: v.filled, Side: szse.Side('0' + v.side),
		AccountID: trim(t.Account[:]), BranchID: trim(t.Branch[:]), CashMargin: szse.CashMargin(t.Credit[0]),
	}
}

func execID(number int64) string { return fmt.Sprintf("%016d", number) }

func (d *shenzhen) cancelReject(v *view) szse.CancelReject {
	m := szse.CancelReject{
		ReportHead: d.head(v, v.request), ClOrdID: v.request.ClOrdID.String(), OrigClOrdID: v.original.String(),
		Side: szse.Side('0' + v.side), OrdStatus: szse.StatusRejected, CxlRejReason: szseCode(v.reason),
		RejectText: clip(v.reason.Chinese(), 16), OrderID: orderID(v.orderNo),
	}
	if v.known {
		m.OrdStatus = szse.OrdStatus('0' + v.status)
	}
	return m
}

func (d *shenzhen) quote(dst []byte, s *Snapshot, number uint64) ([]byte, error) {
	m := szse.Snapshot{Seq: number, OrigTime: d.time(s.At), Quote: wireQuote(s)}
	var err error
	if m.Turnover, err = szse.ValueOfAmount(s.Amount); err != nil {
		return dst, err
	}
	return szse.AppendFrame(dst, m)
}

func (d *shenzhen) static(dst []byte, s *Security, size int) ([]byte, error) {
	return szse.AppendFrame(dst, szse.Security{Listing: wireListing(s, d.date, size)})
}

func newShenzhen(r io.Reader, date calendar.Date) *shenzhen {
	return &shenzhen{reader: szse.NewReader(r), date: date}
}
