package backup

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sancun/internal/faultfs"
)

func proofOf(a Archive, good bool, at time.Time) Proof {
	p := Proof{Number: a.Number, Digest: a.Digest, Good: good, Began: at, Ended: at, Root: a.Root, Found: a.Root}
	if !good {
		p.Failure = "it leads elsewhere"
	}
	return p
}

var month = Retention{Rules: Rules(), ReachDays: 30, KeysDays: 7}

// let lists what a prune lets go as "number group covered".
func let(t *testing.T, h *house, keep Retention, proofs ...Proof) (all []string) {
	t.Helper()
	pruned, err := h.folder.Prune(t.Context(), h.chain(), proofs, keep, h.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pruned {
		all = append(all, fmt.Sprintf("%d %s %d", p.Number, p.Group, p.Covered))
	}
	return all
}

// What only an archive holds stays twenty years, whatever is newer.
func TestNothingIsPrunedThatARuleNeeds(t *testing.T) {
	h := newHouse(t, 40)
	first := h.take(Full, 10)
	h.take(Incremental, 20)
	h.now = h.now.AddDate(0, 3, 0)
	third := h.take(Full, 30)
	last := h.take(Incremental, 40)
	keysGone := []string{"2 keys 4", "1 keys 4"}
	for name, c := range map[string]struct {
		proofs []Proof
		want   []string
	}{
		"without a proof":             {nil, nil},
		"with a bad one":              {[]Proof{proofOf(last, false, h.now)}, nil},
		"with one of the old archive": {[]Proof{proofOf(first, true, h.now)}, nil},
		"of another folder":           {[]Proof{{Number: 3, Good: true}}, nil},
		"proven":                      {[]Proof{proofOf(third, true, h.now)}, []string{"1 rest 3", "2 rest 3"}},
		"proven through an increment": {[]Proof{proofOf(last, true, h.now)}, []string{"1 rest 3", "2 rest 3"}},
	} {
		if got := let(t, h, month, c.proofs...); !slices.Equal(got, append(slices.Clone(keysGone), c.want...)) {
			t.Errorf("%s: %v, want %v and %v", name, got, keysGone, c.want)
		}
	}
	long := month
	long.ReachDays = 365
	if got := let(t, h, long, proofOf(third, true, h.now)); !slices.Equal(got, keysGone) {
		t.Errorf("within the reach: %v", got)
	}
}

// A file that is gone or was changed since keeps its old archive, and so does a
// history that parted; after twenty years they go.
func TestWhatOnlyAnOldArchiveHolds(t *testing.T) {
	for name, change := range map[string]func(*house){
		"a file gone":    func(h *house) { delete(h.files, "bank001/20260302/B01.txt") },
		"a file changed": func(h *house) { h.file("bank001/20260302/B01.txt", "other rows") },
		"parted":         func(h *house) { h.blocks = chainOf(t, 40, "another") },
	} {
		h := newHouse(t, 40)
		h.take(Full, 10)
		h.now = h.now.AddDate(0, 3, 0)
		change(h)
		a := h.take(Full, 40)
		if got := let(t, h, month, proofOf(a, true, h.now)); !slices.Equal(got, []string{"1 keys 2"}) {
			t.Errorf("%s: %v", name, got)
		}
		h.now = h.now.AddDate(19, 8, 0)
		if got := let(t, h, month, proofOf(a, true, h.now)); !slices.Equal(got, []string{"1 keys 2"}) {
			t.Errorf("%s, nearly twenty years later: %v", name, got)
		}
		h.now = h.now.AddDate(1, 0, 0)
		if got := let(t, h, month, proofOf(a, true, h.now)); !slices.Equal(got, []string{"1 keys 2", "1 rest 0"}) {
			t.Errorf("%s, twenty years later: %v", name, got)
		}
	}
}

// Copies of keys go when newer ones are there, but never the newest.
func TestOldKeysGo(t *testing.T) {
	h := newHouse(t, 10)
	h.take(Full, 10)
	for range 5 {
		h.now = h.now.AddDate(0, 0, 4)
		h.take(Incremental, 10)
	}
	if got := let(t, h, month); !slices.Equal(got, []string{"3 keys 6", "2 keys 6", "1 keys 6"}) {
		t.Errorf("after twenty days: %v", got)
	}
	h.now = h.now.AddDate(0, 0, 24)
	if got := let(t, h, month); !slices.Equal(got, []string{"4 keys 6", "3 keys 6", "2 keys 6", "1 keys 6"}) {
		t.Errorf("after forty-four: %v", got)
	}
	h.now = h.now.AddDate(5, 0, 0)
	if got := let(t, h, month); len(got) != 5 || slices.Contains(got, "6 keys 6") {
		t.Errorf("the newest must stay: %v", got)
	}
}

// Removing is written down first, survives a crash at every operation, and leaves a
// chain that is whole; what was removed is missing, not tampered with.
func TestRemoveSurvivesCrashes(t *testing.T) {
	for nth := 1; ; nth++ {
		h := newHouse(t, 40)
		h.take(Full, 10)
		h.take(Incremental, 20)
		h.now = h.now.AddDate(0, 3, 0)
		a := h.take(Full, 40)
		all, err := h.folder.Prune(t.Context(), h.chain(), []Proof{proofOf(a, true, h.now)}, month, h.now)
		if err != nil || len(all) != 4 {
			t.Fatalf("%v, %v", all, err)
		}
		chain := h.chain()
		h.disk.Inject(faultfs.Fault{Op: faultfs.OpAny, Nth: nth, Halt: true})
		err = h.folder.Remove(t.Context(), chain, all, h.sign)
		h.disk.Crash(uint64(nth))
		chain = h.chain()
		if again := h.folder.Resume(chain); again != nil {
			t.Fatalf("operation %d: %v", nth, again)
		}
		for i := range chain {
			if err := h.folder.Check(t.Context(), &chain[i], nil); err != nil {
				t.Fatalf("operation %d: archive %d: %v", nth, i+1, err)
			}
		}
		for _, height := range []uint64{5, 15, 40} {
			if _, got, err := h.restore(Restore{Height: height, KeyIdentities: h.keeper}); err != nil || same(got.blocks, h.blocks, height) != nil {
				t.Fatalf("operation %d: height %d: %v", nth, height, err)
			}
		}
		if err != nil {
			continue
		}
		for _, name := range h.disk.Names() {
			if number, rest, ok := split(name[len("far/"):]); ok && number < 3 && rest != "manifest" && rest != "pruned.keys" && rest != "pruned.rest" {
				t.Errorf("%s is still there", name)
			}
		}
		if _, _, err := h.restore(Restore{Number: 2}); !refused(err) {
			t.Errorf("an archive that was removed: %v", err)
		}
		far := &Folder{FS: diskOf(t, nil), Dir: "far"}
		if n, err := far.Mirror(t.Context(), h.folder, h.signers(), nil); n != 3 || err != nil {
			t.Errorf("a copy of a pruned folder: %d, %v", n, err)
		}
		return
	}
}

// Every rule has a source and a beginning, and business data a rule of twenty years.
func TestRules(t *testing.T) {
	for _, r := range Rules() {
		if r.Source == "" || r.From < 20000101 || r.Name == "" || r.Years < 0 || r.Days < 0 {
			t.Errorf("%+v", r)
		}
	}
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	if years, _ := month.least(Blocks, at); years != 20 {
		t.Errorf("business data stay %d years", years)
	}
	if days, _ := month.most(Keys, at); days != KeysDaysMax {
		t.Errorf("keys stay %d days", days)
	}
}

// What is due when, and what is an alarm.
func TestDueAndAlarms(t *testing.T) {
	h := newHouse(t, 40)
	s := Schedule{FullDays: 7, FullAt: 2 * time.Hour, IncrementalEvery: time.Hour, Where: time.FixedZone("CST", 8*3600)}
	l := Limits{Archive: 3 * time.Hour, Full: 9 * 24 * time.Hour, Proof: 26 * time.Hour}
	codes := func(now time.Time, proofs ...Proof) (all []string) {
		for _, a := range Alarms(h.chain(), proofs, l, now) {
			if a.Advice == "" {
				t.Errorf("%s has no advice", a.Code)
			}
			all = append(all, a.Code)
		}
		return all
	}
	if kind, due := s.Due(h.chain(), h.now); kind != Full || !due {
		t.Errorf("an empty folder: %s %v", kind, due)
	}
	if got := codes(h.now); !slices.Equal(got, []string{AlarmNone}) {
		t.Errorf("an empty folder: %v", got)
	}
	first := h.take(Full, 10) // Monday 10:00 in Beijing
	for after, want := range map[time.Duration]Kind{
		30 * time.Minute: "", time.Hour: Incremental, 6*24*time.Hour + 15*time.Hour: Incremental, 6*24*time.Hour + 16*time.Hour: Full, 400 * time.Hour: Full,
	} {
		kind, due := s.Due(h.chain(), first.Made.Add(after))
		if due != (want != "") || due && kind != want {
			t.Errorf("after %v: %s %v, want %q", after, kind, due, want)
		}
	}
	last := h.take(Incremental, 20)
	good, bad := proofOf(last, true, last.Made), proofOf(last, false, last.Made.Add(time.Minute))
	for _, c := range []struct {
		name   string
		after  time.Duration
		proofs []Proof
		want   []string
	}{
		{"fresh and proven", time.Hour, []Proof{good}, nil},
		{"fresh, never proven", time.Hour, nil, []string{AlarmProofLate}},
		{"a bad proof behind a good one", time.Hour, []Proof{good, bad}, []string{AlarmProofBad}},
		{"a proof of another folder", time.Hour, []Proof{{Number: 2, Good: true, Ended: last.Made}}, []string{AlarmProofLate}},
		{"late", 4 * time.Hour, []Proof{good}, []string{AlarmLate}},
		{"a proof too old", 27 * time.Hour, []Proof{good}, []string{AlarmLate, AlarmProofLate}},
		{"forgotten", 300 * time.Hour, []Proof{good}, []string{AlarmLate, AlarmFullLate, AlarmProofLate}},
	} {
		if got := codes(last.Made.Add(c.after), c.proofs...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if err := h.folder.PutProof(good, h.sign); err != nil {
		t.Fatal(err)
	}
	if all, err := h.folder.Proofs(h.signers()); err != nil || len(all) != 1 || !all[0].Good {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := h.folder.Proofs(nil); !refused(err) {
		t.Errorf("a proof of nobody: %v", err)
	}
}
