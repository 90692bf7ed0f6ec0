package clearing

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"

	"sancun/calendar"
	"sancun/wire/csdc"
)

// eventKind is what happens at a time of the day. Of two at one time the lower
// number comes first.
type eventKind uint8

const (
	eventSettle  eventKind = 1 // final settlement of what is due
	eventFunds   eventKind = 2 // 资金核验
	eventFile    eventKind = 3
	eventControl eventKind = 4
	eventAgain   eventKind = 5 // the second version of FaultTwice
	eventEnd     eventKind = 6 // end of the calendar day
)

type event struct {
	at     calendar.TimeOfDay
	kind   eventKind
	layout csdc.Layout
}

func (d *day) add(e event) {
	d.events = append(d.events, e)
	slices.SortStableFunc(d.events, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) })
}

// plan sets the course of the day.
func (h *House) plan() error {
	d := h.day
	d.add(event{at: calendar.DayEnd, kind: eventEnd})
	if !d.trading {
		return nil
	}
	for cutoff, kind := range map[calendar.Cutoff]eventKind{calendar.FinalSettlement: eventSettle, calendar.FundCheck: eventFunds} {
		_, at, err := h.config.Calendar.CutoffFor(calendar.BuiltinCutoffs(), cutoff, d.date)
		if err != nil {
			return err
		}
		d.add(event{at: at, kind: kind})
	}
	for _, l := range csdc.Layouts() {
		d.add(event{at: h.config.Times.Files[l], kind: eventFile, layout: l})
	}
	d.add(event{at: h.config.Times.Control, kind: eventControl})
	return nil
}

// Next says when something happens next on the open day; false when the day is
// over or none is open.
func (h *House) Next() (calendar.TimeOfDay, bool) {
	if h.day == nil || len(h.day.events) == 0 {
		return 0, false
	}
	return h.day.events[0].at, true
}

// Release lets everything happen that falls due until a time of the open day,
// that time included. It returns ErrOrder if no day is open, time would go back,
// or files fall due before Clear was called.
func (h *House) Release(until calendar.TimeOfDay) error {
	d := h.day
	if d == nil || until < d.now || !until.Valid() {
		return fmt.Errorf("release until %s: %w", until, ErrOrder)
	}
	for len(d.events) > 0 && d.events[0].at <= until {
		e := d.events[0]
		if err := h.happen(e); err != nil {
			return fmt.Errorf("%s at %s: %w", d.date, e.at, err)
		}
	}
	d.now = until
	return nil
}

// happen lets one event happen and takes it off the plan. An event that fails
// stays.
func (h *House) happen(e event) error {
	d := h.day
	switch e.kind {
	case eventSettle:
		if err := h.settle(); err != nil {
			return err
		}
	case eventEnd:
		if err := h.end(); err != nil {
			return err
		}
	default:
		if err := h.close(); err != nil {
			return err
		}
	}
	d.now = max(d.now, e.at)
	d.events = slices.Delete(d.events, 0, 1)
	switch e.kind {
	case eventFunds:
		h.checkFunds()
	case eventFile:
		return h.fileDue(e.layout)
	case eventControl:
		return h.controlDue()
	case eventAgain:
		// The first version must have been accepted, or nobody sees two.
		if !d.signed && e.at < lastSend {
			d.add(event{at: min(e.at+againAfter, lastSend), kind: eventAgain, layout: e.layout})
			return nil
		}
		return h.correct(e.layout)
	}
	return nil
}

func (h *House) end() error {
	if err := h.recordHolders(); err != nil {
		return err
	}
	h.day.ended = true
	return h.endCalendarDay(h.day.date)
}

// fileFault is what befalls a file of the day.
type fileFault struct {
	Injection
	log int // place in the log, -1 before it happened
}

// Inject orders a fault. A file's fault must come before the file, a trade's
// before the first file of the day. It returns ErrConfig or ErrOrder.
func (h *House) Inject(i Injection) error {
	if err := i.check(); err != nil {
		return err
	}
	switch {
	case h.day == nil || i.Date > h.day.date:
		h.orders = append(h.orders, i)
		return nil
	case i.Date != 0 && i.Date < h.day.date || !h.day.trading:
		return fmt.Errorf("fault for %s: %w", i.Date, ErrOrder)
	}
	return h.inject(i)
}

