package settle

import (
	"crypto/sha256"
	"fmt"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

func fileOf(name string, content []byte) File {
	return File{Name: name, Bytes: int64(len(content)), SHA256: sha256.Sum256(content)}
}

// stopDay stops business if it has not been stopped yet.
func (r *run) stopDay() error {
	if r.day.Phase != custody.DayOpen {
		return nil
	}
	if err := r.releaseLeft(); err != nil {
		return err
	}
	cmd := &record.StopDay{Date: r.o.Date}
	answers, err := r.core.Submit(r.ctx, record.Request{Caller: house, Cmd: cmd})
	if err != nil {
		return err
	}
	// Somebody else may have stopped the day in the same moment.
	if err := accepted(cmd, answers[0], record.DayClosed); err != nil {
		return err
	}
	return r.look()
}

// Orders expire in groups of the size one command takes. A report of a fill or
// cancel that was under way may close one of a group first; then the group is put
// together again, a few times at most.
const (
	expireBatch = 2_000
	expireTries = 10
)

// stopBusiness is step 1: what is left of orders expires, so that nothing can
// trade any more. Its rows are the orders that expired.
func (r *run) stopBusiness(done bool) (uint64, error) {
	for try := 0; !done; try++ {
		open, err := r.openOrders()
		if err != nil {
			return 0, err
		}
		if len(open) == 0 {
			break
		}
		if try == expireTries {
			return 0, fmt.Errorf("%d orders are still open: %w", len(open), ErrUnsettled)
		}
		if err := r.expire(open); err != nil {
			return 0, err
		}
	}
	var expired uint64
	err := r.core.Look(r.ctx, func(m *custody.Machine) {
		for _, o := range m.Orders() {
			if o.State == custody.OrderExpired {
				expired++
			}
		}
	})
	return expired, err
}

func (r *run) openOrders() ([]uint64, error) {
	var open []uint64
	err := r.core.Look(r.ctx, func(m *custody.Machine) {
		for _, o := range m.Orders() {
			if o.Open() {
				open = append(open, o.ID)
			}
		}
	})
	return open, err
}

func (r *run) expire(open []uint64) error {
	var requests []record.Request
	for from := 0; from < len(open); from += expireBatch {
		requests = append(requests, record.Request{Caller: house, Cmd: &record.ExpireOrders{Orders: open[from:min(from+expireBatch, len(open))]}})
	}
	return submitAll(r.ctx, r.core, requests, submitMax, func(i int, a state.Answer) error {
		return accepted(requests[i].Cmd, a, record.UnknownOrder)
	})
}
