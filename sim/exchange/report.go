package exchange

import (
	"sancun/calendar"
	"sancun/money"
)

// reportKind continues EventKind with what concerns no order.
type reportKind uint8

// The kinds beyond events.
const (
	kindFinished reportKind = 6 // the stream ends for the day; takes an index
	kindState    reportKind = 7 // a platform changes its state; has no index
)

// report is one line of the exchange's log of what members are told, in order
// of time over all members, so that a connection sees one order of events.
type report struct {
	quantity money.Quantity // cancelled
	filled   money.Quantity // of the order, after the event
	order    OrderNo
	request  OrderNo
	trade    int32
	index    uint32 // within the stream, from 1; 0 for kindState
	at       calendar.TimeOfDay
	until    calendar.TimeOfDay // held from the live stream until then
	stream   uint16             // for kindState the platform
	reason   Reason
	kind     reportKind
	status   Status
	flags    uint8
	rank     uint32 // among the fills, or among all else, of the stream
}

// The flags of a report, by faults.
const (
	reportTwice uint8 = 1 << 0
	reportLost  uint8 = 1 << 1
)

// stream is one numbered sequence of reports: one owner and one partition.
type stream struct {
	owner     int // Shenzhen: the member; Shanghai: the trading unit
	member    int
	partition int
	reports   []int32 // places in Exchange.reports; index 1 is the first
	fills     uint32  // of the reports
	finished  bool
}

// makeStreams gives every owner a stream in every partition.
func (x *Exchange) makeStreams() {
	for m, member := range x.members {
		x.firstOwner = append(x.firstOwner, len(x.owners))
		owners := 1
		if x.market == Shanghai {
			owners = len(member.PBUs)
		}
		for i := range owners {
			for p := range x.partitions {
				x.streams = append(x.streams, stream{owner: len(x.owners), member: m, partition: p})
			}
			x.owners = append(x.owners, member.PBUs[i])
		}
		for i, name := range member.PBUs {
			unit, _ := x.venue.PBU(name)
			for len(x.unitOwner) <= int(unit) {
				x.unitOwner = append(x.unitOwner, 0)
				x.unitMember = append(x.unitMember, 0)
			}
			x.unitMember[unit] = m
			owner := len(x.owners) - owners
			if x.market == Shanghai {
				owner += i
			}
			x.unitOwner[unit] = owner
		}
	}
}

// streamOf returns the stream that reports a business of a unit. The rows of
// EzSTEP are one stream for all units of a member: that of its first.
func (x *Exchange) streamOf(unit PBU, b Business, security int32) int {
	at := x.partitionOf(b, security)
	if x.market == Shanghai && at == shanghaiRows {
		return x.firstOwner[x.unitMember[unit]]*len(x.partitions) + at
	}
	return x.unitOwner[unit]*len(x.partitions) + at
}

// collect turns the Venue's events into numbered reports.
func (x *Exchange) collect() {
	for _, ev := range x.venue.Events() {
		subject := ev.Order
		if subject == noOrder {
			subject = ev.Request
		}
		if subject == noOrder {
			continue // the day is full: the sender has been told at the door
		}
		e := x.venue.entry(subject)
		x.append(x.streamOf(e.pbu, e.business, e.security), report{
			kind: reportKind(ev.Kind), reason: ev.Reason, order: ev.Order, request: ev.Request, trade: ev.Trade,
			at: ev.At, quantity: ev.Quantity, filled: ev.Filled, status: ev.Status,
		})
		x.totals.count(ev.Kind)
	}
}

// append numbers a report in its stream and logs it.
func (x *Exchange) append(at int, r report) {
	s := &x.streams[at]
	r.stream, r.index = uint16(at), uint32(len(s.reports)+1)
	if r.rank = r.index - s.fills; EventKind(r.kind) == EventFilled {
		s.fills++
		r.rank = s.fills
	}
	s.reports = append(s.reports, int32(len(x.reports)))
	x.reports = append(x.reports, r)
}

