package exchange

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"sancun/market"
	"sancun/wire/frame"
	"sancun/wire/sse"
)

// A Shanghai stream is a trading unit with a set. Its number in our records is
// the unit's five digits and the set's four: 20001 with set 6 is 200,010,006.
const (
	sseSetMax  = 9_999
	sseUnitMax = 99_999
)

// ssePartition returns the number of a stream in our records, or false for a
// unit that is not a number of at most five digits or a set over four digits.
func ssePartition(pbu string, set uint32) (uint32, bool) {
	unit, err := strconv.ParseUint(pbu, 10, 32)
	if err != nil || unit > sseUnitMax || set > sseSetMax || sseUnit(uint32(unit)) != pbu {
		return 0, false
	}
	return uint32(unit)*(sseSetMax+1) + set, true
}

func sseUnit(n uint32) string { return fmt.Sprintf("%05d", n) }

// sseStream is the inverse of ssePartition.
func sseStream(partition uint32) (pbu string, set uint32) {
	return sseUnit(partition / (sseSetMax + 1)), partition % (sseSetMax + 1)
}

// sseEncoder writes Shanghai messages, numbered from 1 in each connection.
type sseEncoder struct{ sent uint64 }

func (e *sseEncoder) frame(dst []byte, m sse.Message) ([]byte, error) {
	out, err := sse.AppendFrame(dst, e.sent+1, m)
	if err == nil {
		e.sent++
	}
	return out, err
}

func (e *sseEncoder) logon(dst []byte, l *Logon, now time.Time) ([]byte, error) {
	return e.frame(dst, sse.Logon{
		SenderCompID: l.CompID, TargetCompID: l.Target, HeartBtInt: uint16(l.Heartbeat / time.Second),
		PrtclVersion: l.Version, TradeDate: frame.DateOf(now),
	})
}

func (e *sseEncoder) logout(dst []byte) ([]byte, error) { return e.frame(dst, sse.Logout{}) }

func (e *sseEncoder) heartbeat(dst []byte) ([]byte, error) { return e.frame(dst, sse.Heartbeat{}) }

// fence asks for no stream at all; the answer has none either.
func (e *sseEncoder) fence(dst []byte) ([]byte, error) { return e.frame(dst, sse.ExecRptSync{}) }

func (e *sseEncoder) synchronise(dst []byte, asks []Cursor) ([]byte, error) {
	for len(asks) > 0 {
		n := min(len(asks), sse.GroupsMax)
		m := sse.ExecRptSync{Streams: make([]sse.StreamIndex, n)}
		for i, a := range asks[:n] {
			pbu, set := sseStream(a.Partition)
			m.Streams[i] = sse.StreamIndex{Pbu: pbu, SetID: set, BeginReportIndex: a.Next}
		}
		var err error
		if dst, err = e.frame(dst, m); err != nil {
			return dst, err
		}
		asks = asks[n:]
	}
	return dst, nil
}

func (e *sseEncoder) send(dst []byte, en *entry) ([]byte, error) {
	o := &en.order
	business, err := sseBusiness(o.Category)
	if err != nil {
		return dst, err
	}
	side, owner, err := wireParty(o)
	if err != nil {
		return dst, err
	}
	if en.cancel {
		return e.frame(dst, sse.Cancel{
			BizID: business, BizPbu: o.PBU, ClOrdID: o.ClOrdID.String(), SecurityID: o.Security.Digits(), Account: o.Account,
			OwnerType: sse.OwnerType(owner), Side: sse.Side(side), OrigClOrdID: en.original.String(), TransactTime: sse.ClockOf(o.Time), BranchID: o.Branch,
		})
	}
	m := sse.NewOrder{
		BizID: business, BizPbu: o.PBU, ClOrdID: o.ClOrdID.String(), SecurityID: o.Security.Digits(), Account: o.Account,
		OwnerType: sse.OwnerType(owner), Side: sse.Side(side), Price: o.Price, OrderQty: o.Quantity, OrdType: sse.OrdLimit, TimeInForce: sse.ForceDay,
		TransactTime: sse.ClockOf(o.Time), BranchID: o.Branch,
	}
	if o.Type == market.MarketOrder {
		m.OrdType = sse.OrdMarketCancel
	}
	return e.frame(dst, m)
}

// sseBusiness has no number for after-hours trading, which Shanghai runs on
// another platform: that is the format EzSTEP.
func sseBusiness(category uint8) (sse.BizID, error) {
	switch category {
	case categoryAuction:
		return sse.BizAuction, nil
	case categoryNonTrading:
		return sse.BizIssue, nil
	}
	return 0, unsendable("category", category)
}

// sseDecoder reads Shanghai messages.
func sseDecoder(r io.Reader) decoder {
	frames := sse.NewReader(r)
	return func() (event, error) {
		f, err := frames.Next()
		if err != nil {
			return event{}, err
		}
		if !f.Type.Known() {
			return event{text: "message " + f.Type.String()}, nil
		}
		m, err := f.Decode()
		if err != nil {
			return event{}, err
		}
		return sseEvent(m)
	}
}

