package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// filingMorning is a morning on which clients are opened, changed, closed, filed,
// answered and compared with a list. A block a command; those of interest are named.
func filingMorning(t *testing.T) (chain, map[string]int) {
	t.Helper()
	client := func(number uint64) record.ClientData {
		return record.ClientData{
			Number: number, Class: custody.Person, Document: 1, Branch: 8, ID: state.KeyOf(number, 2), Name: state.KeyOf(number, 3), Mobile: state.KeyOf(number, 4), Sealed: []byte("sealed"),
		}
	}
	line := func(n uint64) record.FilingLine { return record.FilingLine{Filing: n, Sealed: []byte("sealed")} }
	met := func(number, entry uint64) []record.CheckData {
		return []record.CheckData{{Client: number, ID: state.KeyOf(number, 2), Name: state.KeyOf(number, 3), Results: []record.CheckResult{
			{Check: record.CheckList, Outcome: record.CheckDisagreed, Reason: 302, Serial: "UN/20230801#7", Entry: state.KeyOf(entry, 9)},
		}}}
	}
	list := func(version uint64) record.Command {
		return &record.BeginComparison{Lists: []record.ListVersion{{Name: "UN", Date: 20230801, Sum: state.KeyOf(version, 8)}}}
	}
	review := record.Encode(nil, &record.ReviewClient{Client: 2, Release: 1, Reference: "memo"})
	clerk, other := record.CallerOf(record.CallerStaff, 1), record.CallerOf(record.CallerStaff, 2)
	m := custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100})
	return played(t, m, []act{
		{"", 0, &record.OpenDay{Date: 20230825, Next: 20230828}},
		{"opened", 0, &record.OpenClients{Rows: []record.ClientData{client(1), client(2), client(3)}}},
		{"file", clerk, &record.MakeFiling{Lines: []record.FilingLine{line(1), line(2)}}},
		{"answered", clerk, &record.FilingAnswered{File: 1, Rows: []record.FilingAnswer{{Filing: 1, Outcome: record.FilingAcknowledged}, {Filing: 2, Outcome: record.FilingRefused, Reason: 7}}}},
		{"again", clerk, &record.FileAgain{Filing: 2, Reference: "corrected"}},
		{"changed", clerk, &record.ChangeContact{Client: 1, Mobile: state.KeyOf(1, 5)}},
		{"closed", clerk, &record.CloseClient{Client: 3, Verified: 1}},
		{"second", clerk, &record.MakeFiling{Lines: []record.FilingLine{line(3), line(4), line(5), line(6)}}},
		{"begun", 0, list(1)},
		{"met", 0, &record.ClientsCompared{Comparison: 1, Through: 2, Rows: met(2, 1)}},
		{"", clerk, &record.Propose{Act: record.KindReviewClient, Payload: review, Reason: "somebody else"}},
		{"", other, &record.Approve{Proposal: 1, Payload: review}},
		{"", 0, &record.ClientsCompared{Comparison: 1, From: 2, Through: 3}},
		{"", 0, list(2)},
		{"cleared", 0, &record.ClientsCompared{Comparison: 2, Through: 3, Rows: met(2, 1)}},
	})
}

func TestFilingsHold(t *testing.T) {
	blocks, _ := filingMorning(t)
	v, err := Journal(blocks, nil)
	if err != nil || !v.OK() {
		t.Fatalf("%v %+v", err, v)
	}
	if filings, lists := v.Laws[lawFilings].Checked, v.Laws[lawListed].Checked; filings != 7 || lists != 5 {
		t.Errorf("the laws were checked %d and %d times", filings, lists)
	}
}

// A machine that files what did not happen, leaves something out, files or answers
// twice, or lets a listed client go on, is seen through.
func TestWrongFilingIsSeen(t *testing.T) {
	le := binary.LittleEndian
	for name, c := range map[string]struct {
		block string
		law   int
		forge func(body []byte)
		want  string
	}{
		"an opening of another client":     {"opened", lawFilings, func(b []byte) { le.PutUint32(putBytes(t, b, tableFilings, 1), 0) }, "entries of kind 1"},
		"an opening is filed as a change":  {"opened", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 0)[4] = 2 }, "entries of kind 1"},
		"an opening is not to be filed":    {"opened", lawFilings, func(b []byte) { putBytes(t, b, tableClients, 2)[97] = 0 }, "is not filed"},
		"answered when it is made":         {"opened", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 2)[5] = 1 }, "answered from its beginning"},
		"a file leaves an entry out":       {"file", lawFilings, func(b []byte) { putBytes(t, b, tableFilingFiles, 0)[0] = 1 }, "file 1 has the entries 2 to 2"},
		"a file has what is not there":     {"second", lawFilings, func(b []byte) { putBytes(t, b, tableFilingFiles, 0)[4] = 9 }, "file 2 has the entries 3 to 10"},
		"an entry in two files":            {"second", lawFilings, func(b []byte) { putBytes(t, b, tableFilingFiles, 0)[0] = 1 }, "file 2 has the entries 2 to 6"},
		"an answer before the file":        {"file", lawFilings, func(b []byte) { putBytes(t, b, tableFilingFiles, 0)[4] = 0 }, "before it is in a file"},
		"a repetition of an accepted one":  {"answered", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 1)[5] = 1 }, "answered twice"},
		"a repetition of another":          {"again", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 1)[16] = 1 }, "repeats entry 1"},
		"a change is filed as an opening":  {"changed", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 0)[4] = 1 }, "of kind"},
		"a client is closed and not filed": {"closed", lawFilings, func(b []byte) { putBytes(t, b, tableFilings, 0)[4] = 2 }, "of kind"},
		"a comparison begins in between":   {"begun", lawListed, func(b []byte) { putBytes(t, b, tableComparisons, 0)[24] = 1 }, "begins at client 1"},
		"a step leaves clients out":        {"met", lawListed, func(b []byte) { putBytes(t, b, tableComparisons, 0)[24] = 3 }, "moves it from 0 to 3"},
		"a listed client goes on":          {"met", lawListed, func(b []byte) { putBytes(t, b, tableClients, 0)[9] = custody.Normal }, "client 2 is on a list"},
	} {
		blocks, at := filingMorning(t)
		v, err := Journal(reseal(t, blocks, at[c.block], c.forge), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if broken := v.Laws[c.law].Broken; !strings.Contains(broken, c.want) {
			t.Errorf("%s: %q", name, broken)
		}
	}
}
