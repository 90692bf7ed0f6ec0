package disk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
)

// BenchmarkAppend seals and appends blocks of records of 200 bytes to the machine's
// own file system, each durable before the next: 1,000 records is a busy house,
// 8,000 a batch at full load, 1 a lone deposit.
func BenchmarkAppend(b *testing.B) {
	for _, records := range []int{1, 1_000, 8_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			e, _, err := disk.Open(disk.Options{Dir: b.TempDir(), FS: durable.OS{}, Cell: 7})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			body := batch(records)
			var sealer journal.Sealer
			at := journal.Position{Cell: 7}
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				block, err := sealer.Seal(journal.Header{
					Kind: journal.SHA256, Cell: 7, Height: at.Height + 1, Previous: at.Hash, Time: int64(at.Height),
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
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
		})
	}
}

// BenchmarkRead is replay without apply: blocks of 1,000 records, CRC and chain.
func BenchmarkRead(b *testing.B) {
	const blocks, records = 200, 1_000
	e, _, err := disk.Open(disk.Options{Dir: b.TempDir(), FS: durable.OS{}, Cell: 7})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	at := journal.Position{Cell: 7}
	for range blocks {
		block, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 7, Height: at.Height + 1, Previous: at.Hash}, batch(records))
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

// batch is a body of records of 200 bytes.
func batch(records int) []byte {
	body := make([]byte, 0, records*200)
	for i := range records {
		record := make([]byte, 200)
		for j := range record {
			record[j] = byte(i + j*7)
		}
		copy(record, []byte{200, 0, 0, 0})
		body = append(body, record...)
	}
	return body
}
