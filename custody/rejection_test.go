package custody

import (
	"testing"

	"sancun/ledger"
	"sancun/record"
)

// foreign is a command that this program does not know, of any number.
type foreign record.Kind

func (f foreign) Kind() record.Kind  { return record.Kind(f) }
func (foreign) Walk(c *record.Codec) {}

// What no story can say: a command of an unknown kind is refused in every range of
// numbers, and an account of the plain ledger is opened once.
func TestWhatNoStorySays(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 1)
	head := r.live.Root()
	for _, kind := range []foreign{19, 49, 78, 99, 149, 199, 249, 279, 299, 319, 320, 499} {
		r.height++
		r.live.Begin(nil, r.height, r.now)
		a := r.live.Decide(Request{Cmd: kind})
		if code := record.Code(a.Code); code != record.UnknownKind && code != record.NotPermitted {
			t.Errorf("kind %d: %s", kind, code)
		}
	}
	if r.live.Root() != head {
		t.Error("a command that nobody knows changed something")
	}
	open := &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: 7}
	r.must(0, open)
	if a := r.do(0, open); record.Code(a.Code) != record.AlreadyExists {
		t.Errorf("an account opened again: %s", record.Code(a.Code))
	}
}
