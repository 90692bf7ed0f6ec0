package verify

import (
	"encoding/binary"
	"fmt"

	"sancun/record"
)

// Numbers of the tables of what lies beside the journal (docs/formats/state.md).
const (
	tableKeptFiles = 40
	tableErasures  = 41
	tableOrphans   = 42
)

// Offsets in their rows.
const (
	keptNameBytes = 160
	orphanState   = 34
	orphanAs      = 35
)

// beside are the books of what lies beside the journal: no orphan is dropped, none
// is ended by one person alone, no file leaves the manifest, and a client's data
// are erased by two people.
type beside struct {
	kind    record.Kind
	about   bool
	wrong   string
	files   map[uint32]string // names by row
	named   map[string]bool
	erased  uint32
	orphans []uint8 // states by row
}

func newBeside() beside { return beside{files: map[uint32]string{}, named: map[string]bool{}} }

func (b *beside) begin(kind record.Kind) { b.kind, b.about, b.wrong = kind, false, "" }

// verdict says whether the record was about these tables, and what was wrong.
func (b *beside) verdict() (about bool, wrong string) { return b.about, b.wrong }

func (b *beside) fault(format string, args ...any) {
	if b.wrong == "" {
		b.wrong = fmt.Sprintf(format, args...)
	}
}

func (b *beside) take(e record.Effect) {
	if e.Code < tableKeptFiles || e.Code > tableOrphans || e.Kind != record.EffectPut && e.Kind != record.EffectClear {
		return
	}
	b.about = true
	if e.Kind == record.EffectClear {
		b.fault("table %d was emptied", e.Code)
		return
	}
	switch e.Code {
	case tableKeptFiles:
		b.file(e)
	case tableErasures:
		if b.kind != record.KindApprove || e.Row != b.erased {
			b.fault("row %d of the erased clients was written by a record of kind %d", e.Row, b.kind)
		}
		b.erased = max(b.erased, e.Row+1)
	case tableOrphans:
		b.orphan(e)
	}
}

func (b *beside) file(e record.Effect) {
	if len(e.Bytes) < keptNameBytes {
		b.fault("a file's row of %d bytes", len(e.Bytes))
		return
	}
	name := string(e.Bytes[:keptNameBytes])
	old, known := b.files[e.Row]
	switch {
	case b.kind != record.KindKeepFiles:
		b.fault("a file was entered by a record of kind %d", b.kind)
	case known && old != name:
		b.fault("the file of row %d got another name", e.Row)
	case !known && b.named[name]:
		b.fault("a file stands twice in the manifest, again in row %d", e.Row)
	}
	b.files[e.Row], b.named[name] = name, true
}

func (b *beside) orphan(e record.Effect) {
	if len(e.Bytes) <= orphanAs || int(e.Row) > len(b.orphans) {
		b.fault("orphan row %d of %d bytes behind %d rows", e.Row, len(e.Bytes), len(b.orphans))
		return
	}
	state, as := e.Bytes[orphanState], e.Bytes[orphanAs]
	if int(e.Row) == len(b.orphans) {
		if number := binary.LittleEndian.Uint64(e.Bytes); number != uint64(e.Row)+1 {
			b.fault("orphan %d stands in row %d", number, e.Row)
		}
		if b.kind != record.KindRaiseOrphans || state != 1 && as != record.OrphanNothing {
			b.fault("orphan %d begins in state %d by a record of kind %d", e.Row+1, state, b.kind)
		}
		b.orphans = append(b.orphans, state)
		return
	}
	if b.orphans[e.Row] != 1 || state != 2 || as < record.OrphanRedone || as > record.OrphanRepeated || b.kind != record.KindApprove {
		b.fault("orphan %d went from state %d to %d as %d by a record of kind %d", e.Row+1, b.orphans[e.Row], state, as, b.kind)
	}
	b.orphans[e.Row] = state
}
