package custody

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sancun/record"
	"sancun/state"
)

// complying builds the commands of comparisons and filings.
func (s *clientStory) complying(cmd string, w words, staff record.Caller) (record.Command, record.Caller) {
	switch cmd {
	case "begin-comparison": // lists=(NAME/date/version …)
		c := &record.BeginComparison{}
		for _, text := range strings.Fields(w["lists"]) {
			part := strings.Split(text, "/")
			date, err := strconv.ParseUint(part[1], 10, 32)
			if err != nil {
				panic(err)
			}
			v := record.ListVersion{Name: part[0], Date: uint32(date)}
			if len(part) > 2 {
				v.Sum = record.KeyFor(0, part[2])
			}
			c.Lists = append(c.Lists, v)
		}
		return c, 0
	case "compared": // hits=(client:entry …), unread=(client …)
		c := &record.ClientsCompared{Comparison: w.number("number", s.live.ComparisonCount()), From: uint32(w.number("from", 0)), Through: uint32(w.number("through", 0))}
		for _, text := range strings.Fields(w["hits"]) {
			number, entry, _ := strings.Cut(text, ":")
			c.Rows = append(c.Rows, s.met(w, number, record.CheckResult{Check: record.CheckList, Outcome: record.CheckDisagreed, Reason: 302, Serial: "UN/20230801#" + entry, Entry: record.KeyFor(0, entry)}))
		}
		for _, number := range strings.Fields(w["unread"]) {
			c.Rows = append(c.Rows, s.met(w, number, record.CheckResult{Check: uint8(w.number("check", uint64(record.CheckList))), Outcome: record.CheckUnknown}))
		}
		if !w.has("unordered") {
			slices.SortFunc(c.Rows, func(a, b record.CheckData) int { return cmp.Compare(a.Client, b.Client) })
		}
		return c, 0
	case "make-filing":
		c := &record.MakeFiling{}
		for i := range w.number("count", 1) {
			c.Lines = append(c.Lines, record.FilingLine{Filing: w.number("first", s.live.Filed()+1) + i, Sealed: make([]byte, w.number("sealed", 60))})
		}
		return c, staff
	case "answer-filing": // rows=(entry:outcome:reason …)
		c := &record.FilingAnswered{File: w.number("file", 1)}
		for _, text := range strings.Fields(w["rows"]) {
			var a record.FilingAnswer
			if _, err := fmt.Sscanf(text, "%d:%d:%d", &a.Filing, &a.Outcome, &a.Reason); err != nil {
				panic(err)
			}
			c.Rows = append(c.Rows, a)
		}
		return c, staff
	case "file-again":
		return &record.FileAgain{Filing: w.number("entry", 1), Reference: w.text("reference", "corrected")}, staff
	case "read-filing":
		return &record.FilingRead{File: w.number("file", 1), Reason: w.text("reason", "sent to the supervisor")}, staff
	}
	return nil, 0
}

func (s *clientStory) met(w words, text string, r record.CheckResult) record.CheckData {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return record.CheckData{Client: number, ID: state.KeyOf(number, 0x1d), Name: w.key("as", nameOf(number)), Results: []record.CheckResult{r}}
}

func (s *clientStory) showComparison(number uint64) string {
	all := s.live.Comparisons(100)
	if number == 0 || number > uint64(len(all)) {
		return "comparison: none"
	}
	c := all[uint64(len(all))-number]
	text := fmt.Sprintf("comparison %d with %s: %d of %d, hits %d, held %d, unread %d", number, strings.TrimRight(string(c.Versions[:]), "\x00"), c.Reached, c.Until, c.Hits, c.Held, c.Unread)
	if c.Ended != 0 {
		text += ", ended"
	}
	return text
}

func (s *clientStory) showFilings() string {
	var out []string
	for n := uint64(1); n <= s.live.FilingCount(); n++ {
		e, _ := s.live.FilingBy(n)
		text := fmt.Sprintf("entry %d: %s of client %d", n, [...]string{1: "opening", "change", "closing"}[e.Kind], s.live.ClientAt(e.Client).Number)
		switch file := s.live.FileOf(n); {
		case file == 0:
			text += ", to be filed"
		case e.Outcome == 0:
			text += fmt.Sprintf(", in file %d", file)
		default:
			text += fmt.Sprintf(", in file %d, %s %d", file, [...]string{1: "acknowledged", "refused"}[e.Outcome], e.Reason)
		}
		if e.Of != 0 {
			text += fmt.Sprintf(", repeats %d", e.Of)
		}
		if e.Again != 0 {
			text += fmt.Sprintf(", again as %d", e.Again)
		}
		out = append(out, text)
	}
	for n := uint64(1); n <= s.live.FilingFileCount(); n++ {
		f, _ := s.live.FilingFileBy(n)
		out = append(out, fmt.Sprintf("file %d: %d to %d, answered %d, refused %d", n, f.First+1, f.Last+1, f.Answered, f.Refused))
	}
	return strings.Join(out, "\n")
}
