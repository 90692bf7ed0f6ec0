package verify

import (
	"testing"

	"sancun/record"
)

func orphanEffect(row uint32, number, state, as byte) record.Effect {
	b := make([]byte, 208)
	b[0], b[orphanState], b[orphanAs] = number, state, as
	return record.Effect{Kind: record.EffectPut, Code: tableOrphans, Row: row, Bytes: b}
}

func fileEffect(row uint32, name string) record.Effect {
	b := make([]byte, 232)
	copy(b, name)
	return record.Effect{Kind: record.EffectPut, Code: tableKeptFiles, Row: row, Bytes: b}
}

func erasedEffect(row uint32) record.Effect {
	return record.Effect{Kind: record.EffectPut, Code: tableErasures, Row: row, Bytes: make([]byte, 16)}
}

// The law finds every way in which an orphan could be lost, or ended by one person.
func TestBesideLaw(t *testing.T) {
	type step struct {
		kind record.Kind
		e    record.Effect
	}
	raise, approve, keep := record.KindRaiseOrphans, record.KindApprove, record.KindKeepFiles
	opened := step{raise, orphanEffect(0, 1, 1, 0)}
	for name, tt := range map[string]struct {
		steps []step
		holds bool
	}{
		"raised and ended":        {[]step{opened, {approve, orphanEffect(0, 1, 2, record.OrphanAgreed)}}, true},
		"told to nobody":          {[]step{{raise, orphanEffect(0, 1, 2, record.OrphanNothing)}}, true},
		"files and erasure":       {[]step{{keep, fileEffect(0, "a")}, {keep, fileEffect(1, "b")}, {keep, fileEffect(0, "a")}, {approve, erasedEffect(0)}}, true},
		"other tables":            {[]step{{approve, record.Effect{Kind: record.EffectPut, Code: 8}}}, true},
		"ended by one":            {[]step{opened, {record.KindSettleOrphan, orphanEffect(0, 1, 2, record.OrphanAgreed)}}, false},
		"ended without a way":     {[]step{opened, {approve, orphanEffect(0, 1, 2, 0)}}, false},
		"ended as told to nobody": {[]step{opened, {approve, orphanEffect(0, 1, 2, record.OrphanNothing)}}, false},
		"begins ended":            {[]step{{raise, orphanEffect(0, 1, 2, record.OrphanAgreed)}}, false},
		"opened again":            {[]step{opened, {approve, orphanEffect(0, 1, 2, 2)}, {approve, orphanEffect(0, 1, 1, 0)}}, false},
		"raised by another kind":  {[]step{{approve, orphanEffect(0, 1, 1, 0)}}, false},
		"another number":          {[]step{{raise, orphanEffect(0, 2, 1, 0)}}, false},
		"a gap":                   {[]step{{raise, orphanEffect(3, 4, 1, 0)}}, false},
		"emptied":                 {[]step{opened, {approve, record.Effect{Kind: record.EffectClear, Code: tableOrphans}}}, false},
		"another name":            {[]step{{keep, fileEffect(0, "a")}, {keep, fileEffect(0, "b")}}, false},
		"twice":                   {[]step{{keep, fileEffect(0, "a")}, {keep, fileEffect(1, "a")}}, false},
		"a file by another kind":  {[]step{{approve, fileEffect(0, "a")}}, false},
		"erased by one":           {[]step{{record.KindEraseClient, erasedEffect(0)}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBeside()
			wrong := ""
			for _, s := range tt.steps {
				b.begin(s.kind)
				b.take(s.e)
				if _, w := b.verdict(); w != "" {
					wrong = w
				}
			}
			if (wrong == "") != tt.holds {
				t.Errorf("wrong %q, want it to hold %t", wrong, tt.holds)
			}
		})
	}
}
