package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sancun/custody"
	"sancun/dr"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// putFile writes a file among those of a centre.
func putFile(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, filesFolder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (tc *twoCentres) file(i int, name string) []byte {
	tc.t.Helper()
	content, err := os.ReadFile(filepath.Join(tc.configs[i].Centre.Dir, filesFolder, filepath.FromSlash(name)))
	if err != nil {
		tc.t.Fatal(err)
	}
	return content
}

// sweep enters the files of a centre into the journal.
func (tc *twoCentres) sweep(i, want int) {
	tc.t.Helper()
	n := tc.node(i)
	if got, err := n.peer.manifest.sweep(tc.t.Context()); err != nil || got != want {
		tc.t.Fatalf("%d files entered, %v, want %d", got, err, want)
	}
}

// whole waits until a standby has everything up to the other centre's head.
func (tc *twoCentres) whole(i int) CentreState {
	tc.t.Helper()
	head, err := tc.node(1 - i).Core.Stored()
	if err != nil {
		tc.t.Fatal(err)
	}
	return tc.until(i, dr.Standby, func(s CentreState) bool { return s.Goods.Complete >= head.Height && s.Goods.Missing == 0 })
}

// Files and keys reach the other centre with the blocks, and a centre that takes
// over has them: files by content, keys so that personal data open.
func TestFilesAndKeysAreInBothCentres(t *testing.T) {
	tc := newTwoCentres(t)
	tc.until(0, dr.Primary, nil)
	north := tc.now[0]
	inhabit(t, north)
	large := bytes.Repeat([]byte("a line of a settlement file\n"), 100_000)
	names := map[string][]byte{"day/20230825/archive.txt": []byte("SANCUN-DAY"), "clearing/20230825/blobs/ab": large, "bank001/in/20230825/B01.v1": {}}
	for name, content := range names {
		putFile(t, tc.configs[0].Centre.Dir, name, content)
	}
	tc.sweep(0, 3)
	s := tc.whole(1)
	if s.Goods.Files != 3 || s.Goods.Keys == 0 {
		t.Fatalf("goods %+v", s.Goods)
	}
	// A log grows, a file is replaced; both come again.
	names["day/20230825/archive.txt"] = []byte("SANCUN-DAY|2")
	names["clearing/20230825/blobs/ab"] = append(large, "more\n"...)
	names["day/20230825/new"] = []byte("new")
	for _, name := range []string{"day/20230825/archive.txt", "clearing/20230825/blobs/ab", "day/20230825/new"} {
		putFile(t, tc.configs[0].Centre.Dir, name, names[name])
	}
	tc.sweep(0, 3)
	tc.sweep(0, 0)
	tc.whole(1)
	tc.stop(0)
	tc.must(1, dr.ActPromote, 2, "")
	tc.until(1, dr.Primary, nil)
	for name, want := range names {
		if got := tc.file(1, name); !bytes.Equal(got, want) {
			t.Errorf("%s holds %d bytes, want %d", name, len(got), len(want))
		}
	}
	south := tc.node(1)
	person, err := south.Owners.Person(testFund)
	if err != nil || person.Name != "孟例" || person.Card != testCard {
		t.Fatalf("the centre that took over knows %+v, %v", person, err)
	}
}

// What two people have erased is erased in both centres, also in one that was away,
// and comes back with neither a restart nor a copy.
func TestErasedKeysStayErased(t *testing.T) {
	tc := newTwoCentres(t)
	tc.until(0, dr.Primary, nil)
	north := tc.now[0]
	keys, err := north.Vault.Enrol([]uint64{testClient})
	if err != nil {
		t.Fatal(err)
	}
	must(t, north.Core, &record.OpenDay{Date: 20230825, Next: 20230828}, &record.OpenClients{Rows: []record.ClientData{{
		Number: testClient, Class: 1, Document: 1, ID: state.KeyOf(1, 1), Name: state.KeyOf(2, 2), Mobile: state.KeyOf(3, 3), Risk: 3, RiskUntil: 20240825, Permissions: 1,
		Sealed: sealAll(t, keys[0], vault.FieldName, "孟例"),
	}}})
	tc.whole(1)
	if _, err := tc.node(1).Vault.Key(testClient); err != nil {
		t.Fatal(err)
	}
	kept, err := north.keys.Slots([]uint64{testClient}) // as a backup would have it
	if err != nil {
		t.Fatal(err)
	}
	if code := refusedOf(t, north.Core, &record.EraseClient{Client: testClient, Reason: "test"}); code != record.ClientNotClosed {
		t.Fatalf("a client who is here was erased: %s", code)
	}
	tc.whole(1)
	tc.stop(1)
	tc.stop(0)
	for i := range centreNames { // two people have said so, twenty years later
		tc.appendErasure(i)
	}
	tc.start(0)
	north = tc.now[0]
	erased := func(i int) {
		t.Helper()
		for range 1000 {
			if _, err := tc.node(i).Vault.Key(testClient); errors.Is(err, vault.ErrDestroyed) {
				return
			}
			if pause(t.Context(), eraseBeat/100) != nil {
				break
			}
		}
		t.Fatalf("%s still has the key", centreNames[i])
	}
	erased(0)
	if got, err := north.Vault.Adopt(kept); err != nil || got.Refused != 1 {
		t.Fatalf("a copy came back: %+v, %v", got, err)
	}
	tc.start(1)
	erased(1)
	tc.stop(0)
	tc.start(0)
	if _, err := tc.node(0).Vault.Key(testClient); !errors.Is(err, vault.ErrDestroyed) {
		t.Fatalf("after a restart: %v", err)
	}
	// A store that came back from a backup is erased before anybody can read it.
	tc.stop(1)
	dir := filepath.Join(tc.configs[1].Centre.Dir, "vault")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	tc.start(1)
	if _, err := tc.node(1).Vault.Key(testClient); !errors.Is(err, vault.ErrDestroyed) {
		t.Fatalf("an empty store: %v", err)
	}
	if got, err := tc.node(1).Vault.Adopt(kept); err != nil || got.Refused != 1 {
		t.Fatalf("a copy came back: %+v, %v", got, err)
	}
}

// appendErasure puts the record of an erasure into a journal that is closed.
func (tc *twoCentres) appendErasure(i int) {
	tc.t.Helper()
	e, _, err := disk.Open(disk.Options{Dir: tc.configs[i].Centre.Dir + "/journal", Cell: 1, SegmentBytes: 1 << 20})
	if err != nil {
		tc.t.Fatal(err)
	}
	defer e.Close()
	head, err := e.Head()
	if err != nil {
		tc.t.Fatal(err)
	}
	table := state.NewTable[custody.Erasure](custody.TableErasures, 16)
	table.Append(custody.Erasure{Client: testClient})
	var b record.Builder
	b.Begin(record.CallerOf(record.CallerStaff, 2), state.Key{}, &record.Approve{Proposal: 1})
	b.Put(table, 0)
	b.End(record.Accepted, 0)
	block, err := journal.Seal(journal.Header{
		Kind: journal.SHA256, Cell: 1, Epoch: head.Epoch, Height: head.Height + 1, Time: head.Time + 1, Previous: head.Hash,
	}, b.Body())
	if err == nil {
		err = e.Append(&block)
	}
	if err != nil {
		tc.t.Fatal(err)
	}
}

// two has an act proposed and approved by two people.
func two(t *testing.T, core *Core, act record.Command) {
	t.Helper()
	payload := record.Encode(nil, act)
	staff := func(n uint64) record.Caller { return record.CallerOf(record.CallerStaff, n) }
	answers, err := core.Submit(t.Context(), record.Request{Caller: staff(1), Cmd: &record.Propose{Act: act.Kind(), Payload: payload, Reason: "test"}})
	if err != nil || answers[0].Code != 0 {
		t.Fatalf("propose %T: %v, %v", act, answers, err)
	}
	answers, err = core.Submit(t.Context(), record.Request{Caller: staff(2), Cmd: &record.Approve{Proposal: answers[0].Ref, Payload: payload}})
	if err != nil || answers[0].Code != 0 {
		t.Fatalf("approve %T: %v, %v", act, answers, err)
	}
}

// In a mode that waits, no answer that rests on a new key leaves before the other
// centre has the key.
func TestAnswersWaitForKeys(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	tc.must(0, dr.ActProtection, 1, "protect")
	tc.transfers(0, 3)
	s := tc.node(0).Core.shield
	s.offered(s.s.LastKey() + 1) // a key that the other centre never gets
	durable := s.home()
	done := make(chan error, 1)
	go func() {
		_, err := tc.now[0].Core.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: 1}})
		done <- err
	}()
	<-durable
	here, err := tc.now[0].Core.Stored()
	if err != nil {
		t.Fatal(err)
	}
	tc.until(1, dr.Standby, func(c CentreState) bool { return c.Stored == here.Height }) // the block is there
	select {
	case err := <-done:
		t.Fatalf("answered without the key: %v", err)
	default:
	}
	s.keyed(s.s.LastKey())
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// A damaged or foreign file is fetched again, and what lay there is kept aside. A
// part that came before the line broke is gone on with.
func TestFilesAreMendedAndGoneOnWith(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	content := bytes.Repeat([]byte("0123456789abcdef"), 50_000)
	putFile(t, tc.configs[0].Centre.Dir, "day/1/a", content)
	tc.sweep(0, 1)
	tc.whole(1)
	tc.stop(1)
	dir := tc.configs[1].Centre.Dir
	putFile(t, dir, "day/1/a", []byte("something else"))
	var f custody.KeptFile
	if err := tc.node(0).Core.Look(t.Context(), func(m *custody.Machine) { f, _ = m.KeptFile("day/1/a") }); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(dir, partFolder)
	if err := os.MkdirAll(part, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(part, hex.EncodeToString(f.SHA256[:])), content[:12_345], 0o600); err != nil {
		t.Fatal(err)
	}
	tc.start(1)
	tc.whole(1)
	if !bytes.Equal(tc.file(1, "day/1/a"), content) {
		t.Error("the file is not what the journal says")
	}
	aside, err := filepath.Glob(filepath.Join(dir, asideFolder, "*-a"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("kept aside %v, %v", aside, err)
	}
}
