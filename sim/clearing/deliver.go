package clearing

import (
	"fmt"
	"io"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/wire/csdc"
)

// How late things are. A fault that is to be found must pass the deadline.
const (
	lateBy     = 15 * calendar.Minute // behind the deadline
	againAfter = 20 * calendar.Minute // behind the control file
	lastSend   = calendar.DayEnd - calendar.Minute
)

// fileDue lets a file go out at its time, or spoils it.
func (h *House) fileDue(l csdc.Layout) error {
	d := h.day
	f := d.faults[l]
	if f == nil || f.log >= 0 || f.Fault == FaultWrongTotal {
		return h.send(l, nil)
	}
	note := Injected{Date: d.date, Fault: f.Fault, File: h.fileName(l), Layout: l}
	total, err := h.measure(l)
	if err != nil {
		return err
	}
	switch f.Fault {
	case FaultLate:
		at, deadline := h.lateTime(f), h.deadline(l)
		if note.Find = csdc.Missing; at < deadline {
			note.Find, note.Void = 0, "comes before its deadline"
		}
		d.add(event{at: at, kind: eventFile, layout: l})
	case FaultMissing:
		if note.Find = csdc.Missing; total.Absent {
			note.Find, note.Void = 0, "has no data, so no file"
		}
		d.controls[l] = total
	case FaultTruncated, FaultBadRecord:
		note.Find = csdc.BadRecord
		if f.Fault == FaultTruncated {
			note.Find = csdc.Truncated
		}
		if total.Rows == 0 {
			note.Find, note.Void = 0, "has no records"
			err = h.send(l, nil)
		} else {
			err = h.send(l, f)
		}
	case FaultTwice:
		note.Find = csdc.Replaced
		if total.Rows <= 1 {
			note.Find, note.Void = 0, "has not two records"
			err = h.send(l, nil)
		} else {
			d.add(event{at: min(max(h.config.Times.Control, d.now)+againAfter, lastSend), kind: eventAgain, layout: l})
			err = h.send(l, f)
		}
	}
	f.log = len(h.log)
	h.log = append(h.log, note)
	return err
}

// lateTime is when a late file comes.
func (h *House) lateTime(f *fileFault) calendar.TimeOfDay {
	at := h.deadline(f.Layout) + lateBy
	if f.By > 0 {
		at = h.config.Times.Files[f.Layout] + f.By
	}
	return min(max(at, h.day.now), lastSend)
}

// deadline is the receiver's cut-off of a layout.
func (h *House) deadline(l csdc.Layout) calendar.TimeOfDay {
	for _, c := range h.config.Cutoffs {
		if c.Layout == l {
			return calendar.Clock(int32(c.Hour), int32(c.Minute), 0)
		}
	}
	return calendar.DayEnd
}

// measure returns the control total of a file without sending it.
func (h *House) measure(l csdc.Layout) (csdc.Control, error) {
	if h.noFile(l) {
		return csdc.Control{Name: h.fileName(l), Layout: l, Date: h.day.csdcDate(), Absent: true}, nil
	}
	total, err := h.write(io.Discard, l, 0)
	total.Name = h.fileName(l)
	return total, err
}

// send lets a file go out, spoiled by a fault or, without one, whole.
func (h *House) send(l csdc.Layout, f *fileFault) error {
	d := h.day
	total, err := h.measureFor(l, f)
	if err != nil || total.Absent {
		d.controls[l] = total
		return err
	}
	err = h.config.Sink.Put(d.date.Compact(), total.Name, func(w io.Writer) error {
		drop := 0
		switch {
		case f == nil:
		case f.Fault == FaultTruncated:
			w = &cutter{out: w, left: total.Bytes * 3 / 5}
		case f.Fault == FaultBadRecord:
			w = newScratcher(w, l, total.Rows)
		case f.Fault == FaultTwice:
			drop = 1
		}
		name := total.Name
		total, err = h.write(w, l, drop)
		total.Name = name
		return err
	})
	if err != nil {
		return err
	}
	d.controls[l] = total
	h.delivered(total.Name, total)
	return nil
}

// measureFor avoids writing a file twice when only its name is needed.
func (h *House) measureFor(l csdc.Layout, f *fileFault) (csdc.Control, error) {
	if f != nil || h.noFile(l) {
		return h.measure(l)
	}
	return csdc.Control{Name: h.fileName(l), Layout: l, Date: h.day.csdcDate()}, nil
}

func (h *House) delivered(name string, total csdc.Control) {
	d := h.day
	d.versions[name]++
	d.report.Deliveries = append(d.report.Deliveries, Delivery{At: d.now, Name: name, Version: d.versions[name], Control: total})
}

