package custody

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// The stories in testdata/beside tell of what lies beside the journal: files, keys
// of clients who have left, and orphans of a journal that was parted.
func TestBesideStories(t *testing.T) {
	seen := map[record.Code]bool{}
	datadriven.Walk(t, "testdata/beside", func(t *testing.T, path string) {
		r := newRun(t)
		withClients(t, r, 3)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r.t = t
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				cmd, args, err := datadriven.ParseLine(line)
				if err != nil || d.Cmd != "do" {
					t.Fatalf("%s: %s: %v", d.Pos, line, err)
				}
				if cmd == "" {
					continue
				}
				w := wordsOf(args)
				code := besideLine(t, r, cmd, w)
				seen[code] = true
				fmt.Fprintf(&out, "%s: %d %s | %s\n", cmd, code, code, besideText(r.live))
			}
			return out.String()
		})
	})
	for _, code := range record.Codes() {
		if code >= 910 && code < 920 && !seen[code] {
			t.Errorf("no story is refused with %d %s", code, code)
		}
	}
}

// besideDeposit is what a bank told: the command that orphans of the stories hold.
func besideDeposit(w words) *record.BankDeposit {
	fund := w.number("fund", 1001)
	return &record.BankDeposit{
		Bank: bankOf(fund - 1000), Date: testDate, BankRef: w.text("serial", "s1"), Fund: fund, Currency: money.CNY, Amount: w.amount("amount"),
		Card: cardOf(fund), Name: nameOf(fund - 1000),
	}
}

func besideKey(w words) state.Key {
	if w.has("key") {
		return record.KeyFor(record.CallerOf(record.CallerBank, 1), w["key"])
	}
	return state.Key{}
}

func besideLine(t *testing.T, r *run, cmd string, w words) record.Code {
	by := callerIn(w)
	switch cmd {
	case "keep":
		return record.Code(r.do(by, &record.KeepFiles{Files: []record.KeptFile{{Name: w["name"], Bytes: w.number("bytes", 3), SHA256: sha256.Sum256([]byte(w["holds"]))}}}).Code)
	case "leave": // a client leaves
		r.change(func(m *Machine) {
			c := *m.clients.At(0)
			c.State, c.Closed = Closed, uint32(w.number("date", 20030825))
			put(m, m.clients, 0, c)
		})
		return record.Accepted
	case "erase":
		return record.Code(r.do(by, &record.EraseClient{Client: w.number("client", 1), Reason: w.text("why", "law")}).Code)
	case "raise":
		return record.Code(r.do(by, besideOrphan(w)).Code)
	case "settle":
		c := &record.SettleOrphan{Orphans: []uint64{w.number("orphan", 1)}, As: uint8(w.number("as", 2)), Reason: w.text("why", "checked with the bank")}
		if c.As == record.OrphanRedone {
			c.Act, c.Payload = record.KindBankDeposit, record.Encode(nil, besideDeposit(w))
		}
		return record.Code(r.do(by, c).Code)
	case "ask": // the caller of an orphan asks again
		return record.Code(r.keyed(record.CallerOf(record.CallerBank, 1), besideKey(w), besideDeposit(w)).Code)
	}
	t.Fatalf("unknown line %s", cmd)
	return 0
}

func besideOrphan(w words) *record.RaiseOrphans {
	payload := record.Encode(nil, besideDeposit(w))
	d := record.OrphanData{
		Height: w.number("height", 70), Index: uint32(w.number("index", 0)), Epoch: 1, Time: testDay, Act: record.KindBankDeposit,
		Caller: record.CallerOf(record.CallerBank, 1), Key: besideKey(w), Code: record.Code(w.number("code", 0)), Fund: w.number("fund", 1001), Bank: 1,
		Cash: w.amount("amount"), Digest: sha256.Sum256(payload), Payload: payload,
	}
	switch {
	case w.has("long"):
		d.Payload = nil
	case w.has("spoilt"):
		d.Digest[0]++
	case w.has("quotes"):
		d.Act = record.KindQuotes
	}
	return &record.RaiseOrphans{Centre: w.text("centre", "north"), Rows: []record.OrphanData{d}}
}

// besideText is what the machine holds of it all, and the cash of the first account.
func besideText(m *Machine) string {
	var b strings.Builder
	for _, f := range m.KeptFiles() {
		fmt.Fprintf(&b, "%s %d v%d; ", f.Path(), f.Bytes, f.Versions)
	}
	for _, e := range m.ErasuresFrom(0) {
		fmt.Fprintf(&b, "erased %d; ", e.Client)
	}
	for _, o := range m.Orphans() {
		fmt.Fprintf(&b, "orphan %d of %s %s: state %d as %d; ", o.Number, o.Name(), o.Cash, o.State, o.As)
	}
	fund, _, _ := m.Fund(1001)
	fmt.Fprintf(&b, "cash %d", m.Ledger.At(fund.Cash-1).Balance)
	return b.String()
}
