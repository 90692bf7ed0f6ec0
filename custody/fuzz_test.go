package custody

import (
	"bytes"
	"errors"
	"testing"

	"sancun/record"
	"sancun/state"
)

// A snapshot is taken only when its rows lead to the root that is wanted: whatever
// else the bytes say, the machine refuses them, and does not look at their rows.
func FuzzReadSnapshot(f *testing.F) {
	r := newRun(f)
	withClients(f, r, 2)
	withInstruments(f, r, 2)
	r.must(0, &record.StopDay{Date: testDate})
	r.must(0, aheadBuy(1001, 1000))
	root := r.live.Root()
	var file bytes.Buffer
	if err := r.live.WriteSnapshot(&file); err != nil {
		f.Fatal(err)
	}
	whole := file.Bytes()
	const due = len(state.Hash{}) // the root that is due next, in front of the rows
	rows := whole[due : len(whole)-8-48*r.live.answers.Len()]
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:40])
	for _, at := range []int{0, 33, 40, 100, len(whole) / 2, len(whole) - 60, len(whole) - 9} {
		bad := bytes.Clone(whole)
		bad[at] ^= 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newMachine()
		if err := m.ReadSnapshot(bytes.NewReader(data), root); err != nil {
			if !errors.Is(err, state.ErrSnapshot) {
				t.Fatalf("error %v", err)
			}
			return
		}
		var again bytes.Buffer // bytes of a row that belong to no field are dropped, and so in no root
		if err := m.WriteSnapshot(&again); err != nil || !bytes.HasPrefix(again.Bytes()[due:], rows) || m.Root() != root {
			t.Fatalf("other rows are taken under the root: %v", err)
		}
		if _, ok := m.fund(1001); !ok {
			t.Fatal("a loaded machine does not find its rows")
		}
	})
}

// A row of any bytes is read and written by the same walk: every byte comes back
// or belongs to no field and is zero.
func FuzzRows(f *testing.F) {
	for i, k := range newMachine().kept() {
		f.Add(uint8(i), bytes.Repeat([]byte{0xff}, k.Width()))
		f.Add(uint8(i), bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, 40)[:k.Width()])
		f.Add(uint8(i), []byte{1})
	}
	f.Fuzz(func(t *testing.T, which uint8, row []byte) {
		all := newMachine().kept()
		k := all[int(which)%len(all)]
		if took := k.Set(0, row); took != (len(row) == k.Width()) {
			t.Fatalf("table %d of width %d took %d bytes: %v", k.Number(), k.Width(), len(row), took)
		}
		if k.Len() == 0 {
			return
		}
		again := k.EncodeRow(nil, 0)
		for i := range again {
			if again[i] != row[i] && again[i] != 0 {
				t.Fatalf("table %d byte %d: %x read back as %x", k.Number(), i, row[i], again[i])
			}
		}
		if k.Set(1, again); !bytes.Equal(k.EncodeRow(nil, 1), again) {
			t.Fatalf("table %d: %x is written in two ways", k.Number(), again)
		}
	})
}
