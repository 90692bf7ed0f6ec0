package node

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sancun/custody"
	"sancun/dr"
	"sancun/journal"
	"sancun/record"
	"sancun/state"
	"sancun/verify"
)

// Every key of a face that is changed, added or taken away is found and named, and
// what is expected is told apart.
func TestEveryDriftIsFound(t *testing.T) {
	n, err := Open(small(t), quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	f, err := n.face(t.Context(), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	planted := 0
	for _, key := range slices.Sorted(maps.Keys(f.Keys)) {
		for what, theirs := range map[string]func(map[string]string){
			"changed": func(m map[string]string) { m[key] += "x" },
			"missing": func(m map[string]string) { delete(m, key) },
			"added":   func(m map[string]string) { m[key+".more"] = "x" },
		} {
			other := maps.Clone(f.Keys)
			theirs(other)
			if other[key] == "" && f.Keys[key] == "" && what == "missing" {
				continue // an empty key and none are the same
			}
			r := compareFaces(f.Keys, other, builtinExpected)
			if len(r.Drifts)+len(r.Expected) != 1 {
				t.Fatalf("%s %s: %+v", key, what, r)
			}
			planted++
		}
	}
	if planted < 200 {
		t.Errorf("only %d planted", planted)
	}
	if r := compareFaces(f.Keys, f.Keys, nil); len(r.Drifts) != 0 || r.Compared != len(f.Keys) {
		t.Errorf("equal faces drift: %+v", r)
	}
	for _, tt := range []struct {
		pattern, key string
		want         bool
	}{
		{"centre.name", "centre.name", true}, {"centre.name", "centre.names", false}, {"peer.*", "peer.pin", true}, {"peer.*", "peerless", false},
		{"banks.*.address*", "banks.1.address", true}, {"banks.*.address*", "banks.1.code", false}, {"banks.*.address*", "banks.1.address#content", true},
	} {
		if got := keyMatches(tt.pattern, tt.key); got != tt.want {
			t.Errorf("%s means %s: %t", tt.pattern, tt.key, got)
		}
	}
}

// Two centres that are configured differently find it, down to the key, and show no
// secret.
func TestCentresFindTheirDrift(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	d, err := tc.carriers[0].Drift(t.Context(), true)
	if err != nil || len(d.Drifts) != 0 || d.Compared < 50 || len(d.Expected) == 0 {
		t.Fatalf("drift of two equal centres: %+v, %v", d, err)
	}
	tc.stop(1)
	c := &tc.configs[1]
	c.Centre.Answers, c.Broker.Name, c.DayEnd.SettleByItself = 7777, "another", !c.DayEnd.SettleByItself
	c.Peer.Expected = []ExpectedConfig{{Key: "broker.name", Why: "being renamed", From: "2026-03-01", Approved: []string{"wang", "li"}}}
	tc.start(1)
	tc.until(1, dr.Standby, nil)
	for i, want := range [][]string{{"broker.name", "centre.answers", "day_end.settle_by_itself"}, {"centre.answers", "day_end.settle_by_itself"}} {
		d, err := tc.carriers[i].Drift(t.Context(), true)
		var got []string
		for _, one := range d.Drifts {
			got = append(got, one.Key)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v: %v, %s", centreNames[i], got, want, err, d.Failure)
		}
	}
}

// plant changes a row of a centre's state below everything, and returns how to put
// it back.
func (tc *twoCentres) plant(i int, random *rand.Rand) (table uint16, row uint32, undo func()) {
	core := tc.node(i).Core
	core.apply.Lock()
	defer core.apply.Unlock()
	all, _ := core.state.Machine.Rooted()
	for {
		k := all[random.IntN(len(all))]
		if k.Len() == 0 {
			continue
		}
		row := random.Uint32N(k.Len())
		old := k.EncodeRow(nil, row)
		spoilt := slices.Clone(old)
		spoilt[random.IntN(len(spoilt))] ^= 1 << random.IntN(8)
		k.Set(row, spoilt)
		if bytes.Equal(k.EncodeRow(nil, row), old) { // a byte that means nothing
			continue
		}
		return k.Number(), row, func() {
			core.apply.Lock()
			defer core.apply.Unlock()
			k.Set(row, old)
		}
	}
}

// 500 rows changed one at a time in a standby's memory are all located, by the
// journal here and over the line.
func TestChangedRowsAreLocated(t *testing.T) {
	tc := newTwoCentres(t)
	tc.until(0, dr.Primary, nil)
	inhabit(t, tc.now[0])
	for range 40 {
		must(t, tc.now[0].Core, &record.LedgerOpen{AccountKind: 401, Unit: 1, Owner: uint64(rand.Uint32())})
	}
	tc.whole(1)
	south := tc.node(1)
	defer south.peer.hush()()
	height, random := south.Core.Applied().Height, rand.New(rand.NewPCG(9, 9))
	right, err := south.Core.MachineAt(height)
	if err != nil {
		t.Fatal(err)
	}
	here := rootedOf(right)
	there, err := south.peer.caller.tables(t.Context(), height)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		against := here
		if i%10 == 0 {
			against = there
		}
		table, row, undo := tc.plant(1, random)
		found, err := south.Core.differences(against)
		if err != nil || len(found) != 1 || found[0].Table != table || found[0].Row != row {
			t.Fatalf("%d: found %+v, %v; changed was row %d of %s", i, found, err, row, custody.TableName(table))
		}
		undo()
	}
	if found, err := south.Core.differences(there); err != nil || len(found) != 0 {
		t.Fatalf("put back: %+v, %v", found, err)
	}
}

// A standby whose memory lies stops at the next root, names the row, is not promoted,
// and is well after a restart. It has written no snapshot of the lie.
func TestStandbyThatLiesIsNamedAndNotPromoted(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.transfers(0, 5)
	tc.whole(1)
	core := tc.node(1).Core
	core.apply.Lock()
	all, _ := core.state.Machine.Rooted()
	at := slices.IndexFunc(all, func(k state.Kept) bool { return k.Number() == 1 })
	row := all[at].EncodeRow(nil, 1)
	row[16] ^= 1 // of its balance
	all[at].Set(1, row)
	core.apply.Unlock()
	tc.transfers(0, 200)
	var w Watching
	for range 4000 {
		var err error
		if w, err = tc.carriers[1].Watching(t.Context()); err == nil && w.Located != nil || pause(t.Context(), wishBeat/4) != nil {
			break
		}
	}
	if w.Located == nil || len(w.Located.Here) != 1 || w.Located.Here[0].Name != "accounts" || w.Located.Here[0].Row != 1 || len(w.Located.There) != len(w.Located.Here) {
		t.Fatalf("located %+v", w.Located)
	}
	if _, err := tc.order(1, dr.ActPromote, 2, ""); !errors.Is(err, ErrControl) {
		t.Fatalf("a centre that lies was promoted: %v", err)
	}
	tc.stop(1)
	tc.start(1)
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root && !s.Disagree })
}

