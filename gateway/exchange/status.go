package exchange

import (
	"time"

	"sancun/market"
)

// Counts are what a gateway has counted since it was made.
type Counts struct {
	Connects         uint64 // connections opened
	Sent             uint64 // messages put on the wire, repetitions included
	Resent           uint64 // of those, repetitions
	Acked            uint64 // messages the exchange has spoken of
	Known            uint64 // fed, and at the exchange or in the queue already
	Unsendable       uint64 // refused by us: the format has no place for them
	Reports          uint64 // numbered reports received, each counted once
	Repeated         uint64 // reports received again and passed over
	Gaps             uint64 // times a report was missing
	Synchronisations uint64 // times the streams were asked for
	Duplicates       uint64 // refusals of a ClOrdID used before
	Ignored          uint64 // messages we do not act on
	Submitted        uint64 // reports the machine took
	Impossible       uint64 // reports the machine found impossible; a case for people
	Strange          uint64 // reports of orders the machine does not know
	Busy             uint64 // times the sequencer was full and we waited
}

// StreamStatus is where a stream stands.
type StreamStatus struct {
	Partition uint32
	Next      uint64 // the index wanted next
	Gap       bool
	Finished  bool   // for the day
	Refused   uint32 // the exchange's code when it will not send it
}

// PlatformStatus is the state of a platform as the exchange numbers it; 2 is open.
type PlatformStatus struct {
	ID    uint16
	State uint16
}

// Status is a gateway for consoles and metrics.
type Status struct {
	Market    market.Market
	State     State
	Since     time.Time // of State
	LastHeard time.Time // when the exchange last said anything
	LastSpoke time.Time
	Detail    string // the last thing that went wrong; empty when nothing did
	Platforms []PlatformStatus
	Streams   []StreamStatus

	Queue   int // at the door
	Waiting int // inside, for an open platform or the end of a synchronisation
	OnWire  int // sent, and not yet spoken of by the exchange
	Unknown int // given up: the outcome is unknown until the exchange or a person says
	Pending int // reports received and not yet durable
	Counts
}

// Status returns a picture of the gateway. It may be called from any goroutine.
func (g *Gateway) Status() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.s
	out := Status{
		Market: g.o.Market, State: s.state, Since: s.since, LastHeard: s.heardAt, LastSpoke: s.spokeAt, Detail: s.detail,
		Queue: len(g.door), Waiting: s.waiting, OnWire: s.onWire, Unknown: s.stuck, Pending: s.pending() + g.flying, Counts: s.count,
	}
	for id, p := range s.platforms {
		if p.known {
			out.Platforms = append(out.Platforms, PlatformStatus{ID: uint16(id), State: p.state})
		}
	}
	for _, st := range s.streams.all {
		out.Streams = append(out.Streams, StreamStatus{Partition: st.partition, Next: st.next, Gap: st.gap, Finished: st.finished, Refused: st.refused})
	}
	return out
}
