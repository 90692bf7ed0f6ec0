package exchange

import (
	"context"
	"testing"

	"sancun/market"
)

// BenchmarkOrders measures an order's way out and its reports' way back over
// loopback TCP in lock-step, the simulator included.
func BenchmarkOrders(b *testing.B) {
	for _, m := range []market.Market{market.Shenzhen, market.Shanghai} {
		b.Run(m.String(), func(b *testing.B) {
			w := newWorld(b, m, nil)
			defer w.close()
			w.tcp = true
			w.settle()
			w.at(9, 31, 0)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				o := w.order(codesOf(m)[i%4], uint8(1+i/4%2), 10*yuan, 100)
				w.place(o)
				if i%1000 == 999 {
					if err := w.g.Drain(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			}
			w.drain()
			b.StopTimer()
			if s := w.g.Status(); s.Acked != uint64(b.N) {
				b.Fatalf("acknowledged %d of %d", s.Acked, b.N)
			}
		})
	}
}
