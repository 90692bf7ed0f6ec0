package plan

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/journal"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

// told are events of every kind.
func told(t testing.TB) []Event {
	s := newTeller(t.(*testing.T))
	var err error
	if s.plan, err = Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	at := monday.Add(time.Millisecond)
	all := []Event{
		{Kind: EventResumed, Run: "r-1", At: at},
		{Kind: EventChecked, Run: "r-1", At: at, Step: "look", Phase: Pre, Outcome: OK, Detail: "it is standby"},
		{Kind: EventStarted, Run: "r-1", At: at, Step: "first", Phase: Do},
		{Kind: EventFinished, Run: "r-1", At: at, Step: "first", Phase: Do, Outcome: OK, Finds: []Pair{{"height", "7"}}},
		{Kind: EventAsked, Run: "r-1", At: at, Step: "first", Phase: Undo, Outcome: Unknown},
		{Kind: EventExpired, Run: "r-1", At: at, Step: "decide"},
		{Kind: EventHeld, Run: "r-1", At: at, Step: "first", Detail: "why"},
		{Kind: EventTurned, Run: "r-1", At: at},
		{Kind: EventEnded, Run: "r-1", At: at, Outcome: OK, Safe: "behind"},
		{Kind: EventObserved, At: at, Detail: "would have failed over"},
	}
	if err := s.begin("r-1", []Pair{{"to", "south"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.event(&Event{Kind: EventChecked, Step: "look", Phase: Pre, Outcome: OK}); err != nil {
		t.Fatal(err)
	}
	if err := s.openGate("decide"); err != nil {
		t.Fatal(err)
	}
	if err := s.say("wang", Yes); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Read(1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			e, err := DecodeEvent(slices.Clone(raw))
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// The bytes of every kind of event are those of docs/formats/control-journal.md.
func TestGoldenEvents(t *testing.T) {
	var text strings.Builder
	var kinds []Kind
	for _, e := range told(t) {
		raw, err := e.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeEvent(raw)
		if err != nil || got.Kind != e.Kind || !got.At.Equal(e.At) {
			t.Fatalf("%v read back: %+v, %v", e.Kind, got, err)
		}
		kinds = append(kinds, e.Kind)
		text.WriteString(e.Kind.String() + " " + hex.EncodeToString(raw) + "\n")
	}
	for k := range kindNames {
		if !slices.Contains(kinds, k) {
			t.Errorf("no golden bytes of %v", k)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/events.golden", []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/events.golden")
	if err != nil || string(want) != text.String() {
		t.Errorf("the bytes of events have changed: %v", err)
	}
}

func FuzzEvent(f *testing.F) {
	golden, err := os.ReadFile("testdata/events.golden")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		_, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		raw, err := hex.DecodeString(digits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := DecodeEvent(raw)
		if err != nil {
			if !errors.Is(err, ErrEvent) {
				t.Fatal(err)
			}
			return
		}
		again, err := e.AppendTo(nil)
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("written again: %x, %v", again, err)
		}
		if r, err := NewRun(&e); err == nil { // a run that begins can be folded on
			_ = r.Apply(&e)
			_ = r.Next(e.At)
			_ = r.Times(e.At)
		}
	})
}

// FuzzRun folds any order of events of a run: what cannot have happened is refused,
// and nothing ever breaks the fold or passes the gate without two.
func FuzzRun(f *testing.F) {
	f.Add([]byte{1, 0, 2, 3, 4, 5, 6, 7})
	f.Fuzz(func(t *testing.T, script []byte) {
		s, _ := atGate(t)
		defer s.engine.Close()
		if len(script) > 200 {
			return
		}
		steps := []string{"look", "decide", "first", "last", "gone"}
		for i := 0; i+1 < len(script); i += 2 {
			a, b := int(script[i]), int(script[i+1])
			e := &Event{
				Kind: Kind(1 + a%13), Step: steps[b%5], Phase: []Phase{Pre, Do, Post, Undo}[b/5%4],
				Outcome: []Outcome{OK, Failed, Unknown, RolledBack, Abandoned}[a/13%5], Safe: []string{"before", "behind", ""}[b/20%3],
			}
			before := s.control.Head()
			err := s.event(e)
			if err != nil && s.control.Head() != before {
				t.Fatal("a refused event was written")
			}
			if s.run.State("first").Tries > 0 {
				t.Fatal("an act began behind a gate that one person passed")
			}
		}
	})
}