// A snapshot of a state that was not what the journal says is passed over at the
// start: the centre begins with the journal's.
func TestSnapshotThatLiesIsPassedOver(t *testing.T) {
	p := newPair(t)
	p.run(0)
	p.run(1)
	p.openAccounts(0)
	p.transfers(0, 20)
	p.level(0, 1)
	if err := p.halt(1); err != nil {
		t.Fatal(err)
	}
	lie := p.cores[1]
	all, _ := lie.state.Machine.Rooted()
	row := all[0].EncodeRow(nil, 0)
	row[16] ^= 1
	all[0].Set(0, row)
	if _, err := lie.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.transfers(0, 200)
	p.run(1)
	if err := p.wait(1); !errors.Is(err, ErrDiverged) {
		t.Fatalf("the copy goes on: %v", err)
	}
	if err := lie.Abandon(); err != nil {
		t.Fatal(err)
	}
	p.open(1, true)
	if p.cores[1].Recovery.Snapshot != 0 || p.cores[1].Recovery.Skipped == "" {
		t.Errorf("began with %+v", p.cores[1].Recovery)
	}
	p.run(1)
	p.level(0, 1)
	p.sameRoots()
}

// spoil flips a byte in the middle of a centre's journal.
func (tc *twoCentres) spoil(i int, page int64) {
	tc.t.Helper()
	segments, err := filepath.Glob(filepath.Join(tc.configs[i].Centre.Dir, "journal", "*.seg"))
	if err != nil || len(segments) == 0 {
		tc.t.Fatal(segments, err)
	}
	f, err := os.OpenFile(segments[0], os.O_RDWR, 0)
	if err != nil {
		tc.t.Fatal(err)
	}
	defer f.Close()
	var one [1]byte
	at := page*4096 + 150
	if _, err := f.ReadAt(one[:], at); err != nil {
		tc.t.Fatal(err)
	}
	one[0] ^= 0x55
	if _, err := f.WriteAt(one[:], at); err != nil {
		tc.t.Fatal(err)
	}
}

