package replica

import (
	"sync"

	"sancun/journal"
)

// Exposure is what a block holds of value, in what would have to be worked off
// if it were lost.
type Exposure struct {
	Records    uint32
	Cash       int64 // fen moved by transfers and fills, gross
	Securities int64 // shares moved by fills, gross
}

// Meter measures at the source how far a follower is behind: in time, blocks,
// bytes and money, transport and apply apart. It is safe for several goroutines.
type Meter struct {
	mu       sync.Mutex
	pending  []measured // blocks the follower has not stored, oldest first
	unapp    []measured // stored but not applied, oldest first
	behind   Behind
	delays   []int64 // of stored blocks since the last Delays, nanoseconds
	dropped  uint64
	lastAck  int64
	appliedH uint64
}

type measured struct {
	height   uint64
	at       int64 // durable at the source, nanoseconds
	bytes    int64
	exposure Exposure
}

// Behind is how far a follower is behind.
type Behind struct {
	Blocks     uint64 `json:"blocks"`
	Records    uint64 `json:"records"`
	Bytes      int64  `json:"bytes"`
	CashFen    int64  `json:"cash_fen"`   // gross cash at risk
	Securities int64  `json:"securities"` // gross shares at risk
	StoredNS   int64  `json:"stored_ns"`  // age of the oldest block that is not stored there
	AppliedNS  int64  `json:"applied_ns"` // age of the oldest that is not applied there
	SilentNS   int64  `json:"silent_ns"`  // since the follower last spoke
	Unapplied  uint64 `json:"unapplied"`  // blocks stored there and not applied
}

// delaysMax bounds the delays kept between two calls of Delays: a minute of a
// block each tenth of a millisecond.
const delaysMax = 600_000

// Durable tells of a block that is durable at the source.
func (m *Meter) Durable(b *journal.Block, at int64, e Exposure) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, measured{b.Height, at, int64(b.Size()), e})
	m.behind.Blocks++
	m.behind.Records += uint64(e.Records)
	m.behind.Bytes += int64(b.Size())
	m.behind.CashFen += e.Cash
	m.behind.Securities += e.Securities
}

// Acked tells what a follower has stored and applied, as heard at now.
func (m *Meter) Acked(stored, applied uint64, now int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastAck, m.appliedH = now, max(m.appliedH, applied)
	n := 0
	for ; n < len(m.pending) && m.pending[n].height <= stored; n++ {
		p := &m.pending[n]
		m.behind.Blocks--
		m.behind.Records -= uint64(p.exposure.Records)
		m.behind.Bytes -= p.bytes
		m.behind.CashFen -= p.exposure.Cash
		m.behind.Securities -= p.exposure.Securities
		if len(m.delays) < delaysMax {
			m.delays = append(m.delays, now-p.at)
		} else {
			m.dropped++
		}
		m.unapp = append(m.unapp, *p)
	}
	m.pending = m.pending[n:]
	n = 0
	for n < len(m.unapp) && m.unapp[n].height <= m.appliedH {
		n++
	}
	m.unapp = m.unapp[n:]
}

// Behind is how far the follower is behind at now.
func (m *Meter) Behind(now int64) Behind {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.behind
	if len(m.pending) > 0 {
		b.StoredNS = now - m.pending[0].at
		b.AppliedNS = b.StoredNS
	}
	if len(m.unapp) > 0 {
		b.AppliedNS = now - m.unapp[0].at
		b.Unapplied = uint64(len(m.unapp))
	}
	if m.lastAck > 0 {
		b.SilentNS = now - m.lastAck
	}
	return b
}

// Delays gives, in nanoseconds, from durable at the source to acknowledged by
// the follower, for every block since the last call; and how many were not kept.
func (m *Meter) Delays() (delays []int64, dropped uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delays, dropped = m.delays, m.dropped
	m.delays, m.dropped = nil, 0
	return delays, dropped
}

// Reset begins anew with a follower that has everything.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending, m.unapp, m.delays = nil, nil, nil
	m.behind, m.dropped, m.lastAck, m.appliedH = Behind{}, 0, 0, 0
}
