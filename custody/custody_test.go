package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"sancun/record"
	"sancun/state"
)

func newMachine() *Machine { return New(Options{Sum: sha256.Sum256, Answers: 1000}) }

// run decides commands one a block, half a second apart, and replays each block
// into a second machine, whose root must be the same.
type run struct {
	t      reporter
	live   *Machine
	replay *Machine
	height uint64
	now    int64
}

// reporter is what a run needs of a *testing.T, so that rapid can shrink too.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// testDay is 2023-08-25 10:00:00 in Beijing, in unix nanoseconds.
const testDay = int64(1692928800) * 1_000_000_000

func newRun(t reporter) *run {
	return &run{t: t, live: newMachine(), replay: newMachine(), now: testDay}
}

func (r *run) do(caller record.Caller, cmd record.Command) state.Answer {
	return r.keyed(caller, state.Key{}, cmd)
}

func (r *run) keyed(caller record.Caller, key state.Key, cmd record.Command) state.Answer {
	r.t.Helper()
	if class := caller.Class(); r.live.needsTwo(caller, cmd) && (class == record.CallerStaff || class == record.CallerSystem) {
		cmd = r.proposed(cmd)
		caller = checker
	}
	return r.alone(caller, key, cmd)
}

// alone is keyed for one person, whatever the command needs.
func (r *run) alone(caller record.Caller, key state.Key, cmd record.Command) state.Answer {
	r.t.Helper()
	r.height++
	r.now += 500_000_000
	r.live.Begin(nil, r.height, r.now)
	a := r.live.Decide(Request{Caller: caller, Key: key, Cmd: cmd})
	r.follow(cmd)
	return a
}

// The two people of the tests.
var (
	maker   = record.CallerOf(record.CallerStaff, 1)
	checker = record.CallerOf(record.CallerStaff, 2)
)

// proposed proposes an act that needs two people and returns its approval.
func (r *run) proposed(act record.Command) *record.Approve {
	r.t.Helper()
	payload := record.Encode(nil, act)
	a := r.keyed(maker, state.Key{}, &record.Propose{Act: act.Kind(), Payload: payload, Reason: "test"})
	if a.Code != 0 {
		r.t.Fatalf("proposing %T: %s", act, record.Code(a.Code))
	}
	return &record.Approve{Proposal: a.Ref, Payload: payload}
}

// follow replays the block just decided and compares the roots.
func (r *run) follow(cmd record.Command) {
	r.t.Helper()
	for body := r.live.Body(); len(body) > 0; {
		n := binary.LittleEndian.Uint32(body)
		v, err := record.Parse(body[:n])
		if err != nil {
			r.t.Fatal(err)
		}
		if err := r.replay.Apply(v, r.height); err != nil {
			r.t.Fatal(err)
		}
		body = body[n:]
	}
	if got, want := r.replay.Root(), r.live.Root(); got != want {
		r.t.Fatalf("after %T: replayed root %x, live root %x", cmd, got, want)
	}
}

func (r *run) must(caller record.Caller, cmd record.Command) state.Answer {
	r.t.Helper()
	a := r.do(caller, cmd)
	if a.Code != 0 {
		r.t.Fatalf("%T: %s", cmd, record.Code(a.Code))
	}
	return a
}

// The same key and input gives the first answer, other input is refused, also
// after a restart from a snapshot.
func TestKeysAreRemembered(t *testing.T) {
	r := newRun(t)
	r.must(0, &record.OpenDay{Date: 20230825, Next: 20230828})
	key := record.KeyFor(7, "a")
	bank := func(name string) record.Command {
		return &record.SetBank{Number: 1, Service: 1, WindowTo: 1000, SingleMax: 5, Code: "ICBC", Name: name}
	}
	first := r.keyed(7, key, bank("x"))
	check := func(m *Machine) {
		t.Helper()
		m.Begin(nil, 99, testDay)
		if again := m.Decide(Request{Caller: 7, Key: key, Cmd: bank("x")}); again != first || len(m.Body()) != 0 {
			t.Errorf("repeated: %+v, first %+v, %d bytes", again, first, len(m.Body()))
		}
		if other := m.Decide(Request{Caller: 7, Key: key, Cmd: bank("y")}); record.Code(other.Code) != record.KeyReused {
			t.Errorf("other input under the same key: %+v", other)
		}
	}
	check(r.live)
	check(r.replay)
	var file bytes.Buffer
	if err := r.live.WriteSnapshot(&file); err != nil {
		t.Fatal(err)
	}
	loaded := newMachine()
	if err := loaded.ReadSnapshot(&file, r.live.Root()); err != nil {
		t.Fatal(err)
	}
	check(loaded)
	if loaded.Root() != r.live.Root() {
		t.Error("the root changed on the way through a snapshot")
	}
}

// A command that no record can hold is refused and leaves none.
func TestTooLongForARecord(t *testing.T) {
	m := newMachine()
	m.Begin(nil, 1, testDay)
	key := record.KeyFor(1, "long")
	a := m.Decide(Request{Caller: 1, Key: key, Cmd: &record.ExpireOrders{Orders: make([]uint64, 70_000)}})
	if record.Code(a.Code) != record.Malformed || len(m.Body()) != 0 {
		t.Errorf("answered %s with %d bytes", record.Code(a.Code), len(m.Body()))
	}
	if _, kept := m.Answer(key); kept {
		t.Error("the answer is remembered though no record holds it")
	}
}
