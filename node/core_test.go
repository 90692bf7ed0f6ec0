package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/custody"
	"sancun/journal"
	"sancun/ledger"
	"sancun/record"
	"sancun/state"
	"sancun/verify"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(nodeName) != "" {
		if err := oneOfTwo(); err != nil {
			os.Exit(ExitStore)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, dir string) *Core {
	t.Helper()
	now := time.Unix(1692928800, 0)
	core, err := OpenCore(CoreConfig{
		Dir: dir, Answers: 1000, SegmentBytes: 1 << 20,
		Now: func() time.Time { now = now.Add(time.Millisecond); return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return core
}

// fill submits n transfers one a block, between ten accounts.
func fill(t testing.TB, core *Core, n int) {
	t.Helper()
	ctx := t.Context()
	for i := range uint64(10) {
		kind := ledger.General
		if i == 0 {
			kind = ledger.GeneralWorld
		}
		if _, err := core.Submit(ctx, record.Request{Cmd: &record.LedgerOpen{AccountKind: uint16(kind), Unit: 1, Owner: i}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		cmd := &record.LedgerTransfer{Debit: 0, Credit: uint32(1 + i%9), Amount: int64(i + 1)}
		if _, err := core.Submit(ctx, record.Request{Key: record.KeyFor(9, time.Duration(i).String()), Cmd: cmd}); err != nil {
			t.Fatal(err)
		}
	}
}

func rootOf(t *testing.T, core *Core) (root state.Hash) {
	t.Helper()
	if err := core.Look(context.Background(), func(m *custody.Machine) { root = m.Root() }); err != nil {
		t.Fatal(err)
	}
	return root
}

// A restart with a snapshot, without one, and with a broken one all lead to the
// same root, and keyed answers survive.
func TestRestartLeadsToTheSameState(t *testing.T) {
	dir := t.TempDir()
	core := open(t, dir)
	fill(t, core, 300)
	if _, err := core.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, core, 200) // the first ten and the same 200 keys again: rejected, repeated
	want := rootOf(t, core)
	if err := core.Abandon(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		before func()
		from   bool
	}{
		{"snapshot and tail", func() {}, true},
		{"broken snapshot", func() { flip(t, dir) }, false},
		{"no snapshot", func() {
			if err := os.RemoveAll(dir + "/snapshots"); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		c.before()
		core := open(t, dir)
		if got := rootOf(t, core); got != want {
			t.Errorf("%s: root %x, want %x", c.name, got, want)
		}
		if (core.Recovery.Snapshot > 0) != c.from {
			t.Errorf("%s: started from snapshot %d, %s", c.name, core.Recovery.Snapshot, core.Recovery.Skipped)
		}
		again, err := core.Submit(t.Context(), record.Request{Key: record.KeyFor(9, time.Duration(7).String()), Cmd: &record.LedgerTransfer{Debit: 0, Credit: 8, Amount: 8}})
		if err != nil || record.Code(again[0].Code) != record.Accepted || rootOf(t, core) != want {
			t.Errorf("%s: a repeated key was answered %+v, %v", c.name, again, err)
		}
		if err := core.Abandon(); err != nil {
			t.Fatal(err)
		}
	}
}

// State roots go on across restarts, from snapshots between two of them: the second
// opinion and another restart agree with every one.
func TestRootsGoOnAfterRestarts(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		core := open(t, dir)
		fill(t, core, 90)
		for j := range 50 { // under no key, so that each is a block of its own
			if _, err := core.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Debit: 0, Credit: uint32(1 + j%9), Amount: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		v, err := verify.Journal(core, nil)
		if err != nil || !v.OK() {
			t.Fatalf("life %d: %v, %+v", i, err, v)
		}
		if i == 3 && v.Roots < 3 {
			t.Errorf("%d roots prove too little", v.Roots)
		}
		end := core.Close
		if i == 1 {
			end = core.Abandon
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
}

func flip(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(dir + "/snapshots/*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no snapshot to break: %v", err)
	}
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file[len(file)/2] ^= 1
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The second opinion agrees with the running machine, and a state at an earlier
// height can be built while the core runs.
func TestVerifyAgreesAndThePastIsThere(t *testing.T) {
	core := open(t, t.TempDir())
	fill(t, core, 100)
	head, _ := core.Head()
	then := rootOf(t, core)
	fill(t, core, 50)
	if _, err := core.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: 5}}); err != nil {
		t.Fatal(err)
	}
	past, err := core.MachineAt(head.Height)
	if err != nil {
		t.Fatal(err)
	}
	if past.Root() != then {
		t.Errorf("root at height %d is %x, was %x", head.Height, past.Root(), then)
	}
	v, err := verify.Journal(core, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := journal.Hash(rootOf(t, core)).String(); !v.OK() || v.StateRoot != want {
		t.Errorf("verdict %v, root %s, want %s", v.Laws, v.StateRoot, want)
	}
	if err := core.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFollowSeesEveryBlock(t *testing.T) {
	core := open(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan uint64, 1000)
	done := make(chan error)
	go func() {
		done <- core.Follow(ctx, 1, func(b *journal.Block) error { seen <- b.Height; return nil })
	}()
	fill(t, core, 100)
	head, _ := core.Head()
	for want := uint64(1); want <= head.Height; want++ {
		if got := <-seen; got != want {
			t.Fatalf("block %d, want %d", got, want)
		}
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := core.Close(); err != nil {
		t.Fatal(err)
	}
}
