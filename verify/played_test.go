package verify

import (
	"testing"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
)

// act is one command of a morning that a test plays. Its name is for finding its block.
type act struct {
	name   string
	caller record.Caller
	cmd    record.Command
}

// morning is when it begins, in unix nanoseconds: 2023-08-25 10:00 in Beijing.
const morning = int64(1692928800) * 1_000_000_000

// played has a machine decide the acts, one a block and a second, and returns the chain
// and the places of the named ones in it.
func played(t *testing.T, m *custody.Machine, acts []act) (blocks chain, at map[string]int) {
	t.Helper()
	at = map[string]int{}
	var head journal.Position
	for i, a := range acts {
		m.Begin(nil, head.Height+1, morning+int64(i)*1_000_000_000)
		if answer := m.Decide(record.Request{Caller: a.caller, Cmd: a.cmd}); answer.Code != 0 {
			t.Fatalf("step %d %T: %s", i, a.cmd, record.Code(answer.Code))
		}
		b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Epoch: 1, Height: head.Height + 1, Time: morning + int64(i)*1_000_000_000, Previous: head.Hash}, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		at[a.name] = i
		blocks, head = append(blocks, &b), b.Position()
	}
	return blocks, at
}
