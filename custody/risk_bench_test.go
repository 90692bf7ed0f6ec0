package custody

import (
	"fmt"
	"testing"

	"sancun/market"
	"sancun/record"
	"sancun/risk"
)

// BenchmarkOrderRisk is what the risk rules add to one order: with the limits that
// are built in, and with every rule, a list and a client of ten positions.
func BenchmarkOrderRisk(b *testing.B) {
	for _, every := range []bool{false, true} {
		b.Run(fmt.Sprintf("every=%v", every), func(b *testing.B) {
			r := newRun(b)
			withClients(b, r, 2)
			withInstruments(b, r, 2)
			if every {
				for _, d := range instrumentRows()[:10] {
					r.must(0, &record.SecuritiesIn{Fund: 1001, Instrument: d.ID, Quantity: 100})
				}
				staff := record.CallerOf(record.CallerStaff, 9)
				for rule := risk.PerSecond; rule <= risk.Late; rule++ {
					limit := int64(1) << 40
					if rule >= risk.Early {
						limit = 1
					}
					r.must(staff, &record.SetRiskRule{Rule: uint8(rule), Outcome: uint8(risk.Warn), From: testDate, Limit: limit, Source: "bench"})
				}
				r.must(staff, &record.List{Subject: risk.ListedSecurity, Number: uint64(stockSZ), Outcome: uint8(risk.Refuse), Reason: "bench"})
			}
			c := &record.NewOrder{Fund: 1001, Instrument: uint32(stockSH), Side: Buy, Category: CategoryAuction, Type: uint8(market.LimitOrder), Price: 10_0000, Quantity: 100}
			m := r.live
			for b.Loop() {
				e := m.entryNow()
				m.out.Reset(m.out.Body())
				if code := m.checkOrderClient(c, &e); code != record.Accepted {
					b.Fatal(code)
				}
				row, _ := m.instrument(market.ID(c.Instrument))
				e.row, e.instrument = row, m.instruments.At(row)
				if code := m.checkOrderRisk(c, &e); code != record.Accepted {
					b.Fatal(code)
				}
				m.countOrder(&e)
			}
		})
	}
}
