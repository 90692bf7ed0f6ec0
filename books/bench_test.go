package books_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkFill measures commands a second into the tables: deposits that began
// at the bank, one transfer, one entry and one balance each, and order lives.
// -benchtime=1000000x gives the canonical size.
func BenchmarkFill(b *testing.B) {
	for name, at := range map[string]func() string{"sqlite": nil, "postgres": newSchema} {
		place = at
		b.Run(name, benchmarkFill)
	}
	place = nil
}

func benchmarkFill(b *testing.B) {
	const clients = 100_000
	for _, load := range []struct {
		name string
		one  func(h *house, i int)
	}{
		{"deposits", func(h *house, i int) { h.deposit(uint64(1+i*7919%clients), fmt.Sprintf("D%d", i), 100) }},
		{"orders", func(h *house, i int) { h.buy(uint64(1+i*7919%clients), 95_000, 100) }},
	} {
		b.Run(load.name, func(b *testing.B) {
			h := newHouse(b)
			h.begin(clients)
			f := openFiller(b, bookPath(b))
			h.fill(f)
			h.hold = true
			var took time.Duration
			for i := range b.N {
				load.one(h, i)
				if i%50_000 < b.N-1 && i != b.N-1 {
					if (i+1)%50_000 != 0 {
						continue
					}
				}
				if h.open {
					h.seal()
				}
				began := time.Now()
				for _, block := range h.blocks {
					if block.Height > f.Position().Height {
						if err := f.Add(block); err != nil {
							b.Fatal(err)
						}
					}
				}
				took += time.Since(began)
				h.blocks = h.blocks[:0]
			}
			began := time.Now()
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			took += time.Since(began)
			b.ReportMetric(float64(b.N)/took.Seconds(), "commands/s")
		})
	}
}
