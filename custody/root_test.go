package custody

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"sancun/ledger"
	"sancun/record"
)

// A root that is due is that of the state when it was begun: on the machine that
// works on it block by block, on one that replays, and on one that was loaded from
// a snapshot in between; also when somebody asks for the root of now.
func TestNextRootIsTheEarlierOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, replay := newMachine(), newMachine()
		want := newMachine().Root()
		accounts := uint32(0)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for height := uint64(1); height <= 25; height++ {
			live.Begin(nil, height, testDay)
			for range rapid.IntRange(1, 120).Draw(t, "commands") {
				if accounts < 2 || rng.IntN(3) == 0 {
					live.Decide(Request{Cmd: &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 1, Owner: uint64(accounts)}})
					accounts++
					continue
				}
				debit := rng.Uint32N(accounts)
				live.Decide(Request{Cmd: &record.LedgerTransfer{Debit: debit, Credit: (debit + 1) % accounts, Amount: 1}})
			}
			apply(t, replay, live.Body(), height)
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0: // a snapshot, after which the loaded machine takes the replaying one's place
				var file bytes.Buffer
				if err := replay.WriteSnapshot(&file); err != nil {
					t.Fatal(err)
				}
				root := replay.Root()
				replay = newMachine()
				if err := replay.ReadSnapshot(&file, root); err != nil {
					t.Fatal(err)
				}
			case 1:
				if a, b := live.Root(), replay.Root(); a != b {
					t.Fatalf("block %d: root of now %x, replayed %x", height, a, b)
				}
			case 2, 3:
				if a, b := live.NextRoot(), replay.NextRoot(); a != want || b != want {
					t.Fatalf("block %d: root that is due %x, replayed %x, want %x", height, a, b, want)
				}
				want = loaded(t, live).Root()
			}
		}
	})
}

// loaded is a copy of a machine.
func loaded(t *rapid.T, m *Machine) *Machine {
	fresh := newMachine()
	for i, from := range m.kept() {
		for row := range from.Len() {
			fresh.kept()[i].Set(row, from.EncodeRow(nil, row))
		}
	}
	if fresh.Ledger.Len() != m.Ledger.Len() {
		t.Fatal("the copy is not whole")
	}
	return fresh
}

func apply(t *rapid.T, m *Machine, body []byte, height uint64) {
	for len(body) > 0 {
		n := binary.LittleEndian.Uint32(body)
		v, err := record.Parse(body[:n])
		if err == nil {
			err = m.Apply(v, height)
		}
		if err != nil {
			t.Fatal(err)
		}
		body = body[n:]
	}
}
