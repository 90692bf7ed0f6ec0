package books

import (
	"testing"

	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

// FuzzFold folds bodies nobody wrote: a record that the rows of the tables do not
// fit is an error and never a panic, also when the rows are made of it.
func FuzzFold(f *testing.F) {
	body := func(code record.Code, effects ...byte) []byte {
		var b record.Builder
		b.Begin(record.CallerOf(record.CallerStaff, 1), state.Key{}, &record.OpenDay{Date: 20230825, Next: 20230828})
		raw := append(append([]byte(nil), b.Body()...), effects...)
		raw[0], raw[1], raw[6] = byte(len(raw)), byte(len(raw)>>8), byte(code)
		return raw
	}
	put := func(table, row, width byte) []byte {
		return append([]byte{byte(record.EffectPut), table, 0, row, 0, 0, 0, width, 0}, make([]byte, width)...)
	}
	f.Add(body(record.Accepted))
	f.Add(body(record.NotPermitted))
	f.Add(body(record.Accepted, byte(record.EffectOpen), 0, 0, 0, 0, 101, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Add(body(record.Accepted, byte(record.EffectShift), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add(body(record.Accepted, byte(record.EffectPost), 11, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add(body(record.Accepted, byte(record.EffectClear), 8, 0))
	var house []byte
	for table, width := range widths {
		if width > 0 {
			f.Add(body(record.Accepted, put(byte(table), 0, byte(width))...))
			f.Add(body(record.Accepted, put(byte(table), 0, byte(width-1))...))
			house = append(house, put(byte(table), 0, byte(width))...)
		}
	}
	f.Add(body(record.Accepted, house...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 1, Height: 1, Time: 1}, raw)
		if err != nil {
			return
		}
		filler := &Filler{changes: newChanges(), at: journal.Position{Cell: 1}}
		if filler.fold(&b) != nil {
			return
		}
		for number := range filler.rows {
			for _, k := range filler.rows[number].list {
				l := &filler.rows[number]
				if args := statements[number].values(filler, k.row, cells(l.bytes[k.from:k.to]), nil); len(args) == 0 {
					t.Errorf("table %d gives no columns", number)
				}
			}
		}
	})
}
