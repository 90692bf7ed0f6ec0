package exchange

import (
	"io"
	"math"
	"time"

	"sancun/market"
	"sancun/wire/szse"
)

// szseEncoder writes Shenzhen messages.
type szseEncoder struct{}

// szseFencePartition is no partition of any platform: asking for it is answered
// with a BusinessReject and changes nothing.
const szseFencePartition = math.MaxInt32

// szseClearing names the clearing house in Shenzhen.
const szseClearing = "01"

func (*szseEncoder) logon(dst []byte, l *Logon, _ time.Time) ([]byte, error) {
	return szse.AppendFrame(dst, szse.Logon{
		SenderCompID: l.CompID, TargetCompID: l.Target, HeartBtInt: int32(l.Heartbeat / time.Second),
		Password: l.Password, DefaultApplVerID: l.Version,
	})
}

func (*szseEncoder) logout(dst []byte) ([]byte, error) {
	return szse.AppendFrame(dst, szse.Logout{SessionStatus: szse.SessionLoggedOut})
}

func (*szseEncoder) heartbeat(dst []byte) ([]byte, error) {
	return szse.AppendFrame(dst, szse.Heartbeat{})
}

func (*szseEncoder) fence(dst []byte) ([]byte, error) {
	return szse.AppendFrame(dst, szse.ReportSynchronization{Partitions: []szse.PartitionIndex{{PartitionNo: szseFencePartition, ReportIndex: 1}}})
}

func (*szseEncoder) synchronise(dst []byte, asks []Cursor) ([]byte, error) {
	for len(asks) > 0 {
		n := min(len(asks), szse.PartitionsMax)
		m := szse.ReportSynchronization{Partitions: make([]szse.PartitionIndex, n)}
		for i, a := range asks[:n] {
			m.Partitions[i] = szse.PartitionIndex{PartitionNo: int32(a.Partition), ReportIndex: int64(a.Next)}
		}
		var err error
		if dst, err = szse.AppendFrame(dst, m); err != nil {
			return dst, err
		}
		asks = asks[n:]
	}
	return dst, nil
}

func (*szseEncoder) send(dst []byte, e *entry) ([]byte, error) {
	o := &e.order
	business, err := szseBusiness(o.Category)
	if err != nil {
		return dst, err
	}
	side, owner, err := wireParty(o)
	if err != nil {
		return dst, err
	}
	if e.cancel {
		return szse.AppendFrame(dst, szse.Cancel{
			ApplID: business, SubmittingPBUID: o.PBU, SecurityID: o.Security.Digits(), OwnerType: szse.OwnerType(owner), ClearingFirm: szseClearing,
			TransactTime: szse.TimestampOf(o.Time), ClOrdID: o.ClOrdID.String(), OrigClOrdID: e.original.String(),
			Side: szse.Side(side), OrderQty: o.Quantity,
		})
	}
	m := szse.NewOrder{
		ApplID: business, SubmittingPBUID: o.PBU, SecurityID: o.Security.Digits(), OwnerType: szse.OwnerType(owner), ClearingFirm: szseClearing,
		TransactTime: szse.TimestampOf(o.Time), ClOrdID: o.ClOrdID.String(), AccountID: o.Account, BranchID: o.Branch,
		Side: szse.Side(side), OrdType: szse.OrdLimit, OrderQty: o.Quantity, Price: o.Price,
	}
	if o.Type == market.MarketOrder {
		m.OrdType = szse.OrdMarket
	}
	if business == szse.ApplSpot {
		m.Spot.TimeInForce = szse.ForceDay
	}
	if business != szse.ApplIssue {
		m.CashMargin = szse.CashOrdinary
	}
	return szse.AppendFrame(dst, m)
}

func szseBusiness(category uint8) (szse.ApplID, error) {
	switch category {
	case categoryAuction:
		return szse.ApplSpot, nil
	case categoryAfterHours:
		return szse.ApplAfterHours, nil
	case categoryNonTrading:
		return szse.ApplIssue, nil
	}
	return "", unsendable("category", category)
}

// szseDecoder reads Shenzhen messages.
func szseDecoder(r io.Reader) decoder {
	frames := szse.NewReader(r)
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
		return szseEvent(m), nil
	}
}

func szseEvent(m szse.Message) event {
	switch m := m.(type) {
	case szse.Logon:
		return event{kind: evLogon}
	case szse.Logout:
		return event{kind: evLogout, text: m.Text}
	case szse.Heartbeat:
		return event{kind: evHeartbeat}
	case szse.PlatformStateInfo:
		return event{kind: evPlatform, platform: uint16(m.PlatformID), state: uint16(m.PlatformState)}
	case szse.PlatformInfo:
		ev := event{kind: evStreams, platform: uint16(m.PlatformID)}
		for _, no := range m.PartitionNos {
			ev.streams = append(ev.streams, uint32(no))
		}
		return ev
	case szse.ReportFinished:
		return event{kind: evReport, report: report{kind: reportFinished, partition: uint32(m.PartitionNo), index: uint64(m.ReportIndex)}}
	case szse.Confirm:
		return event{kind: evReport, report: szseConfirm(&m)}
	case szse.Fill:
		r := szseReport(reportFilled, &m.ReportHead, m.ClOrdID, m.ClOrdID)
		r.price, r.quantity = m.LastPx, m.LastQty
		copy(r.orderID[:], m.OrderID)
		copy(r.execID[:], m.ExecID)
		return event{kind: evReport, report: r}
	case szse.CancelReject:
		r := szseReport(reportCancelRefused, &m.ReportHead, m.ClOrdID, m.OrigClOrdID)
		r.reason = uint32(m.CxlRejReason)
		return event{kind: evReport, report: r}
	case szse.BusinessReject:
		return szseRefused(&m)
	case szse.Security:
		return event{kind: evSecurity, security: newSecurity(market.Shenzhen, &m.Listing)}
	case szse.Snapshot:
		return event{kind: evSnapshot, snapshot: szseSnapshot(&m)}
	}
	return event{text: m.Type().String() + ", which only we send"}
}

func szseReport(kind reportKind, h *szse.ReportHead, message, order string) report {
	return report{kind: kind, partition: uint32(h.PartitionNo), index: uint64(h.ReportIndex), message: clOrdID(message), order: clOrdID(order)}
}

// szseConfirm reads an acknowledgement. A cancelled order reports under the
// cancel's ClOrdID, or under its own when the exchange cancelled it by itself.
func szseConfirm(m *szse.Confirm) report {
	r := szseReport(reportAccepted, &m.ReportHead, m.ClOrdID, m.ClOrdID)
	copy(r.orderID[:], m.OrderID)
	switch m.ExecType {
	case szse.ExecRejected:
		r.kind, r.reason = reportRefused, uint32(m.OrdRejReason)
	case szse.ExecCancelled:
		r.kind, r.quantity = reportCancelled, m.OrderQty-m.CumQty
		if m.OrigClOrdID != "" {
			r.order = clOrdID(m.OrigClOrdID)
		}
	case szse.ExecNew, szse.ExecFill:
	}
	return r
}

func szseRefused(m *szse.BusinessReject) event {
	ev := event{kind: evRefused, text: m.BusinessRejectText, report: report{reason: uint32(m.BusinessRejectReason), message: clOrdID(m.BusinessRejectRefID)}}
	switch m.RefMsgType {
	case szse.TypeReportSynchronization:
		ev.kind = evEcho
	case szse.TypeCancel:
		ev.report.kind = reportCancelRefused
	default:
		ev.report.kind, ev.report.order = reportRefused, ev.report.message
	}
	return ev
}
