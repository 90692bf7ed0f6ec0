package custody

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/record"
)

// The stories in testdata/centre tell which centre writes and what its answers
// promise.
func TestCentreStories(t *testing.T) {
	seen := map[record.Code]bool{}
	datadriven.Walk(t, "testdata/centre", func(t *testing.T, path string) {
		r := newRun(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r.t = t
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				cmd, args, err := datadriven.ParseLine(line)
				if err != nil || d.Cmd != "do" {
					t.Fatalf("%s: %s: %v", d.Pos, line, err)
				}
				if cmd != "" {
					code := record.Code(r.do(callerIn(wordsOf(args)), centreCommand(t, r, cmd, wordsOf(args))).Code)
					seen[code] = true
					fmt.Fprintf(&out, "%s: %d %s | %s\n", cmd, code, code, centreText(r.live.Centre()))
				}
			}
			return out.String()
		})
	})
	for _, code := range record.Codes() {
		if code >= 900 && code < 910 && !seen[code] {
			t.Errorf("no story is refused with %d %s", code, code)
		}
	}
}

func callerIn(w words) record.Caller {
	if w.has("staff") {
		return record.CallerOf(record.CallerStaff, w.number("staff", 0))
	}
	return 0
}

var protections = map[string]uint8{
	"protect": record.ProtectionProtect, "available": record.ProtectionAvailable, "fast": record.ProtectionFast, "none": 0, "other": 4,
}

func centreCommand(t *testing.T, r *run, cmd string, w words) record.Command {
	switch cmd {
	case "protection":
		return &record.SetProtection{Mode: protections[w["mode"]], LimitMS: uint32(w.number("limit", 0)), Reason: w.text("why", "plan 3")}
	case "alone":
		return &record.StandAlone{Alone: uint8(w.number("alone", 1)), Behind: 5}
	case "promote":
		from := r.height // the block that will hold the record takes over all before it
		if w.has("from") {
			from = w.number("from", 0)
		}
		return &record.Promote{
			Centre: w.text("centre", "south"), Epoch: uint32(w.number("epoch", 2)), From: from, Planned: uint8(w.number("planned", 1)),
			Maker: record.CallerOf(record.CallerStaff, w.number("maker", 1)), Checker: record.CallerOf(record.CallerStaff, w.number("checker", 2)),
			Plan: "switchover 1", Reason: w.text("why", "plan 3"),
		}
	}
	t.Fatalf("unknown line %s", cmd)
	return nil
}

func centreText(c Centre) string {
	return fmt.Sprintf("%s epoch %d from %d mode %d limit %d alone %d", strings.TrimRight(string(c.Name[:]), "\x00"), c.Epoch, c.Promoted, c.Mode, c.LimitMS, c.Alone)
}
