package journal_test

import (
	"bytes"
	"strings"
	"testing"

	"sancun/journal"
)

// BenchmarkSeal is the writer's share of hashing: 1,000 records of 200 bytes.
func BenchmarkSeal(b *testing.B) {
	for _, kind := range []journal.HashKind{journal.SHA256, journal.SM3} {
		b.Run(kind.String(), func(b *testing.B) {
			records := bytes.Repeat(record(strings.Repeat("r", 196)), 1_000)
			var s journal.Sealer
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Seal(journal.Header{Kind: kind, Height: 1}, records); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(1_000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkDecode is the reader's share: CRC and lengths, without hashing.
func BenchmarkDecode(b *testing.B) {
	sealed := seal(b, journal.Header{Kind: journal.SHA256, Height: 1}, bytes.Repeat(record(strings.Repeat("r", 196)), 1_000))
	raw := sealed.AppendTo(nil)
	for b.Loop() {
		if _, _, err := journal.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1_000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