func sseEvent(m sse.Message) (event, error) {
	switch m := m.(type) {
	case sse.Logon:
		return event{kind: evLogon}, nil
	case sse.Logout:
		return event{kind: evLogout, text: fmt.Sprintf("%d %s", m.SessionStatus, m.Text)}, nil
	case sse.Heartbeat:
		return event{kind: evHeartbeat}, nil
	case sse.PlatformState:
		return event{kind: evPlatform, platform: uint16(m.PlatformID), state: uint16(m.State)}, nil
	case sse.ExecRptInfo:
		return sseStreams(&m)
	case sse.ExecRptSyncRsp:
		return sseSynced(&m)
	case sse.OrderReject:
		return sseRefused(&m), nil
	case sse.Security:
		return event{kind: evSecurity, security: newSecurity(market.Shanghai, &m.Listing)}, nil
	case sse.Snapshot:
		return event{kind: evSnapshot, snapshot: sseSnapshot(&m)}, nil
	}
	r, err := sseReport(m)
	if err != nil || r.kind == 0 {
		return event{text: m.Type().String() + ", which only we send"}, err
	}
	return event{kind: evReport, report: r}, nil
}

func sseStreams(m *sse.ExecRptInfo) (event, error) {
	ev := event{kind: evStreams, platform: uint16(m.PlatformID)}
	for _, pbu := range m.Pbus {
		for _, set := range m.SetIDs {
			p, err := ssePlace(pbu, set)
			if err != nil {
				return event{}, err
			}
			ev.streams = append(ev.streams, p)
		}
	}
	return ev, nil
}

// ssePlace is ssePartition with an error.
func ssePlace(pbu string, set uint32) (uint32, error) {
	p, ok := ssePartition(pbu, set)
	if !ok {
		return 0, fmt.Errorf("stream of unit %q and set %d has no number here: %w", pbu, set, ErrProtocol)
	}
	return p, nil
}

func sseSynced(m *sse.ExecRptSyncRsp) (event, error) {
	if len(m.Streams) == 0 {
		return event{kind: evEcho}, nil
	}
	ev := event{kind: evSynced}
	for i := range m.Streams {
		s := &m.Streams[i]
		p, err := ssePlace(s.Pbu, s.SetID)
		if err != nil {
			return event{}, err
		}
		ev.ends = append(ev.ends, streamEnd{partition: p, last: s.EndReportIndex, refused: s.RejReason})
		if s.RejReason != 0 {
			ev.text = s.Text
		}
	}
	return ev, nil
}

// sseRefused reads a refusal at the gateway. It does not say whether an order or
// a cancel was refused; the session knows by the ClOrdID. A quote session
// answers a fence with it, without a ClOrdID.
func sseRefused(m *sse.OrderReject) event {
	if m.ClOrdID == "" {
		return event{kind: evEcho}
	}
	id := clOrdID(m.ClOrdID)
	return event{kind: evRefused, report: report{kind: reportRefused, message: id, order: id, reason: m.OrdRejReason}}
}

// sseReport reads a numbered report; its kind is 0 for anything else.
func sseReport(m sse.Message) (r report, err error) {
	switch m := m.(type) {
	case sse.ExecRptEndOfStream:
		r = report{kind: reportFinished, index: m.EndReportIndex}
		r.partition, err = ssePlace(m.Pbu, m.SetID)
	case sse.Confirm:
		r = report{kind: reportAccepted, index: m.ReportIndex, message: clOrdID(m.ClOrdID), order: clOrdID(m.ClOrdID)}
		copy(r.orderID[:], m.OrdCnfmID)
		switch m.ExecType {
		case sse.ExecRejected:
			r.kind, r.reason = reportRefused, m.OrdRejReason
		case sse.ExecCancelled:
			r.kind, r.quantity = reportCancelled, m.CxlQty
			if m.OrigClOrdID != "" {
				r.order = clOrdID(m.OrigClOrdID)
			}
		case sse.ExecNew, sse.ExecFill:
		}
		r.partition, err = ssePlace(m.Pbu, m.SetID)
	case sse.Fill:
		r = report{kind: reportFilled, index: m.ReportIndex, message: clOrdID(m.ClOrdID), order: clOrdID(m.ClOrdID), price: m.LastPx, quantity: m.LastQty}
		copy(r.orderID[:], m.OrdCnfmID)
		copy(r.execID[:], m.TrdCnfmID)
		r.partition, err = ssePlace(m.Pbu, m.SetID)
	case sse.CancelReject:
		r = report{kind: reportCancelRefused, index: m.ReportIndex, message: clOrdID(m.ClOrdID), order: clOrdID(m.OrigClOrdID), reason: m.CxlRejReason}
		r.partition, err = ssePlace(m.Pbu, m.SetID)
	}
	return r, err
}