func (h *House) inject(i Injection) error {
	d := h.day
	switch {
	case i.Fault == FaultGap && !d.signed:
		d.gap = &fileFault{i, -1}
	case i.Fault.OfFile() && i.Fault != FaultGap && !h.known(i.Layout):
		d.faults[i.Layout] = &fileFault{i, -1}
	case !i.Fault.OfFile() && !d.closed:
		d.orders = append(d.orders, i)
	default:
		return fmt.Errorf("%s comes too late: %w", i.Fault, ErrOrder)
	}
	return nil
}

// known says whether the time of a file has come, sent or not.
func (h *House) known(l csdc.Layout) bool {
	_, ok := h.day.controls[l]
	return ok
}

// drawFileFaults takes the orders for this day and draws what happens by chance:
// at most one fault a file.
func (h *House) drawFileFaults() {
	d, f := h.day, &h.config.Faults
	if f.happens(FaultGap, uint64(d.date)) {
		d.gap = &fileFault{Injection{Fault: FaultGap}, -1}
	}
	for _, l := range csdc.Layouts() {
		for fault := FaultLate; fault < FaultGap; fault++ {
			if f.happens(fault, uint64(d.date), uint64(l)) {
				d.faults[l] = &fileFault{Injection{Fault: fault, Layout: l}, -1}
				break
			}
		}
	}
	var later []Injection
	for _, i := range h.orders {
		if i.Date != 0 && i.Date != d.date {
			later = append(later, i)
			continue
		}
		if err := h.inject(i); err != nil {
			h.log = append(h.log, Injected{Date: d.date, Fault: i.Fault, Layout: i.Layout, Void: err.Error()})
		}
	}
	h.orders = later
}

// fileName names a file of the open day.
func (h *House) fileName(l csdc.Layout) string {
	return l.FileName(h.receiver().Participant, h.day.csdcDate())
}

func (h *House) controlName() string {
	return csdc.ControlName(h.receiver().Participant, h.day.csdcDate())
}

// put writes rows, without the last drop of them.
func put[T any](w io.Writer, date csdc.Date, drop int, write func(io.Writer, csdc.Date, int, iter.Seq[T]) (csdc.Control, error), count int, rows iter.Seq[T]) (csdc.Control, error) {
	count -= drop
	return write(w, date, count, func(yield func(T) bool) {
		n := 0
		for r := range rows {
			if n++; n > count || !yield(r) {
				return
			}
		}
	})
}

// write draws a file from what the day tells.
func (h *House) write(w io.Writer, l csdc.Layout, drop int) (csdc.Control, error) {
	date, p := h.day.csdcDate(), h.day.told[marketOf(l)]
	switch l {
	case csdc.LayoutGH:
		count, rows := h.ghRows()
		return put(w, date, drop, csdc.WriteGH, count, rows)
	case csdc.LayoutJsmx:
		count, rows := h.jsmxRows(p)
		return put(w, date, drop, csdc.WriteJsmx, count, rows)
	case csdc.LayoutZqbd:
		count, rows := h.zqbdRows(p)
		return put(w, date, drop, csdc.WriteZqbd, count, rows)
	case csdc.LayoutZjhz:
		count, rows := h.zjhzRows(p)
		return put(w, date, drop, csdc.WriteZjhz, count, rows)
	case csdc.LayoutZqye:
		count, rows := h.zqyeRows(p)
		return put(w, date, drop, csdc.WriteZqye, count, rows)
	case csdc.LayoutSJSMX1:
		count, rows := h.mxRows(p)
		return put(w, date, drop, csdc.WriteSJSMX1, count, rows)
	case csdc.LayoutSJSJG:
		count, rows := h.jgRows(p)
		return put(w, date, drop, csdc.WriteSJSJG, count, rows)
	case csdc.LayoutSJSQS:
		count, rows := h.qsRows(p)
		return put(w, date, drop, csdc.WriteSJSQS, count, rows)
	case csdc.LayoutSJSDZ:
		count, rows := h.dzRows(p)
		return put(w, date, drop, csdc.WriteSJSDZ, count, rows)
	}
	return csdc.Control{}, fmt.Errorf("%s: %w", l, ErrFile)
}

// noFile says whether a layout has no file today, which only the trade file does
// when there are no trades.
func (h *House) noFile(l csdc.Layout) bool {
	return l.NoData() == csdc.NoFile && len(h.day.legs[marketOf(l)]) == 0
}
