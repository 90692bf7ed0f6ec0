package replica

import (
	"testing"

	"pgregory.net/rapid"
)

func TestGateModes(t *testing.T) {
	const second = int64(1e9)
	g := NewGate(Protection{Mode: Protect}, 0, 0)
	g.Home(1, 0)
	g.Home(2, 1)
	if g.Opened() != 0 {
		t.Fatalf("protect opened to %d before the other centre had anything", g.Opened())
	}
	g.There(1, 2)
	if g.Opened() != 1 {
		t.Fatalf("protect opened to %d, want 1", g.Opened())
	}
	if w := g.Wish(100 * second); w != WishNothing {
		t.Fatalf("protect wishes %d: it waits for ever", w)
	}
	g.Set(Protection{Mode: Available, Limit: 2 * second})
	if w := g.Wish(1 + 2*second); w != WishNothing {
		t.Fatalf("available wishes %d at its limit, want nothing until it is passed", w)
	}
	if w := g.Wish(2 + 2*second); w != WishAlone {
		t.Fatalf("available wishes %d past its limit, want to go on alone", w)
	}
	g.Home(3, 3*second) // the block that says so
	g.Set(Protection{Mode: Available, Alone: true, Limit: 2 * second})
	if g.Opened() != 3 {
		t.Fatalf("alone opened to %d, want 3", g.Opened())
	}
	for h := uint64(4); h <= 40; h++ {
		g.Home(h, 4*second)
	}
	g.There(40-nearBlocks-1, 5*second)
	if w := g.Wish(5 * second); w != WishNothing {
		t.Fatalf("alone wishes %d with the other centre %d blocks behind", w, g.Behind())
	}
	g.There(40-nearBlocks, 5*second)
	if w := g.Wish(6 * second); w != WishNothing {
		t.Fatalf("alone wishes %d for a centre that was last heard a second ago", w)
	}
	if w := g.Wish(5 * second); w != WishSynced {
		t.Fatalf("alone wishes %d with the other centre %d blocks behind, want to wait again", w, g.Behind())
	}
	g.Home(41, 6*second)
	g.Set(Protection{Mode: Available, Limit: 2 * second})
	g.Home(42, 6*second)
	if g.Opened() != 41 {
		t.Fatalf("synced again opened to %d, want 41 until the other centre has 42", g.Opened())
	}
	g.Set(Protection{Mode: Fast})
	if g.Opened() != 42 {
		t.Fatalf("fast opened to %d, want 42", g.Opened())
	}
	g.Depose()
	g.Home(43, 7*second)
	g.There(43, 7*second)
	if g.Opened() != 42 {
		t.Fatalf("deposed, the gate opened to %d", g.Opened())
	}
}

// A centre that starts again does not know whether the other one has the end of
// its journal: a mode that waits shows it only when it does.
func TestGateOfARestart(t *testing.T) {
	for _, c := range []struct {
		p    Protection
		want uint64
	}{{Protection{Mode: Protect}, 0}, {Protection{Mode: Available, Limit: 10}, 0}, {Protection{Mode: Available, Alone: true}, 7}, {Protection{Mode: Fast}, 7}} {
		g := NewGate(c.p, 7, 100)
		if got := g.Opened(); got != c.want {
			t.Errorf("%+v opens to %d at its start, want %d", c.p, got, c.want)
		}
		if got := g.Wish(111); (got == WishAlone) != (c.p.Mode == Available && !c.p.Alone) {
			t.Errorf("%+v wishes %d past its limit", c.p, got)
		}
		g.There(7, 120)
		if got := g.Opened(); got != 7 {
			t.Errorf("%+v opens to %d when the other centre has it", c.p, got)
		}
	}
}

// The laws of the gate under any order of events.
func TestGateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]Mode{Protect, Available, Fast})
		p := Protection{Mode: mode.Draw(t, "mode"), Limit: 10}
		g := NewGate(p, 0, 0)
		var home, there, before uint64
		deposed := false
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			case 0:
				p = Protection{Mode: mode.Draw(t, "new mode"), Alone: rapid.Bool().Draw(t, "alone"), Limit: 10}
				g.Set(p)
			case 1:
				if rapid.IntRange(0, 5).Draw(t, "depose") == 0 {
					g.Depose()
					deposed = true
				}
			case 2, 3, 4:
				there = min(home, there+rapid.Uint64Range(0, 3).Draw(t, "acked"))
				g.There(there, int64(home))
			default:
				home++
				g.Home(home, int64(home))
			}
			opened := g.Opened()
			if opened < before {
				t.Fatalf("the gate fell from %d to %d", before, opened)
			}
			if opened > home {
				t.Fatalf("opened %d above what is durable at home, %d", opened, home)
			}
			if opened > before && p.waits() && opened > there {
				t.Fatalf("opened %d to %d in %v while the other centre has %d", before, opened, p, there)
			}
			if opened > before && deposed {
				t.Fatal("opened after it was deposed")
			}
			if !deposed && !p.waits() && opened != home {
				t.Fatalf("%v keeps %d of %d back", p, home-opened, home)
			}
			before = opened
		}
	})
}
