package books_test

import (
	"testing"

	"sancun/books"
	"sancun/custody"
	"sancun/market"
	"sancun/record"
)

// An order for the next day is a row under its number from the evening on: it waits
// with the date it is for, and shows what became of it, however the blocks are cut
// into commits.
func testOrdersForTheNextDay(t *testing.T) {
	for _, every := range []bool{false, true} { // commit every block, or all at once
		h, path := newHouse(t), bookPath(t)
		h.begin(2)
		f := openFiller(t, path)
		read := func() map[uint64]books.Order {
			t.Helper()
			h.fill(f)
			if err := f.Flush(); err != nil {
				t.Fatal(err)
			}
			b, err := books.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			all := map[uint64]books.Order{}
			list, err := b.Orders(t.Context(), books.OrderQuery{Fund: fundOf(1)}, books.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list.Rows {
				all[o.ID] = o
			}
			return all
		}
		look := func() map[uint64]books.Order {
			if every {
				return read()
			}
			return nil
		}
		h.must(0, &record.StopDay{Date: today})
		good, far, gone := h.buy(1, 100_000, 100).Ref, h.buy(1, 200_000, 100).Ref, h.buy(1, 90_000, 100).Ref
		h.must(investor(1), &record.CancelOrder{Order: gone, Fund: fundOf(1)})
		if all := look(); every && (all[good].State != custody.OrderNew || all[good].Date != next || all[gone].State != custody.OrderCancelled || all[gone].Cancelled != 100) {
			t.Errorf("in the evening: %+v", all)
		}
		for step := range uint16(custody.StepsOfDay) {
			h.must(0, &record.StepDone{Date: today, Step: step + 1, OK: 1})
		}
		h.must(0, &record.DayCleared{Date: today})
		h.must(0, &record.OpenDay{Date: next, Next: 20230829})
		h.must(0, &record.LoadInstruments{Date: next, Rows: []record.InstrumentData{{ID: uint32(stock), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}})
		h.must(0, &record.ReleaseOrders{Date: next, Market: uint8(market.Shenzhen), Count: record.ReleaseMax})
		look()
		h.filled(good, 1, 100_000, 100)
		h.must(0, &record.StopDay{Date: next})
		all := read()
		if o := all[good]; o.State != custody.OrderFilled || o.Date != next || o.Filled != 100 {
			t.Errorf("released and filled: %+v", o)
		}
		if o := all[far]; o.State != custody.OrderRefused || record.Code(o.Reason) != record.OfVerdict(market.PriceAboveLimit) || o.Cancelled != 100 {
			t.Errorf("refused: %+v", o)
		}
		if o := all[gone]; len(all) != 3 || o.State != custody.OrderCancelled {
			t.Errorf("cancelled: %+v", o)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
