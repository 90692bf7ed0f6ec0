package exchange

import (
	"math"
	"slices"

	"sancun/record"
)

// take returns at most batchMax requests for the machine, in the order of the
// inbox, and forgets them. A refusal outside the streams settles its message
// now, because it does not come again.
func (s *session) take() []record.Request {
	batch := s.local
	s.local = nil
	end := min(len(s.inbox), s.taken+batchMax)
	for i := s.taken; i < end; i++ {
		r := &s.inbox[i]
		if r.index == 0 {
			s.settleReport(r)
		}
		if cmd := s.command(r); cmd != nil {
			batch = append(batch, record.Request{Caller: s.caller, Cmd: cmd})
		}
	}
	if s.taken = end; end == len(s.inbox) {
		s.forgetInbox()
	}
	return batch
}

func (s *session) forgetInbox() { s.inbox, s.taken = s.inbox[:0], 0 }

// pending returns how many reports wait to be submitted.
func (s *session) pending() int { return len(s.inbox) - s.taken + len(s.local) }

// sortInbox puts the reports of one Drain into an order that does not depend on
// when they came: by stream and index, refusals outside the streams last, as
// they came.
func (s *session) sortInbox() {
	slices.SortStableFunc(s.inbox[s.taken:], func(a, b report) int {
		switch {
		case a.index == 0 || b.index == 0:
			return b2i(a.index == 0) - b2i(b.index == 0)
		case a.partition != b.partition:
			return b2i(a.partition > b.partition)*2 - 1
		case a.index != b.index:
			return b2i(a.index > b.index)*2 - 1
		}
		return 0
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// command is what a report says, as a record.
func (s *session) command(r *report) record.Command {
	at := record.Report{Market: uint8(s.o.Market), Partition: r.partition, Index: r.index, ClOrdID: r.order}
	if s.duplicate(r) {
		return noted(at)
	}
	reason := uint16(min(r.reason, math.MaxUint16))
	if r.reason > math.MaxUint16 {
		reason = ReasonTooLarge
	}
	switch r.kind {
	case reportAccepted:
		return &record.OrderReported{Report: at, OrderID: r.orderID}
	case reportFilled:
		return &record.OrderFilled{Report: at, ExecID: r.execID, Price: r.price, Quantity: r.quantity}
	case reportCancelled:
		return &record.OrderCancelled{Report: at, Quantity: r.quantity}
	case reportRefused:
		return &record.OrderRefused{Report: at, Reason: reason}
	case reportCancelRefused:
		return &record.CancelRefused{Report: at, Reason: reason}
	case reportFinished:
	}
	return nil
}

// noted moves the machine's cursor past a report that changes nothing or cannot
// be true, so that its stream does not stand still: an acknowledgement of no
// order.
func noted(at record.Report) record.Command {
	at.ClOrdID = ClOrdID{}
	return &record.OrderReported{Report: at}
}

// reportOf returns where a command of this package stands in its stream.
func reportOf(cmd record.Command) *record.Report {
	switch c := cmd.(type) {
	case *record.OrderReported:
		return &c.Report
	case *record.OrderFilled:
		return &c.Report
	case *record.OrderCancelled:
		return &c.Report
	case *record.OrderRefused:
		return &c.Report
	case *record.CancelRefused:
		return &c.Report
	}
	return nil
}
