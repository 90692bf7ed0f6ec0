package verify

import (
	"encoding/binary"

	"sancun/record"
)

// Numbers of tables, and where fields lie in rows of orders and of the business
// day (docs/formats/state.md).
const (
	tableDay        = 2
	tableOrders     = 8
	tableNextOrders = 23

	orderState, orderDate       = 27, 33
	leastOrder                  = 37 // bytes that hold all of them
	dayNext, dayPhase           = 4, 8
	leastDay                    = 9
	phaseOpen                   = 1
	stateWaiting, stateReleased = 1, 10
)

// ahead follows the orders for the next trading day through the blocks: which of
// them wait, and what the record being read does to them.
type ahead struct {
	date, next uint32
	phase      uint8
	waits      map[uint64]uint32 // number of an order that waits to its date

	about    bool // the record writes a row of an order for the next day
	account  bool // the record touches an account
	entered  []uint64
	released []uint64
	placed   map[uint64]bool // rows of orders of the day that the record writes
	wrong    string
}

func newAhead() ahead { return ahead{waits: map[uint64]uint32{}, placed: map[uint64]bool{}} }

// begin forgets the record before.
func (a *ahead) begin() {
	a.about, a.account, a.entered, a.released, a.wrong = false, false, a.entered[:0], a.released[:0], ""
	clear(a.placed)
}

// take notes one effect of the record.
func (a *ahead) take(e record.Effect) {
	switch {
	case e.Kind == record.EffectOpen, e.Kind == record.EffectPost, e.Kind == record.EffectShift:
		a.account = true
	case e.Kind == record.EffectClear && e.Code == tableNextOrders:
		a.about = true
		if len(a.waits) > 0 {
			a.wrong = "orders that still wait are cleared away"
		}
	case e.Kind != record.EffectPut:
	case e.Code == tableDay && len(e.Bytes) >= leastDay:
		a.date, a.next, a.phase = binary.LittleEndian.Uint32(e.Bytes), binary.LittleEndian.Uint32(e.Bytes[dayNext:]), e.Bytes[dayPhase]
	case e.Code == tableOrders && len(e.Bytes) >= leastOrder:
		a.placed[binary.LittleEndian.Uint64(e.Bytes)] = true
	case e.Code == tableNextOrders && len(e.Bytes) >= leastOrder:
		a.row(binary.LittleEndian.Uint64(e.Bytes), e.Bytes[orderState], binary.LittleEndian.Uint32(e.Bytes[orderDate:]))
	}
}

// row notes a new or changed row of an order for the next day.
func (a *ahead) row(number uint64, state uint8, date uint32) {
	a.about = true
	of, waits := a.waits[number]
	switch {
	case state == stateWaiting && waits:
		a.wrong = "an order that waits is written again"
	case state == stateWaiting:
		a.waits[number] = date
		a.entered = append(a.entered, number)
	case !waits:
		a.wrong = "an order is decided that does not wait"
	default:
		delete(a.waits, number)
		if state == stateReleased {
			a.released = append(a.released, number)
			if of != a.date || a.phase != phaseOpen {
				a.wrong = "an order is released on another day than its own"
			}
		}
	}
}

// verdict says what is wrong with the record, and whether it was about orders for
// the next day at all.
func (a *ahead) verdict() (about bool, wrong string) {
	for _, number := range a.entered {
		if a.account || a.phase == phaseOpen || a.waits[number] != a.next {
			return true, "an order for the next day touches an account, or is not for the day after a stopped one"
		}
	}
	for _, number := range a.released {
		if !a.placed[number] {
			return true, "an order is released and does not stand among those of the day"
		}
	}
	return a.about, a.wrong
}
