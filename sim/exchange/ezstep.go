package exchange

import (
	"fmt"
	"io"

	"sancun/calendar"
	"sancun/wire/frame"
	"sancun/wire/step"
)

// ezstep speaks the rows of EzSTEP, by which Shanghai takes after-hours orders.
// The exchange answers every request in the order in which they came, so that
// the rows of both tables are the reports of one stream.
type ezstep struct {
	lines *step.Reader
	date  calendar.Date
}

func newEzSTEP(r io.Reader, date calendar.Date) *ezstep { return &ezstep{step.NewReader(r), date} }

// stepCodes are the exchange's own codes.
var stepCodes = map[Reason]uint32{
	ReasonDuplicate: step.CodeDuplicate, ReasonNotTradingTime: step.CodeNotTradingTime, ReasonUnknownSecurity: step.CodeSecurity,
	ReasonHalted: step.CodeHalted, ReasonSuspended: step.CodeHalted, ReasonBusiness: step.CodeBusiness, ReasonSide: step.CodeSide,
	ReasonPrice: step.CodePrice, ReasonTick: step.CodePriceStep, ReasonLimit: step.CodePrice, ReasonQuantity: step.CodeQuantity, ReasonLot: step.CodeLot,
	ReasonMaximum: step.CodeMaximum, ReasonNoCancel: step.CodeNoCancel, ReasonUnknownOrder: step.CodeNoOrder, ReasonTooLate: step.CodeFilled,
	ReasonNotCancellable: step.CodeNoCancel, ReasonPBU: step.CodeUnit, ReasonMalformed: step.CodeUnreadable,
}

func stepCode(r Reason) uint32 {
	if code := stepCodes[r]; code != 0 {
		return code
	}
	return step.CodeFailure
}

func (d *ezstep) read(in *inbound) error {
	s, err := d.lines.Next()
	if err != nil {
		return err
	}
	line, err := step.ParseLine(s)
	if err != nil {
		return err
	}
	*in = inbound{asks: in.asks[:0]}
	switch l := line.(type) {
	case *step.Open:
		in.kind, in.logon = inLogon, logon{sender: l.User, target: l.User, heartbeat: int(l.Beat), date: uint32(l.Date)}
	case *step.Close:
		in.kind = inLogout
	case *step.From:
		in.kind, in.asks = inSync, append(in.asks, ask{partition: ezstepRows, index: l.Next})
	case *step.Insert:
		d.insert(in, l.Request)
	default:
		return &frame.Error{Message: "ezstep line", Reason: frame.ErrType, Detail: "only the counter sends it"}
	}
	return nil
}

func (d *ezstep) insert(in *inbound, r step.Request) {
	id, code, pbu := r.Key()
	in.pbu, in.ref = pbu, reference{pbu: pbu, code: code, id: id}
	switch m := r.(type) {
	case *step.NewOrder:
		in.kind = inOrder
		in.order = Order{Business: BusinessAfterHours, Code: MakeCode(code), Side: Side(m.Side - '0'), Type: TypeLimit, Price: m.Price, Quantity: m.OrderQty}
		t := &in.order.Ticket
		pad(t.ClOrdID[:], id)
		pad(t.Account[:], m.Account)
		pad(t.Branch[:], m.Branch)
	case *step.Cancel:
		in.kind = inCancel
		in.cancel = CancelRequest{Business: BusinessAfterHours, Code: MakeCode(code), Side: Side(m.Side - '0')}
		pad(in.cancel.Original[:], m.OrigClOrdID)
		pad(in.cancel.Ticket.ClOrdID[:], id)
		pad(in.cancel.Ticket.Account[:], m.Account)
	}
}

func (d *ezstep) say(dst []byte, m any) ([]byte, error) {
	switch m := m.(type) {
	case sayLogon:
		return step.AppendLine(dst, &step.Open{User: m.target, Date: frame.Date(d.date), Beat: uint32(m.heartbeat)})
	case sayBye:
		return step.AppendLine(dst, &step.Close{Text: farewellTexts[m.why]})
	case sayBeat:
		return step.AppendLine(dst, &step.Beat{})
	case saySynced:
		end := &step.End{}
		for _, a := range m.answers {
			end.Next, end.Last = a.index, a.end
		}
		return step.AppendLine(dst, end)
	case sayRefuse:
		return step.AppendLine(dst, &step.Refuse{Reff: m.ref.id, PBU: m.ref.pbu, Remark: stepCode(m.reason)})
	case sayState, sayLayout:
		return dst, nil // nothing of the kind in EzSTEP
	}
	return dst, fmt.Errorf("%T in EzSTEP: %w", m, errOutOfRange)
}

func (d *ezstep) stamp(t calendar.TimeOfDay) step.Stamp {
	return step.StampAt(frame.Date(d.date), uint32(digits(t)/1000))
}

func (d *ezstep) report(dst []byte, v *view) ([]byte, error) {
	if EventKind(v.kind) == EventFilled {
		return d.fill(dst, v)
	}
	a := &step.Answer{
		Number: uint64(v.index), ReqNum: v.rank, PBU: v.pbu, Time: d.stamp(v.at), Status: step.StatusTaken, LocalRespNum: v.rank,
	}
	response := &step.Response{Status: step.Accepted, SecurityID: v.code, TransactTime: a.Time}
	switch EventKind(v.kind) {
	case EventCancelRejected:
		a.Status, a.Reff = step.StatusRefused, v.request.ClOrdID.String()
		reject := &step.CancelReject{ClOrdID: a.Reff, OrigClOrdID: v.original.String(), TransactTime: a.Time, CxlRejReason: stepCode(v.reason)}
		if v.known {
			reject.OrderID = orderID(v.orderNo)
		}
		a.Reply = reject
		return step.AppendLine(dst, a)
	case EventCancelled:
		a.Reff = v.request.ClOrdID.String()
		response.Status, response.OrigClOrdID, response.LastQty = step.Cancelled, v.ticket.ClOrdID.String(), v.cancelled
	case EventRejected:
		a.Status, a.Reff = step.StatusRefused, v.ticket.ClOrdID.String()
		response.Status, response.OrdRejReason = step.Refused, stepCode(v.reason)
	default:
		a.Reff, response.OrderID = v.ticket.ClOrdID.String(), orderID(v.orderNo)
	}
	response.ClOrdID, a.Reply = a.Reff, response
	return step.AppendLine(dst, a)
}

func (d *ezstep) fill(dst []byte, v *view) ([]byte, error) {
	value, err := step.Value(v.lastPx, v.lastQty)
	if err != nil {
		return dst, err
	}
	return step.AppendLine(dst, &step.Report{
		Number: uint64(v.index), ExecNum: v.rank, SetID: "001", SeqNum: v.rank, Time: d.stamp(v.at), Execution: step.Execution{
			ClOrdID: v.ticket.ClOrdID.String(), OrderID: orderID(v.orderNo), ExecID: execID(v.number), SecurityID: v.code, LastPx: v.lastPx,
			LastQty: v.lastQty, TotalValueTraded: value, Side: byte('0' + v.side), TransactTime: d.stamp(v.at), OrigTime: d.stamp(v.entered),
			Status: byte('0' + v.status), Account: trim(v.ticket.Account[:]), PBU: v.pbu,
		},
	})
}

func (d *ezstep) quote(dst []byte, _ *Snapshot, _ uint64) ([]byte, error) { return dst, errOutOfRange }

func (d *ezstep) static(dst []byte, _ *Security, _ int) ([]byte, error) { return dst, errOutOfRange }