// controlDue lets the control file go out behind the last file.
func (h *House) controlDue() error {
	d := h.day
	last := calendar.TimeOfDay(-1)
	for _, e := range d.events {
		if e.kind == eventFile {
			last = max(last, e.at)
		}
	}
	if last >= 0 {
		d.add(event{at: min(last+calendar.Minute, calendar.DayEnd), kind: eventControl})
		return nil
	}
	for _, l := range csdc.Layouts() {
		f := d.faults[l]
		if f == nil || f.Fault != FaultWrongTotal {
			continue
		}
		note := Injected{Date: d.date, Fault: FaultWrongTotal, File: h.fileName(l), Layout: l, Find: csdc.WrongTotal}
		if d.controls[l].Absent {
			note.Find, note.Void = 0, "has no data, so no file"
		}
		f.log = len(h.log)
		h.log = append(h.log, note)
	}
	if d.gap != nil {
		d.gap.log = len(h.log)
		h.log = append(h.log, Injected{Date: d.date, Fault: FaultGap, File: h.controlName(), Find: csdc.BrokenSequence})
	}
	return h.sign()
}

// wrongTotal is what FaultWrongTotal puts on top of the control sum.
const wrongTotal = 100

// sign writes the control file.
func (h *House) sign() error {
	d := h.day
	control := csdc.ControlFile{Participant: h.receiver().Participant, Date: d.csdcDate(), Previous: csdcDate(d.previous)}
	for _, l := range csdc.Layouts() {
		total := d.controls[l]
		if f := d.faults[l]; f != nil && f.Fault == FaultWrongTotal && !total.Absent {
			total.Sum += wrongTotal
		}
		control.Files = append(control.Files, total)
	}
	if d.gap != nil {
		before, err := h.config.Calendar.Prev(d.previous)
		if err != nil {
			return err
		}
		control.Previous = csdcDate(before)
	}
	name := h.controlName()
	err := h.config.Sink.Put(d.date.Compact(), name, func(w io.Writer) error { return csdc.WriteControl(w, control) })
	if err != nil {
		return err
	}
	d.signed = true
	h.delivered(name, csdc.Control{})
	return nil
}

// Resend sends a file of the open day again, whole and true, and what must go
// with it: the other files of the market when the first picture was false, and a
// new control file when one is out. Of the control file's name it sends that
// anew. It returns ErrFile for another name, ErrOrder before the file's time.
func (h *House) Resend(name string) error {
	d := h.day
	if d == nil {
		return fmt.Errorf("%s: %w", name, ErrFile)
	}
	if d.trading && name == h.controlName() {
		if !d.signed {
			return fmt.Errorf("%s has not gone out yet: %w", name, ErrOrder)
		}
		return h.correctControl()
	}
	for _, l := range csdc.Layouts() {
		if !d.trading || h.fileName(l) != name {
			continue
		}
		if f := d.faults[l]; !h.known(l) && (f == nil || f.log < 0) {
			return fmt.Errorf("%s has not gone out yet: %w", name, ErrOrder)
		}
		return h.correct(append([]csdc.Layout{l}, h.straighten(marketOf(l), l)...)...)
	}
	return fmt.Errorf("%s: %w", name, ErrFile)
}

func (h *House) correctControl() error {
	d := h.day
	d.gap = nil
	for l, f := range d.faults {
		if f.Fault == FaultWrongTotal {
			delete(d.faults, l)
		}
	}
	for i := range h.log {
		if n := &h.log[i]; n.Date == d.date && (n.Fault == FaultGap || n.Fault == FaultWrongTotal) {
			n.Corrected = true
		}
	}
	return h.sign()
}

// straighten makes the files of a market tell the truth and names those besides
// one that must go out again for it.
func (h *House) straighten(mk market.Market, but csdc.Layout) []csdc.Layout {
	d := h.day
	if but == csdc.LayoutGH || d.told[mk] == d.truth[mk] {
		return nil
	}
	d.told[mk] = d.truth[mk]
	for i := range h.log {
		if n := &h.log[i]; n.Date == d.date && !n.Fault.OfFile() && marketOf(n.Layout) == mk {
			n.Corrected = true
		}
	}
	var others []csdc.Layout
	for _, l := range csdc.Layouts() {
		if l != but && l != csdc.LayoutGH && marketOf(l) == mk && h.known(l) {
			others = append(others, l)
		}
	}
	return others
}

// correct sends files again, without the faults of before.
func (h *House) correct(again ...csdc.Layout) error {
	d := h.day
	if d.signed { // the control file says that all is there: not while it changes
		if err := h.config.Sink.Withdraw(d.date.Compact(), h.controlName()); err != nil {
			return err
		}
	}
	for _, l := range again {
		if f := d.faults[l]; f != nil {
			if f.log >= 0 {
				h.log[f.log].Corrected = true
			}
			delete(d.faults, l)
		}
		d.events = slices.DeleteFunc(d.events, func(e event) bool {
			return e.layout == l && (e.kind == eventFile || e.kind == eventAgain)
		})
		if err := h.send(l, nil); err != nil {
			return fmt.Errorf("%s again: %w", h.fileName(l), err)
		}
	}
	if d.signed {
		return h.sign()
	}
	// The last file that the control file waited for is out.
	waits := func(e event) bool { return e.kind == eventFile }
	if d.now >= h.config.Times.Control && !slices.ContainsFunc(d.events, waits) {
		d.events = slices.DeleteFunc(d.events, func(e event) bool { return e.kind == eventControl })
		return h.controlDue()
	}
	return nil
}
