package verify

import (
	"crypto/sha256"
	"strings"
	"testing"

	"sancun/custody"
	"sancun/journal"
	"sancun/ledger"
	"sancun/record"
)

// chain is a journal in memory.
type chain []*journal.Block

func (c chain) Read(_ uint64, fn func(*journal.Block) error) error {
	for _, b := range c {
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}

// build runs a small ledger day on the real machine: a block a command, a state
// root in every second block.
func build(t *testing.T) (chain, *custody.Machine) {
	t.Helper()
	m := custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100})
	cmds := []record.Command{&record.OpenDay{Date: 20230825, Next: 20230828}}
	for owner := range uint64(40) {
		cmds = append(cmds, &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: owner})
	}
	cmds = append(cmds, &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 1})
	for i := range uint32(40) {
		cmds = append(cmds, &record.LedgerTransfer{Debit: 40, Credit: i, Amount: 1000 + int64(i)})
	}
	for i := range uint32(39) {
		cmds = append(cmds, &record.LedgerHold{Account: i, Amount: 10}, &record.LedgerTransfer{Debit: i, Credit: i + 1, Amount: 500 * int64(1+i%4)})
	}
	cmds = append(cmds, &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: 1 << 40})
	var blocks chain
	var head journal.Position
	for i, cmd := range cmds {
		m.Begin(nil, head.Height+1, int64(i))
		m.Decide(record.Request{Cmd: cmd})
		h := journal.Header{Kind: journal.SHA256, Epoch: 1, Height: head.Height + 1, Time: int64(i), Previous: head.Hash}
		if i%2 == 0 {
			h.HasStateRoot, h.EarlierRoot, h.StateRoot = true, i%3 != 0, journal.Hash(m.NextRoot())
			if !h.EarlierRoot {
				h.StateRoot = journal.Hash(m.Root())
			}
		}
		b, err := journal.Seal(h, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		blocks, head = append(blocks, &b), b.Position()
	}
	return blocks, m
}

func TestSoundJournal(t *testing.T) {
	blocks, m := build(t)
	v, err := Journal(blocks, nil)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := v.Print(&page); err != nil {
		t.Fatal(err)
	}
	if !v.OK() {
		t.Fatalf("not sound:\n%s", page.String())
	}
	if root := m.Root(); v.StateRoot != strings.ToLower(journal.Hash(root).String()) {
		t.Errorf("root %s, the machine's is %x", v.StateRoot, root)
	}
	if v.Rejected == 0 || v.Postings == 0 || v.Roots == 0 {
		t.Errorf("the test proves too little: %+v", v)
	}
}

// reseal makes a forger's chain: one record is changed and every hash after it
// made to fit, except the state roots, which the forger cannot know.
func reseal(t *testing.T, blocks chain, height int, forge func(body []byte)) chain {
	t.Helper()
	var out chain
	var head journal.Position
	for i, b := range blocks {
		c := b.Clone()
		if i == height {
			forge(c.Body)
		}
		h := c.Header
		h.Previous = head.Hash
		sealed, err := journal.Seal(h, c.Body)
		if err != nil {
			t.Fatal(err)
		}
		out, head = append(out, &sealed), sealed.Position()
	}
	return out
}

func TestEveryForgeryIsSeen(t *testing.T) {
	blocks, _ := build(t)
	transfer := 42                  // the block of the first transfer
	effect := record.HeadBytes + 16 // its command has 16 bytes
	for _, c := range []struct {
		name  string
		law   int
		forge func(chain) chain
	}{
		{"a bit of a record", lawRecords, func(c chain) chain { c[transfer].Body[len(c[transfer].Body)-1] ^= 1; return c }},
		{"a block left out", lawChain, func(c chain) chain { return append(c[:50:50], c[51:]...) }},
		{"an amount changed and resealed", lawState, func(c chain) chain {
			return reseal(t, c, transfer, func(b []byte) { b[effect+11]++ })
		}},
		{"a negative amount, resealed", lawBalanced, func(c chain) chain {
			return reseal(t, c, transfer, func(b []byte) { b[effect+18] |= 0x80 })
		}},
		{"an overdraft, resealed", lawBounded, func(c chain) chain {
			return reseal(t, c, transfer+41, func(b []byte) { b[effect+13] = 0xff })
		}},
		{"a hold turned negative, resealed", lawBuckets, func(c chain) chain {
			return reseal(t, c, transfer+40, func(b []byte) { b[len(b)-1] |= 0x80 })
		}},
		{"a hold beyond the balance, resealed", lawHolds, func(c chain) chain {
			return reseal(t, c, transfer+40, func(b []byte) { b[len(b)-3] = 1 })
		}},
		{"a rejection with effects, resealed", lawRejected, func(c chain) chain {
			return reseal(t, c, transfer, func(b []byte) { b[6] = byte(record.BadAmount) })
		}},
	} {
		var copied chain
		for _, b := range blocks {
			copied = append(copied, b.Clone())
		}
		v, err := Journal(c.forge(copied), nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if v.OK() || v.Laws[c.law].Broken == "" {
			t.Errorf("%s was not seen as a breach of %q: %+v", c.name, lawNames[c.law], v.Laws)
		}
	}
}
