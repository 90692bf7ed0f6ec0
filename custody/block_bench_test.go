package custody

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sancun/ledger"
	"sancun/record"
)

// BenchmarkBlocks decides full blocks of transfers between random accounts of a
// million, with a state root every 64 blocks: the mean and, above all, the block
// that takes longest. An operation is one block.
func BenchmarkBlocks(b *testing.B) {
	const accounts, records, rootEvery = 1_000_000, 8192, 64
	m := newMachine()
	buffer := make([]byte, 0, 4<<20)
	m.Begin(buffer, 1, testDay)
	for owner := range uint64(accounts) {
		kind := ledger.General
		if owner == 0 {
			kind = ledger.GeneralWorld
		}
		m.Decide(Request{Cmd: &record.LedgerOpen{AccountKind: uint16(kind), Unit: 1, Owner: owner}})
		if owner > 0 {
			m.Decide(Request{Cmd: &record.LedgerTransfer{Credit: uint32(owner), Amount: 1 << 40}})
		}
		if len(m.Body()) > cap(buffer)/2 {
			m.Begin(buffer, 1, testDay)
		}
	}
	m.NextRoot()
	rng := rand.New(rand.NewPCG(1, 1))
	transfers := make([]record.LedgerTransfer, records)
	var took []time.Duration
	height := uint64(1)
	for b.Loop() {
		b.StopTimer()
		for i := range transfers {
			transfers[i] = record.LedgerTransfer{Debit: 1 + uint32(rng.IntN(accounts-1)), Credit: 1 + uint32(rng.IntN(accounts-1)), Amount: 1}
		}
		height++
		b.StartTimer()
		began := time.Now()
		m.Begin(buffer, height, testDay)
		for i := range transfers {
			m.Decide(Request{Cmd: &transfers[i]})
		}
		if height%rootEvery == 0 {
			m.NextRoot()
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	for name, at := range map[string]int{"median-µs": len(took) / 2, "p99-µs": len(took) * 99 / 100, "worst-µs": len(took) - 1} {
		b.ReportMetric(float64(took[at].Microseconds()), name)
	}
}