// updatePlatforms tells the sessions what has changed since the last window, and
// closes the streams of a platform that has closed.
func (x *Exchange) updatePlatforms() {
	for i := range x.platforms {
		p := &x.platforms[i]
		state := x.stateOf(p, &x.venue.window)
		if state == p.state {
			continue
		}
		p.state = state
		if state == stateClose {
			x.finish(i)
		}
		x.reports = append(x.reports, report{kind: kindState, stream: uint16(i), quantity: money.Quantity(state), at: x.venue.now})
	}
}

// finish ends the streams of a platform. EzSTEP's tables have no last row.
func (x *Exchange) finish(platform int) {
	if x.market == Shanghai && platform == afterHoursSH {
		return
	}
	for i := range x.streams {
		s := &x.streams[i]
		if x.partitions[s.partition].platform == platform && !s.finished {
			s.finished = true
			x.append(i, report{kind: kindFinished, order: noOrder, request: noOrder, trade: -1, at: x.venue.now})
		}
	}
}

// view is a report with everything a byte format may say about it.
type view struct {
	kind      reportKind
	reason    Reason
	status    Status
	at        calendar.TimeOfDay
	partition int32
	platform  uint16
	index     uint32
	rank      uint32
	owner     string // the trading unit whose stream it is
	pbu       string // the trading unit that placed the order
	code      string
	business  Business
	orderNo   OrderNo
	known     bool // there is an order; else a cancel named none
	side      Side
	price     money.Price
	quantity  money.Quantity
	filled    money.Quantity
	leaves    money.Quantity
	cancelled money.Quantity
	entered   calendar.TimeOfDay
	ticket    *Ticket // the order's
	request   *Ticket // the cancel request's, or nil
	original  ClOrdID // what the cancel request named

	number   int64 // of the execution
	lastPx   money.Price
	lastQty  money.Quantity
	sequence uint64 // a number no other report of the day has
}

// fill makes the view of r.
func (x *Exchange) fill(v *view, r *report) {
	s := &x.streams[r.stream]
	*v = view{
		kind: r.kind, reason: r.reason, status: r.status, at: r.at, index: r.index, rank: r.rank,
		partition: x.partitions[s.partition].no, platform: x.platforms[x.partitions[s.partition].platform].id,
		owner: x.owners[s.owner], sequence: uint64(s.partition+1)<<40 | uint64(s.owner)<<32 | uint64(r.index),
	}
	if r.kind == kindFinished {
		return
	}
	venue := x.venue
	if r.request != noOrder {
		c := venue.entry(r.request)
		v.request, v.pbu, v.business, v.side = &venue.tickets[c.ticket], venue.pbus[c.pbu], c.business, c.side
		v.code, v.original, v.orderNo = venue.codeOf(c), venue.originals[r.request], noOrder
	}
	if r.order != noOrder {
		e := venue.entry(r.order)
		v.known, v.orderNo, v.ticket, v.pbu = true, r.order, &venue.tickets[e.ticket], venue.pbus[e.pbu]
		v.code, v.business, v.side = venue.codeOf(e), e.business, e.side
		v.price, v.quantity, v.entered, v.filled = e.price, e.quantity, e.at, r.filled
		if r.status == StatusNew || r.status == StatusPartial {
			v.leaves = e.quantity - r.filled
		}
		if EventKind(r.kind) == EventCancelled {
			v.cancelled = r.quantity
		}
	}
	if r.trade >= 0 {
		t := &venue.trades[r.trade]
		v.number, v.lastPx, v.lastQty = t.number, t.price, t.quantity
	}
}

// Totals counts what has been reported.
type Totals struct {
	Accepted, Rejected, Fills, Cancels, CancelRejects int64
	// Refused counts messages turned away at the door, without a numbered report.
	Refused int64
	// Faults counts the faults that befell messages, by Fault.
	Faults [faultKinds]int64
}

func (t *Totals) count(k EventKind) {
	switch k {
	case EventAccepted:
		t.Accepted++
	case EventRejected:
		t.Rejected++
	case EventFilled:
		t.Fills++
	case EventCancelled:
		t.Cancels++
	case EventCancelRejected:
		t.CancelRejects++
	}
}
