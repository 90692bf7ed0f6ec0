package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
)

// writeList writes a version of the list TEST.
func writeList(t *testing.T, path string, entries ...string) {
	t.Helper()
	text := "sancun-name-list 1\nname TEST\ndate 20230801\nsource invented\nX|Nobody At All|\n" + strings.Join(entries, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// until asks again until the answer is as wanted.
func (k *counter) until(path string, want func(map[string]any) bool) map[string]any {
	k.t.Helper()
	var got map[string]any
	for range 100 { // ten seconds, below what one session may ask
		if got = k.ask("GET", path, nil); want(got) {
			return got
		}
		time.Sleep(100 * time.Millisecond)
	}
	k.t.Fatalf("%s stays %v", path, got)
	return nil
}

func rowsOf(got map[string]any) (rows []map[string]any) {
	list, _ := got["rows"].([]any)
	for _, row := range list {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

// compared waits until the n-th comparison has ended.
func (k *counter) compared(n int) map[string]any {
	k.t.Helper()
	got := k.until("/v1/comparisons", func(got map[string]any) bool {
		rows := rowsOf(got)
		return len(rows) == n && rows[0]["state"] == "ended"
	})
	return rowsOf(got)[0]
}

// A list changes while the centre runs: the clients there are compared again, who
// is met is held until two people have looked, and whom they found to be somebody
// else is not held for the same entry again.
func TestChangedListHoldsClients(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	writeList(t, path)
	k := openCounter(t, startRegister(t), func(c *Config) { c.Identity.Lists = []string{path} })
	for n := uint64(20); n <= 22; n++ {
		if got := k.open(n, nil); got["held"] != nil {
			t.Fatalf("client %d: %v", 500+n, got)
		}
	}
	k.compared(1)
	one, other := "7||"+registered.Person(21).Number, "8|"+registered.Person(22).Name+"|"
	writeList(t, path, one, other)
	if err := k.node.ReloadLists(); err != nil {
		t.Fatal(err)
	}
	if got := k.compared(2); got["hits"] != 2.0 || got["held"] != 2.0 || got["clients"] != 3.0 || got["compared"] != 3.0 {
		t.Errorf("the second comparison: %v", got)
	}
	k.token = k.tokens["checker"]
	k.until("/v1/clients?state=held", func(got map[string]any) bool {
		rows := rowsOf(got)
		return len(rows) == 2 && rows[0]["number"] == 521.0 && rows[1]["number"] == 522.0
	})
	if got := fmt.Sprint(k.ask("GET", "/v1/clients/521/checks", nil)); !strings.Contains(got, "TEST/20230801#7") || !strings.Contains(got, "check:name outcome:agreed") {
		t.Errorf("the checks of 521: %s", got)
	}
	k.token = k.tokens["maker"]
	proposed := k.ask("POST", "/v1/proposals", map[string]any{"review_client": map[string]any{"client": 521, "release": true, "reference": "memo 9"}, "reason": "another person"})
	k.token = k.tokens["checker"]
	proposal := fmt.Sprintf("/v1/proposals/%v", proposed["ref"])
	read := k.until(proposal, func(got map[string]any) bool { return got["digest"] != nil })
	if got := k.ask("POST", proposal+"/approve", map[string]any{"digest": read["digest"]}); got["code"] != "accepted" {
		t.Fatalf("the review: %v", got)
	}
	writeList(t, path, one, other, "9|Somebody New|")
	if err := k.node.ReloadLists(); err != nil {
		t.Fatal(err)
	}
	if got := k.compared(3); got["hits"] != 2.0 || got["held"] != 0.0 {
		t.Errorf("the third comparison: %v", got)
	}
	for client, want := range map[uint64]uint8{520: custody.Normal, 521: custody.Normal, 522: custody.Held} {
		standing(t, k.node.Core, client, want)
	}
	if err := os.WriteFile(path, []byte("no list"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := k.node.ReloadLists(); err == nil {
		t.Error("a file that is no list is taken")
	}
	if err := k.node.ReloadUsers(); err != nil {
		t.Error(err)
	}
}

// standing checks the state of a client.
func standing(t *testing.T, core *Core, number uint64, want uint8) {
	t.Helper()
	if err := core.Look(t.Context(), func(m *custody.Machine) {
		if c, ok := m.Client(number); !ok || c.State != want {
			t.Errorf("client %d: state %d, want %d", number, c.State, want)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// A comparison that was stopped in the middle goes on where it was, and clients
// whose data cannot be opened are counted and not passed over in silence.
func TestComparisonGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	writeList(t, path)
	c := small(t)
	c.Identity.Lists = []string{path}
	open := func() *Node {
		n, err := Open(c, quiet())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	next := func(n *Node) bool {
		more, err := n.compare.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return more
	}
	n := open()
	if next(n) {
		t.Error("nobody is there, and there is more to do")
	}
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	clients := &record.OpenClients{}
	for number := uint64(1); number <= 250; number++ {
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: number, Class: custody.Person, Document: uint8(identity.IDCardDocument), ID: state.KeyOf(number, 1), Name: state.KeyOf(number, 2), Mobile: state.KeyOf(number, 3), Sealed: []byte{1},
		})
	}
	must(t, n.Core, clients)
	if !next(n) || !next(n) { // begins, and takes a step
		t.Error("it is over too soon")
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = open()
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	for next(n) {
	}
	if err := n.Core.Look(t.Context(), func(m *custody.Machine) {
		if all := m.Comparisons(9); len(all) != 1 || all[0].Reached != 250 || all[0].Unread != 250 || all[0].Ended == 0 {
			t.Errorf("compared: %+v", all)
		}
	}); err != nil {
		t.Fatal(err)
	}
}
