package journaltest

import (
	"testing"

	"pgregory.net/rapid"

	"sancun/journal"
)

// testRandom drives the engine with random operations, reopening, killing and
// power cuts where the disk allows it, and compares after each with a list.
func testRandom(t *testing.T, h Harness) {
	if h.Disk == nil { // one journal for all runs: rapid cannot make new ones
		drive(rapidOnce(t, 100), h, newAuditor(h.Cell, 10))
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		fresh := h.Fork()
		drive(rapidDraws{rt}, fresh, newAuditor(fresh.Cell, rapid.Uint64().Draw(rt, "seed")))
	})
}

// draws is where drive takes its decisions from.
type draws interface {
	tester
	draw(name string, below int) int
	steps() int
}

type rapidDraws struct{ *rapid.T }

func (d rapidDraws) draw(name string, below int) int {
	return rapid.IntRange(0, below-1).Draw(d.T, name)
}

func (d rapidDraws) steps() int { return d.draw("steps", 40) }

// seededDraws decides by a fixed seed, for engines whose journals are dear.
type seededDraws struct {
	*testing.T
	auditor *auditor
	count   int
}

func rapidOnce(t *testing.T, steps int) draws {
	return seededDraws{t, newAuditor(0, 11), steps}
}

func (d seededDraws) draw(_ string, below int) int { return d.auditor.rng.IntN(below) }
func (d seededDraws) steps() int                   { return d.count }

func drive(d draws, h Harness, a *auditor) {
	e := mustOpen(d, h)
	for range d.steps() {
		switch d.draw("step", 10) {
		case 0, 1, 2, 3:
			mustAppend(d, a, e, d.draw("bytes", 6_000))
		case 4:
			bad := a.next(40)
			bad.Height += uint64(1 + d.draw("gap", 3))
			if err := e.Append(bad); !refused(err) {
				d.Fatalf("a gap was answered with %v", err)
			}
		case 5:
			if err := a.raise(e, a.fence+uint32(d.draw("epochs", 3))); err != nil {
				d.Fatalf("fence: %v", err)
			}
		case 6:
			if err := a.differenceFrom(e, uint64(d.draw("from", len(a.chain)+2))); err != nil {
				d.Fatalf("%v", err)
			}
		case 7:
			mustClose(d, e)
			e = mustOpen(d, h)
			a.compare(d, e)
		default:
			e = restart(d, h, e)
			a.compare(d, e)
		}
	}
	a.compare(d, e)
	mustClose(d, e)
}

// restart ends the engine without closing it, by power cut or kill, and opens
// the journal again. Nothing was under way, so nothing may be missing.
func restart(d draws, h Harness, e journal.Engine) journal.Engine {
	if h.Disk == nil {
		mustClose(d, e)
		return mustOpen(d, h)
	}
	if d.draw("kill", 2) == 0 {
		h.Disk.Kill()
	} else {
		h.Disk.Crash(uint64(d.draw("crash", 1<<20)))
	}
	return mustOpen(d, h)
}
