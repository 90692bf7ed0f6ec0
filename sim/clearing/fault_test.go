package clearing

import (
	"errors"
	"slices"
	"testing"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// inject opens friday with faults by command and the small day's trades.
func inject(t *testing.T, orders ...Injection) (*House, *memory) {
	t.Helper()
	out := newMemory()
	h := newHouse(t, testConfig(t, out))
	for _, i := range orders {
		if err := h.Inject(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(h.Open(friday), h.Clear(slices.Values(smallDay(t)))); err != nil {
		t.Fatal(err)
	}
	return h, out
}

func release(t *testing.T, h *House, hour, minute int32) {
	t.Helper()
	if err := h.Release(calendar.Clock(hour, minute, 0)); err != nil {
		t.Fatal(err)
	}
}

// Every fault of every file is found as the log says, and is gone after the file
// came again.
func TestFileFaultsAreFound(t *testing.T) {
	for _, l := range csdc.Layouts() {
		for _, fault := range []Fault{FaultTruncated, FaultBadRecord, FaultWrongTotal, FaultMissing} {
			h, out := inject(t, Injection{Fault: fault, Layout: l})
			release(t, h, 19, 0)
			log := h.Log()
			if len(log) != 1 || log[0].File != l.FileName(broker, "20230825") || log[0].Void != "" || log[0].Corrected {
				t.Fatalf("%s of %s: log %+v", fault, l, log)
			}
			found := check(t, out, friday, 19, 0)
			if len(found) != 1 || found[0].Kind != log[0].Find || found[0].File != log[0].File {
				t.Errorf("%s of %s: found %v, want %s", fault, l, found, log[0].Find)
			}
			if err := h.Resend(log[0].File); err != nil {
				t.Fatal(err)
			}
			if found := check(t, out, friday, 19, 1); fault != FaultWrongTotal && len(found) != 0 {
				t.Errorf("%s of %s: still %v", fault, l, found)
			}
			if err := h.Resend(csdc.ControlName(broker, "20230825")); err != nil {
				t.Fatal(err)
			}
			if found := check(t, out, friday, 19, 1); len(found) != 0 || !h.Log()[0].Corrected {
				t.Errorf("%s of %s: still %v, log %+v", fault, l, found, h.Log())
			}
		}
	}
}

// A late file is missed at its deadline and keeps the control file back.
func TestLateFile(t *testing.T) {
	h, out := inject(t, Injection{Fault: FaultLate, Layout: csdc.LayoutZqye}, Injection{Fault: FaultLate, Layout: csdc.LayoutZjhz, By: calendar.Hour})
	release(t, h, 22, 0)
	found := check(t, out, friday, 22, 0)
	if len(found) != 2 || found[0].Kind != csdc.Missing || found[1].Kind != csdc.Missing || found[1].File != "zqye_00123_20230825.dbf" {
		t.Errorf("at the deadline %v", found)
	}
	log := h.Log()
	if len(log) != 2 || log[0].Find != 0 || log[0].Void == "" || log[1].Find != csdc.Missing {
		t.Errorf("log %+v", log)
	}
	release(t, h, 22, 16)
	if found := check(t, out, friday, 22, 16); len(found) != 0 {
		t.Errorf("after it came %v", found)
	}
	again, out := inject(t, Injection{Fault: FaultLate, Layout: csdc.LayoutZqye})
	release(t, again, 22, 0)
	if err := again.Resend("zqye_00123_20230825.dbf"); err != nil {
		t.Fatal(err)
	}
	release(t, again, 23, 0)
	if found := check(t, out, friday, 23, 0); len(found) != 0 || !again.Log()[0].Corrected {
		t.Errorf("asked for, still %v", found)
	}
}

// A skipped day shows in the control file.
func TestGap(t *testing.T) {
	h, out := inject(t, Injection{Fault: FaultGap})
	release(t, h, 19, 0)
	found := check(t, out, friday, 19, 0)
	if len(found) != 1 || found[0].Kind != csdc.BrokenSequence || h.Log()[0].Find != csdc.BrokenSequence {
		t.Errorf("found %v", found)
	}
}

// A file that comes twice is whole both times, with other records.
func TestTwice(t *testing.T) {
	h, out := inject(t, Injection{Fault: FaultTwice, Layout: csdc.LayoutZqye})
	release(t, h, 19, 0)
	first := rows(t, out.file(friday, csdc.LayoutZqye), csdc.ReadZqye)
	if found := check(t, out, friday, 19, 0); len(found) != 0 {
		t.Errorf("first version %v", found)
	}
	release(t, h, 19, 20)
	second := rows(t, out.file(friday, csdc.LayoutZqye), csdc.ReadZqye)
	if found := check(t, out, friday, 19, 20); len(found) != 0 || len(second) != len(first)+1 || h.Log()[0].Find != csdc.Replaced {
		t.Errorf("second version %v, %d records after %d", found, len(second), len(first))
	}
}

// jsmxByExec compares the details with the trades as the broker knows them.
func jsmxDifferences(t *testing.T, out *memory) map[string]Difference {
	t.Helper()
	own := map[string]csdc.Jsmx{}
	whole := newMemory()
	play(t, newHouse(t, testConfig(t, whole)), friday, smallDay(t))
	for _, r := range rows(t, whole.file(friday, csdc.LayoutJsmx), csdc.ReadJsmx) {
		own[r.ExecNo+r.Side] = r
	}
	found := map[string]Difference{}
	for _, r := range rows(t, out.file(friday, csdc.LayoutJsmx), csdc.ReadJsmx) {
		mine, ok := own[r.ExecNo+r.Side]
		switch {
		case !ok:
			found[r.ExecNo] = MissingHere
		case mine.Account != r.Account:
			found[r.ExecNo] = AccountOther
		case mine.NetAmount != r.NetAmount:
			found[r.ExecNo] = AmountDiffers
		}
		delete(own, r.ExecNo+r.Side)
	}
	for _, r := range own {
		found[r.ExecNo] = MissingThere
	}
	return found
}

// A trade's fault stands in all files of the market alike, so the files are
// accepted; a comparison with one's own trades finds it as the log says; the
// house's own books and the exchange's file keep the truth; a re-send of one file
// corrects them all.
func TestTradeFaults(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		exec  string
	}{{FaultDrop, ""}, {FaultDrop, "4"}, {FaultExtra, "1"}, {FaultAmount, ""}, {FaultAccount, "6"}} {
		h, out := inject(t, Injection{Fault: c.fault, Market: market.Shanghai, Exec: c.exec})
		release(t, h, 19, 0)
		if found := check(t, out, friday, 19, 0); len(found) != 0 {
			t.Errorf("%s: found %v", c.fault, found)
		}
		log := h.Log()
		if len(log) != 1 || log[0].Void != "" || c.exec != "" && c.fault != FaultExtra && log[0].Exec != c.exec {
			t.Fatalf("%s: log %+v", c.fault, log)
		}
		if got := jsmxDifferences(t, out); len(got) != 1 || got[log[0].Exec] != log[0].Differ {
			t.Errorf("%s: differences %v, log %+v", c.fault, got, log[0])
		}
		var told, so money.Amount
		for _, r := range rows(t, out.file(friday, csdc.LayoutZjhz), csdc.ReadZjhz) {
			told += r.NetAmount
		}
		for _, n := range h.Report().Nets {
			if n.Member == "broker" && n.Market == market.Shanghai {
				so = n.Amount
			}
		}
		if told-so != log[0].Cash {
			t.Errorf("%s: files say %s, the books %s, the log %s more", c.fault, told, so, log[0].Cash)
		}
		if lines := rows(t, out.file(friday, csdc.LayoutGH), csdc.ReadGH); len(lines) != 6 {
			t.Errorf("%s: trade file has %d lines", c.fault, len(lines))
		}
		holdingsFollow(t, out, c.fault)
		if err := h.Resend("zqye_00123_20230825.dbf"); err != nil {
			t.Fatal(err)
		}
		if got := jsmxDifferences(t, out); len(got) != 0 || !h.Log()[0].Corrected {
			t.Errorf("%s: after the re-send %v", c.fault, got)
		}
		if found := check(t, out, friday, 19, 1); len(found) != 0 {
			t.Errorf("%s: after the re-send %v", c.fault, found)
		}
	}
}

// holdingsFollow: the false balances follow from the false changes.
func holdingsFollow(t *testing.T, out *memory, fault Fault) {
	t.Helper()
	held := map[string]money.Quantity{"A100000001600000": 1_000, "A100000002600519": 300}
	for _, r := range rows(t, out.file(friday, csdc.LayoutZqbd), csdc.ReadZqbd) {
		held[r.Account+r.Security] += r.Change
	}
	for _, r := range rows(t, out.file(friday, csdc.LayoutZqye), csdc.ReadZqye) {
		if held[r.Account+r.Security] != r.Holding {
			t.Errorf("%s: zqye %+v, changes lead to %d", fault, r, held[r.Account+r.Security])
		}
	}
}

// What cannot be done is in the log as such, and an order too late is refused.
func TestImpossibleFaults(t *testing.T) {
	out := newMemory()
	h := newHouse(t, testConfig(t, out))
	for _, i := range []Injection{
		{Fault: FaultBadRecord, Layout: csdc.LayoutZjhz}, {Fault: FaultMissing, Layout: csdc.LayoutGH}, {Fault: FaultTwice, Layout: csdc.LayoutJsmx},
		{Fault: FaultWrongTotal, Layout: csdc.LayoutGH}, {Fault: FaultDrop, Market: market.Shenzhen},
	} {
		if err := h.Inject(i); err != nil {
			t.Fatal(err)
		}
	}
	// The later order for a file replaces the earlier one.
	report := play(t, h, friday, nil)
	if len(report.Faults) != 4 {
		t.Errorf("faults %+v", report.Faults)
	}
	for _, f := range report.Faults {
		if f.Void == "" || f.Find != 0 {
			t.Errorf("fault %+v has no reason why not", f)
		}
	}
	if found := check(t, out, friday, 23, 0); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	for name, i := range map[string]Injection{
		"too late":      {Fault: FaultMissing, Layout: csdc.LayoutGH},
		"trade too":     {Fault: FaultDrop, Market: market.Shanghai},
		"yesterday":     {Fault: FaultGap, Date: 20230824},
		"no layout":     {Fault: FaultMissing},
		"no market":     {Fault: FaultDrop},
		"no such fault": {Fault: 99},
	} {
		if err := h.Inject(i); !errors.Is(err, ErrOrder) && !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Names of faults are read as they are printed.
func TestFaultNames(t *testing.T) {
	for f := Fault(1); f < faultKinds; f++ {
		if got, err := ParseFault(f.String()); got != f || err != nil {
			t.Errorf("%s read as %s, %v", f, got, err)
		}
	}
	if _, err := ParseFault(""); !errors.Is(err, ErrConfig) {
		t.Errorf("no name: %v", err)
	}
}
