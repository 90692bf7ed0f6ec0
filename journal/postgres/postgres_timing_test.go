package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sancun/journal"
)

// BenchmarkAppend seals and appends blocks of records of 200 bytes, each durable on
// the server before the next, over a Unix socket: 1,000 records is a busy house,
// 8,000 a batch at full load, 1 a lone deposit.
func BenchmarkAppend(b *testing.B) {
	for _, records := range []int{1, 1_000, 8_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			cell := newCell()
			e := mustOpen(b, server.DSN("postgres"), cell)
			body := batch(records)
			var sealer journal.Sealer
			at := journal.Position{Cell: cell}
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				block, err := sealer.Seal(journal.Header{
					Kind: journal.SHA256, Cell: cell, Height: at.Height + 1, Previous: at.Hash, Time: int64(at.Height),
				}, body)
				if err != nil {
					b.Fatal(err)
				}
				if err := e.Append(&block); err != nil {
					b.Fatal(err)
				}
				at = block.Position()
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "blocks/s")
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
		})
	}
}

// BenchmarkRead is replay without apply: blocks of 1,000 records, CRC and chain.
func BenchmarkRead(b *testing.B) {
	const blocks, records = 200, 1_000
	cell := newCell()
	e := mustOpen(b, server.DSN("postgres"), cell)
	at := journal.Position{Cell: cell}
	for range blocks {
		block, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: cell, Height: at.Height + 1, Previous: at.Hash}, batch(records))
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Append(&block); err != nil {
			b.Fatal(err)
		}
		at = block.Position()
	}
	for b.Loop() {
		if err := e.Read(1, func(*journal.Block) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(blocks*records*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// batch is a body of records of 200 bytes that do not compress.
func batch(records int) []byte {
	body := make([]byte, 0, records*200)
	state := uint64(1)
	for range records {
		record := make([]byte, 200)
		for j := range record {
			state = state*6364136223846793005 + 1442695040888963407
			record[j] = byte(state >> 56)
		}
		copy(record, []byte{200, 0, 0, 0})
		body = append(body, record...)
	}
	return body
}
