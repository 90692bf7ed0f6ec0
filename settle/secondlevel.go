package settle

import (
	"cmp"
	"slices"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// clearBatch is how many orders one command clears: the machine's own bound.
const clearBatch = 1_000

// uncleared is a filled order that is not booked yet.
type uncleared struct {
	id   uint64
	fund uint32
	side uint8
}

// clearSecond is step 6 (二级清算): every filled order is booked into its client's
// cash and position. Orders go account by account, sales before purchases, so that
// no client is in debt on the way who is not in the end. Its rows are the filled
// orders.
func (r *run) clearSecond(done bool) (uint64, error) {
	var open []uncleared
	var filled uint64
	err := r.core.Look(r.ctx, func(m *custody.Machine) {
		for _, o := range m.Orders() {
			if o.Filled == 0 {
				continue
			}
			filled++
			if o.Cleared == 0 {
				open = append(open, uncleared{o.ID, o.Fund, o.Side})
			}
		}
	})
	if err != nil || done {
		return filled, err
	}
	slices.SortFunc(open, func(a, b uncleared) int {
		return cmp.Or(cmp.Compare(a.fund, b.fund), -cmp.Compare(a.side, b.side), cmp.Compare(a.id, b.id))
	})
	var requests []record.Request
	for from := 0; from < len(open); from += clearBatch {
		part := open[from:min(from+clearBatch, len(open))]
		cmd := &record.ClearOrders{Date: r.o.Date, Orders: make([]uint64, len(part))}
		for i, o := range part {
			cmd.Orders[i] = o.id
		}
		requests = append(requests, record.Request{Caller: house, Cmd: cmd})
	}
	return filled, submitAll(r.ctx, r.core, requests, submitMax, func(i int, a state.Answer) error {
		r.progress(uint64(min((i+1)*clearBatch, len(open))), uint64(len(open)), false)
		return accepted(requests[i].Cmd, a)
	})
}
