package custody

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"sancun/record"
)

// Lists of orphans come in pieces, again after crashes, from both centres, and
// overlap: every record becomes one case, whatever the order, none is dropped, and
// what two people ended stays ended.
func TestOrphansAreRegisteredOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRun(t)
		all := make([]record.OrphanData, rapid.IntRange(1, 120).Draw(t, "orphans"))
		for i := range all {
			payload := binary.LittleEndian.AppendUint64(nil, uint64(i))
			all[i] = record.OrphanData{
				Height: uint64(10 + i/3), Index: uint32(i % 3), Epoch: 1, Act: record.KindBankDeposit, Caller: record.CallerOf(record.CallerBank, 1),
				Cash: 1, Digest: sha256.Sum256(payload), Payload: payload,
			}
		}
		registered := map[int]bool{}
		ended := map[uint64]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "pieces") {
			from := rapid.IntRange(0, len(all)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(all)).Draw(t, "to")
			r.must(0, &record.RaiseOrphans{Centre: "north", Rows: all[from:to]})
			for i := from; i < to; i++ {
				registered[i] = true
			}
			if number := uint64(rapid.IntRange(1, len(registered)).Draw(t, "end")); !ended[number] {
				r.must(0, &record.SettleOrphan{Orphans: []uint64{number}, As: record.OrphanRejected, Reason: "test"})
				ended[number] = true
			}
		}
		cases := r.live.Orphans()
		if len(cases) != len(registered) {
			t.Fatalf("%d cases of %d records", len(cases), len(registered))
		}
		seen := map[[32]byte]bool{}
		for _, o := range cases {
			if seen[o.Digest] || (o.State == OrphanClosed) != ended[o.Number] {
				t.Fatalf("case %+v, ended %t, seen %t", o, ended[o.Number], seen[o.Digest])
			}
			seen[o.Digest] = true
		}
		for i := range registered {
			if !seen[all[i].Digest] {
				t.Fatalf("record %d was dropped", i)
			}
		}
	})
}
