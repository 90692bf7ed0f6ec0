package settle

import (
	"context"

	"sancun/custody"
	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// Release has the machine decide every order of a market that waits for the open
// date: it joins the orders of the day or is refused with its reason
// (docs/flows/order.md). Whoever calls it says that the static data of the market
// are whole for the date. It takes one bounded command for every thousand orders,
// none when nothing waits, and may be repeated, also after a crash inside it.
// Errors are the core's, and RefusedError.
func Release(ctx context.Context, core Core, date uint32, of market.Market) error {
	var rows uint32
	waits := false
	if err := core.Look(ctx, func(m *custody.Machine) {
		for row, o := range m.NextOrders() {
			rows = row + 1
			waits = waits || o.State == custody.OrderNew && o.Date == date && m.InstrumentAt(o.Instrument).ID.Market() == of
		}
	}); err != nil || !waits {
		return err
	}
	var requests []record.Request
	for first := uint32(0); first < rows; first += record.ReleaseMax {
		requests = append(requests, record.Request{Caller: house, Cmd: &record.ReleaseOrders{
			Date: date, Market: uint8(of), First: first, Count: record.ReleaseMax,
		}})
	}
	return submitAll(ctx, core, requests, submitMax, func(i int, a state.Answer) error {
		return accepted(requests[i].Cmd, a)
	})
}

// releaseLeft decides what still waits for the day that is about to stop, because
// the data of its market never came.
func (r *run) releaseLeft() error {
	for of := market.Shanghai; of <= market.Beijing; of++ {
		if err := Release(r.ctx, r.core, r.o.Date, of); err != nil {
			return err
		}
	}
	return nil
}
