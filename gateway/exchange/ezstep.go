package exchange

import (
	"context"
	"fmt"
	"io"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/wire/frame"
	"sancun/wire/step"
)

// stepRows is the number of the one stream of EzSTEP in our records: above every
// number of a trading unit with a set.
const stepRows uint32 = (sseUnitMax + 1) * (sseSetMax + 1)

// stepEncoder writes lines to the counter of EzSTEP.
type stepEncoder struct{}

func (stepEncoder) logon(dst []byte, l *Logon, now time.Time) ([]byte, error) {
	return step.AppendLine(dst, &step.Open{User: l.CompID, Date: frame.DateOf(now), Beat: uint32(l.Heartbeat / time.Second)})
}

func (stepEncoder) logout(dst []byte) ([]byte, error) { return step.AppendLine(dst, &step.Close{}) }

// heartbeat asks how far the rows are, so that a lost one is missed soon.
func (e stepEncoder) heartbeat(dst []byte) ([]byte, error) { return e.fence(dst) }

func (stepEncoder) synchronise(dst []byte, asks []Cursor) ([]byte, error) {
	var err error
	for _, a := range asks {
		if dst, err = step.AppendLine(dst, &step.From{Next: a.Next}); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// fence asks for no row.
func (stepEncoder) fence(dst []byte) ([]byte, error) { return step.AppendLine(dst, &step.From{}) }

func (stepEncoder) send(dst []byte, e *entry) ([]byte, error) {
	o := &e.order
	if o.Category != categoryAfterHours {
		return dst, unsendable("category", o.Category)
	}
	if o.Type == market.MarketOrder {
		return dst, unsendable("type", uint8(o.Type))
	}
	side, _, err := wireParty(o)
	if err != nil {
		return dst, err
	}
	if e.cancel {
		return step.AppendLine(dst, &step.Insert{Request: &step.Cancel{
			ClOrdID: o.ClOrdID.String(), OrigClOrdID: e.original.String(), SecurityID: o.Security.Digits(), OrderQty: o.Quantity, Side: side,
			Account: o.Account, PBU: o.PBU,
		}})
	}
	return step.AppendLine(dst, &step.Insert{Request: &step.NewOrder{
		ClOrdID: o.ClOrdID.String(), SecurityID: o.Security.Digits(), Price: o.Price, OrderQty: o.Quantity, Side: side,
		Account: o.Account, PBU: o.PBU, Branch: o.Branch,
	}})
}

// stepDecoder reads the counter's lines. EzSTEP has one stream, which is
// announced behind the answer to the logon.
func stepDecoder(r io.Reader) decoder {
	lines := step.NewReader(r)
	announced := true
	return func() (event, error) {
		if !announced {
			announced = true
			return event{kind: evStreams, streams: []uint32{stepRows}}, nil
		}
		s, err := lines.Next()
		if err != nil {
			return event{}, err
		}
		l, err := step.ParseLine(s)
		if err != nil {
			return event{}, err
		}
		ev := stepEvent(l)
		announced = ev.kind != evLogon
		return ev, nil
	}
}

func stepEvent(l step.Line) event {
	switch l := l.(type) {
	case *step.Open:
		return event{kind: evLogon}
	case *step.Close:
		return event{kind: evLogout, text: l.Text}
	case *step.Beat:
		return event{kind: evHeartbeat}
	case *step.End:
		ev := event{kind: evSynced, ends: []streamEnd{{partition: stepRows, last: l.Last}}}
		if l.Next == 0 {
			ev.kind = evEcho
		}
		return ev
	case *step.Refuse:
		id := clOrdID(l.Reff)
		return event{kind: evRefused, report: report{kind: reportRefused, message: id, order: id, reason: l.Remark}}
	case *step.Answer:
		return event{kind: evReport, report: stepAnswer(l)}
	case *step.Report:
		x := &l.Execution
		id := clOrdID(x.ClOrdID)
		r := report{kind: reportFilled, partition: stepRows, index: l.Number, message: id, order: id, price: x.LastPx, quantity: x.LastQty}
		copy(r.orderID[:], x.OrderID)
		copy(r.execID[:], x.ExecID)
		return event{kind: evReport, report: r}
	}
	return event{text: fmt.Sprintf("a line %T, which only we send", l)}
}

func stepAnswer(a *step.Answer) report {
	id := clOrdID(a.Reff)
	r := report{kind: reportAccepted, partition: stepRows, index: a.Number, message: id, order: id, reason: a.Reply.Code()}
	switch m := a.Reply.(type) {
	case *step.Response:
		copy(r.orderID[:], m.OrderID)
		switch {
		case m.Status == step.Refused:
			r.kind = reportRefused
		case m.Status == step.Cancelled:
			r.kind, r.order, r.quantity = reportCancelled, clOrdID(m.OrigClOrdID), m.LastQty
		}
	case *step.CancelReject:
		r.kind, r.order = reportCancelRefused, clOrdID(m.OrigClOrdID)
	}
	return r
}

// keepHours opens and closes the platform by our own clock, because EzSTEP says
// nothing of its state.
func (s *session) keepHours(now time.Time) {
	if s.o.Format != EzSTEP {
		return
	}
	s.platforms[0] = platform{known: true, state: stepState(now)}
}

// stepState is the state of after-hours trading at a time, numbered as a platform's.
func stepState(now time.Time) uint16 {
	date, at := calendar.AtUnixMilli(now.UnixMilli())
	session, err := calendar.SessionOn(calendar.BuiltinSessions(), date)
	if err != nil {
		return platformClosed
	}
	before, later := false, false
	for _, w := range session.Windows {
		before = before || w.Fixed && w.Start <= at
		later = later || w.Fixed && w.Start > at
	}
	switch {
	case session.At(at).Fixed:
		return platformOpen
	case later && before:
		return platformBreak
	case later:
		return platformPreOpen
	}
	return platformClosed
}

// Pair is an exchange with a line of its own for after-hours orders, as Shanghai
// has. A full line keeps back what comes behind it for the other, too: each holds
// tens of thousands of orders first.
type Pair struct{ Trading, AfterHours *Gateway }

func (p Pair) of(category uint8) *Gateway {
	if category == categoryAfterHours {
		return p.AfterHours
	}
	return p.Trading
}

// Place is Gateway.Place of the line that takes the order.
func (p Pair) Place(ctx context.Context, o Order) error { return p.of(o.Category).Place(ctx, o) }

// Withdraw is Gateway.Withdraw of the line that has the order.
func (p Pair) Withdraw(ctx context.Context, c Cancel) error {
	return p.of(c.Category).Withdraw(ctx, c)
}