// A block that rots is mended from the other centre, at a start and while the centre
// runs; the damaged bytes are kept. Rotten on both sides it is told and left alone.
func TestDamagedBlocksAreMended(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.transfers(0, 60)
	here := tc.whole(1)
	tc.stop(1)
	tc.spoil(1, 20)
	tc.start(1)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root })
	kept, err := filepath.Glob(filepath.Join(tc.configs[1].Centre.Dir, "journal", "damaged", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	tc.spoil(1, 30)
	s := &scrub{n: tc.node(1)}
	for range 3 {
		if err := s.blocks(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.status.Mended == 0 || len(s.status.Damaged) != 0 || s.status.Rounds == 0 {
		t.Fatalf("scrubbed %+v", s.status)
	}
	verdict, err := verify.Journal(tc.node(1).Core, nil)
	if err != nil || !verdict.OK() {
		t.Fatalf("%+v, %v", verdict.Laws, err)
	}
	tc.spoil(0, 40)
	tc.spoil(1, 40)
	s = &scrub{n: tc.node(1)}
	if err := s.blocks(t.Context()); err != nil || s.status.Mended != 0 || len(s.status.Damaged) != 1 {
		t.Fatalf("damaged on both sides: %+v, %v", s.status, err)
	}
	err = tc.node(1).Core.Blocks(1, func(*journal.Block) error { return nil })
	if !errors.Is(err, journal.ErrCorrupt) {
		t.Fatalf("damaged blocks are handed out: %v", err)
	}
}

// A planned takeover waits for files; one without them is ordered as such, and the
// centre goes on asking for them.
func TestPlannedTakeoverNeedsFiles(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.transfers(0, 3)
	tc.whole(1)
	lost := record.KeptFile{Name: "day/1/lost", Bytes: 4, SHA256: [32]byte{1}}
	must(t, tc.now[0].Core, &record.KeepFiles{Files: []record.KeptFile{lost}}) // nobody has it
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Applied == here.Stored })
	if err := tc.node(1).peer.goods.ready(t.Context(), true); !errors.Is(err, errIncomplete) {
		t.Fatalf("a planned takeover without a file: %v", err)
	}
	if err := tc.node(1).peer.goods.ready(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := tc.order(1, dr.ActPromote, 2, ""); !errors.Is(err, ErrControl) {
		t.Fatalf("promoted: %v", err)
	}
	tc.until(0, dr.Primary, nil) // nobody was deposed
}

// A file that rots is fetched again.
func TestDamagedFilesAreMended(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	putFile(t, tc.configs[0].Centre.Dir, "day/1/a", []byte("what it should be"))
	tc.sweep(0, 1)
	tc.whole(1)
	putFile(t, tc.configs[1].Centre.Dir, "day/1/a", []byte("what it shoulD be"))
	s := &scrub{n: tc.node(1)}
	s.files(t.Context())
	tc.whole(1)
	if got := tc.file(1, "day/1/a"); string(got) != "what it should be" {
		t.Errorf("the file holds %q", got)
	}
}

// An empty centre is rebuilt from the other one while that works: blocks, state,
// files and keys.
func TestEmptyCentreIsRebuiltUnderLoad(t *testing.T) {
	tc := newTwoCentres(t)
	tc.until(0, dr.Primary, nil)
	inhabit(t, tc.now[0])
	must(t, tc.now[0].Core, &record.LedgerOpen{AccountKind: 402, Unit: 1}, &record.LedgerOpen{AccountKind: 401, Unit: 1, Owner: 1})
	var debit, credit uint32
	tc.look(0, func(m *custody.Machine) { debit, credit = uint32(m.Ledger.Len()-2), uint32(m.Ledger.Len()-1) })
	putFile(t, tc.configs[0].Centre.Dir, "day/1/a", bytes.Repeat([]byte("x"), 1<<20))
	tc.sweep(0, 1)
	tc.whole(1)
	tc.stop(1)
	if err := os.RemoveAll(tc.configs[1].Centre.Dir); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	core, failed := tc.now[0].Core, make(chan error, 1)
	load.Go(func() {
		for ctx.Err() == nil {
			if _, err := core.Submit(context.Background(), record.Request{Cmd: &record.LedgerTransfer{Debit: debit, Credit: credit, Amount: 1}}); err != nil {
				failed <- err
				return
			}
		}
	})
	tc.start(1)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Goods.Files == 1 && s.Goods.Missing == 0 && s.Applied > 100 })
	stop()
	load.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	here := tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Stored == here.Stored && s.Root == here.Root })
	tc.whole(1)
	if _, err := tc.node(1).Vault.Key(testClient); err != nil {
		t.Fatal(err)
	}
}
