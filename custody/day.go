package custody

import (
	"sancun/record"
	"sancun/state"
)

// Day is the one row that says which business date it is and how far it went.
type Day struct {
	Date    uint32 // yyyymmdd; 0 before genesis
	Next    uint32 // the next trading day
	Phase   uint8
	Opened  int64  // block time of opening, unix nanoseconds
	Stopped int64  // block time of stopping, 0 while open; the day end works on the height of that record
	Orders  uint64 // last order number given out
	Cases   uint64 // last difference case number
}

// Phases of a business day.
const (
	DayOpen    uint8 = 1 // business is taken
	DayStopped uint8 = 2 // 停止受理: stopped and pinned, clearing works
	DayCleared uint8 = 3 // every step of the day end is done
)

const dayWidth = 64

// Encode writes the row.
func (d *Day) Encode(dst []byte) { f := state.Writing(dst); d.walk(&f) }

// Decode reads the row.
func (d *Day) Decode(src []byte) { f := state.Reading(src); d.walk(&f) }

func (d *Day) walk(f *state.Fields) {
	f.U32(&d.Date)
	f.U32(&d.Next)
	f.U8(&d.Phase)
	state.I64(f, &d.Opened)
	state.I64(f, &d.Stopped)
	f.U64(&d.Orders)
	f.U64(&d.Cases)
}

// DayChanged returns the business day as an accepted record left it, if the record
// is of a kind that opens or stops one: by itself, or as the act of an approval.
// Other approvals may write the row too, so a reader compares what it looks for.
func DayChanged(v record.View) (d Day, ok bool) {
	if v.Code != record.Accepted || !ofTheDay(v.Kind) && v.Kind != record.KindApprove {
		return d, false
	}
	err := v.EachEffect(func(e record.Effect) error {
		if e.Kind == record.EffectPut && e.Code == TableDay && len(e.Bytes) == dayWidth {
			d.Decode(e.Bytes)
			ok = true
		}
		return nil
	})
	return d, ok && err == nil
}
