package step_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sancun/wire/frame"
	"sancun/wire/step"
)

var update = flag.Bool("update", false, "write the golden file anew")

const (
	day  = frame.Date(20260730)
	when = step.Stamp(20260730150501)
)

var samples = []step.Line{
	&step.Open{User: "SANCUN01", Date: day, Beat: 30},
	&step.Close{Text: "logged on elsewhere"},
	&step.Beat{},
	&step.From{Next: 17},
	&step.End{Next: 17, Last: 21},
	&step.Insert{Request: &step.NewOrder{
		ClOrdID: "0000000017", SecurityID: "688001", Price: 123_4500, OrderQty: 1_200, Side: step.Buy, Account: "A123456789", PBU: "50001", Branch: "00001",
	}},
	&step.Insert{Request: &step.Cancel{
		ClOrdID: "C000000017", OrigClOrdID: "0000000017", SecurityID: "688001", OrderQty: 1_200, Side: step.Buy, Account: "A123456789", PBU: "50001",
	}},
	&step.Refuse{Reff: "0000000018", PBU: "50001", Remark: step.CodeNotTradingTime},
	&step.Answer{Number: 17, ReqNum: 9, Reff: "0000000017", PBU: "50001", Time: when, Status: step.StatusTaken, LocalRespNum: 12, Reply: &step.Response{
		OrderID: "0000000000000041", Status: step.Accepted, SecurityID: "688001", ClOrdID: "0000000017", TransactTime: when,
	}},
	&step.Answer{Number: 18, ReqNum: 10, Reff: "0000000019", PBU: "50001", Time: when, Status: step.StatusRefused, LocalRespNum: 13, Reply: &step.Response{
		Status: step.Refused, SecurityID: "688001", ClOrdID: "0000000019", TransactTime: when, OrdRejReason: step.CodeDuplicate,
	}},
	&step.Answer{Number: 20, ReqNum: 11, Reff: "C000000017", PBU: "50001", Time: when, Status: step.StatusTaken, LocalRespNum: 14, Reply: &step.Response{
		Status: step.Cancelled, SecurityID: "688001", ClOrdID: "C000000017", TransactTime: when, OrigClOrdID: "0000000017", LastQty: 900,
	}},
	&step.Answer{Number: 21, ReqNum: 12, Reff: "D000000017", PBU: "50001", Time: when, Status: step.StatusRefused, LocalRespNum: 15, Reply: &step.CancelReject{
		OrderID: "0000000000000041", ClOrdID: "D000000017", OrigClOrdID: "0000000017", TransactTime: when, CxlRejReason: step.CodeFilled,
	}},
	&step.Report{Number: 19, ExecNum: 3, SetID: "001", SeqNum: 3, Time: when, Execution: step.Execution{
		ClOrdID: "0000000017", OrderID: "0000000000000041", ExecID: "7", SecurityID: "688001", LastPx: 123_4500, LastQty: 300, TotalValueTraded: 37_035_000,
		Side: step.Buy, TransactTime: when, OrigTime: when, Status: step.PartFilled, Account: "A123456789", PBU: "50001",
	}},
}

// visible shows SOH as a letter that no line can hold.
func visible(s []byte) string { return strings.ReplaceAll(string(s), "\x01", "␁") }

func encoded(t testing.TB, l step.Line) []byte {
	t.Helper()
	b, err := step.AppendLine(nil, l)
	if err != nil {
		t.Fatalf("%+v: %v", l, err)
	}
	return b
}

// TestGoldenLines pins the bytes of every line and text, and reads them back.
func TestGoldenLines(t *testing.T) {
	var all []byte
	for _, l := range samples {
		b := encoded(t, l)
		all = append(all, b...)
		got, err := step.ParseLine(string(b[:len(b)-1]))
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%q reads as %+v, %v", b, got, err)
		}
	}
	const path = "testdata/lines.txt"
	if *update {
		if err := os.WriteFile(path, []byte(visible(all)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if visible(all) != string(want) {
		t.Errorf("the lines have changed:\n%s", visible(all))
	}
}

// TestBodyLength counts by hand what IS108 counts: all behind the end of the
// field BodyLength, the last separator included.
func TestBodyLength(t *testing.T) {
	s := string(encoded(t, samples[11]))
	text := strings.TrimSuffix(s[strings.LastIndexByte(s, '|')+1:], "\n")
	head, rest, _ := strings.Cut(text, "\x01")
	if want := fmt.Sprintf("9=%d", len(rest)); head != want || !strings.HasPrefix(rest, "35=9\x01") || !strings.HasSuffix(rest, "434=1\x01") {
		t.Errorf("%q begins with %q, want %q", text, head, want)
	}
}

// TestRefusedLines spoils lines one way each.
func TestRefusedLines(t *testing.T) {
	order := string(bytes.TrimSuffix(encoded(t, samples[5]), []byte("\n")))
	answer := string(bytes.TrimSuffix(encoded(t, samples[8]), []byte("\n")))
	refused := string(bytes.TrimSuffix(encoded(t, samples[9]), []byte("\n")))
	for _, c := range []struct {
		line string
		want error
	}{
		{"", frame.ErrType},
		{"hello|1", frame.ErrType},
		{"beat|", frame.ErrLength},
		{"from", frame.ErrLength},
		{"from|01", frame.ErrEncoding},
		{"from|-1", frame.ErrRange},
		{"end|1", frame.ErrLength},
		{"open|U|20260231|30", frame.ErrRange},
		{"open|U|20260730|1000", frame.ErrRange},
		{"close| x", frame.ErrEncoding},
		{"refuse||50001|1", frame.ErrCode},
		{"refuse|1|50001|0", frame.ErrEncoding},
		{"refuse|1|50001|", frame.ErrCode},
		{strings.Replace(order, "|PFP|", "|BPT|", 1), frame.ErrCode},
		{strings.Replace(order, "|0000000017|", "|0000000018|", 1), frame.ErrCode},
		{strings.Replace(order, "44=123.450", "44=123.45", 1), frame.ErrLength},
		{strings.Replace(order, "44=123.450", "44=0123.45", 1), frame.ErrRange},
		{strings.Replace(order, "44=123.450", "44=-23.450", 1), frame.ErrRange},
		{strings.Replace(order, "54=1", "54=3", 1), frame.ErrCode},
		{strings.Replace(order, "40=2", "40=1", 1), frame.ErrCode},
		{strings.Replace(order, "452=5\x01", "452=1\x01", 1), frame.ErrCode},
		{strings.Replace(order, "58= \x01", "58=\x01 ", 1), frame.ErrEncoding},
		{strings.Replace(order, "35=D", "35=8", 1), frame.ErrType},
		{strings.Replace(order, "11=", "12=", 1), frame.ErrLength},
		{order[:len(order)-1], frame.ErrLength},
		{order + "x", frame.ErrLength},
		{order + "|x", frame.ErrLength},
		{strings.Replace(answer, "reqresp|17", "reqresp|0", 1), frame.ErrRange},
		{strings.Replace(answer, "|O|", "|F|", 1), frame.ErrCode},
		{strings.Replace(answer, "|O|", "|R|", 1), frame.ErrCode},
		{strings.Replace(answer, "20260730-15:05:01.000", "20260730-15:65:01.000", 1), frame.ErrRange},
		{strings.Replace(answer, "20260730-15:05:01.000", "20260730 15:05:01.000", 1), frame.ErrEncoding},
		{strings.Replace(answer, "20260730-15:05:01.000", "20260730-15:05:01.001", 1), frame.ErrEncoding},
		{strings.Replace(answer, "|0000000017|", "|0000000018|", 1), frame.ErrCode},
		{strings.Replace(answer, "39=0", "39=8", 1), frame.ErrCode},
		{strings.Replace(refused, "103=11270", "103=11271", 1), frame.ErrCode},
		{strings.Replace(refused, "103=11270", "103=    0", 1), frame.ErrEncoding},
	} {
		_, err := step.ParseLine(c.line)
		var bad *frame.Error
		if !errors.Is(err, c.want) || !errors.As(err, &bad) {
			t.Errorf("%q: %v, want %v", c.line, err, c.want)
		}
	}
}

// TestUnsendable wants an error, and no bytes, for what no line can hold.
func TestUnsendable(t *testing.T) {
	order := func(change func(*step.NewOrder)) step.Line {
		o := *samples[5].(*step.Insert).Request.(*step.NewOrder)
		change(&o)
		return &step.Insert{Request: &o}
	}
	for _, l := range []step.Line{
		order(func(o *step.NewOrder) { o.Price = 1_234 }), // four decimals
		order(func(o *step.NewOrder) { o.Price = -10_000 }),
		order(func(o *step.NewOrder) { o.Price = 100_000_000_000 }),
		order(func(o *step.NewOrder) { o.OrderQty = 10_000_000_000 }),
		order(func(o *step.NewOrder) { o.Side = 'B' }),
		order(func(o *step.NewOrder) { o.ClOrdID = "" }),
		order(func(o *step.NewOrder) { o.ClOrdID = "12345678901" }),
		order(func(o *step.NewOrder) { o.Account = "A|23456789" }),
		order(func(o *step.NewOrder) { o.Account = "A\x0123456789" }),
		order(func(o *step.NewOrder) { o.Text = "你好" }),
		order(func(o *step.NewOrder) { o.PBU = "500001" }),
		&step.Insert{},
		&step.Answer{Number: 1, Time: when, Status: step.StatusTaken},
		&step.Close{Text: "a\nb"},
		&step.Open{User: "U", Date: 20260231},
	} {
		if b, err := step.AppendLine([]byte("kept"), l); err == nil || string(b) != "kept" {
			t.Errorf("%+v: %q, %v", l, b, err)
		}
	}
}

func TestValue(t *testing.T) {
	if v, err := step.Value(123_4500, 300); v != 37_035_000 || err != nil {
		t.Errorf("value %d, %v", v, err)
	}
	if _, err := step.Value(1<<40, 1<<40); !errors.Is(err, frame.ErrRange) {
		t.Errorf("too much: %v", err)
	}
}

// TestReader reads lines byte by byte, and says how a stream may end.
func TestReader(t *testing.T) {
	var all []byte
	for _, l := range samples {
		all = append(all, encoded(t, l)...)
	}
	r := step.NewReader(iotest.OneByteReader(bytes.NewReader(all)))
	for _, l := range samples {
		if s, err := r.Next(); err != nil || s+"\n" != string(encoded(t, l)) {
			t.Fatalf("%q, %v", s, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if _, err := step.NewReader(strings.NewReader("beat")).Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("cut short: %v", err)
	}
	var bad *frame.Error
	if _, err := step.NewReader(strings.NewReader(strings.Repeat("x", 5_000))).Next(); !errors.As(err, &bad) {
		t.Errorf("without an end: %v", err)
	}
}

// TestLongestLineFits wants every text that fits its column to be readable.
func TestLongestLineFits(t *testing.T) {
	l := &step.Report{Number: 1, Time: when, Execution: step.Execution{
		ClOrdID: "1234567890", OrderID: strings.Repeat("1", 16), ExecID: strings.Repeat("1", 16), SecurityID: "688001", LastPx: 9_999_999_9990,
		LastQty: 999_999_999_999, TotalValueTraded: 999_999_999_999_999, LeavesQty: 999_999_999_999, Side: step.Sell, TransactTime: when, OrigTime: when,
		Status: step.Filled, Account: "1234567890", PBU: "12345", Text: strings.Repeat("x", 50),
	}}
	if s, err := step.NewReader(bytes.NewReader(encoded(t, l))).Next(); err != nil || len(s) > 1_024 {
		t.Errorf("%d bytes, %v", len(s), err)
	}
}

var docRow = regexp.MustCompile(`(?m)^\| ([0-9]+|-) \| ([A-Za-z]+) \|`)

// TestDocument compares the order of fields and columns with the document.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats/ezstep.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]step.Line{
		"NewOrder": samples[5], "Cancel": samples[6], "Response": samples[8], "CancelReject": samples[11], "Execution": samples[12],
	} {
		line := string(encoded(t, l))
		text := strings.TrimSuffix(line[strings.LastIndexByte(line, '|')+1:], "\x01\n")
		var want []string
		for _, field := range strings.Split(text, "\x01") {
			tag, _, _ := strings.Cut(field, "=")
			want = append(want, tag)
		}
		_, section, ok := strings.Cut(string(doc), "\n### "+name+"\n")
		if !ok {
			t.Errorf("no section %s", name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		var got []string
		for _, m := range docRow.FindAllStringSubmatch(section, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the document has %v, the text %v", name, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, l := range samples {
		f.Add(strings.TrimSuffix(string(encoded(f, l)), "\n"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := step.ParseLine(s)
		if err != nil {
			var bad *frame.Error
			if !errors.As(err, &bad) || err.Error() == "" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if again, err := step.AppendLine(nil, l); err != nil || string(again) != s+"\n" {
			t.Fatalf("%q is written as %q, %v", s, again, err)
		}
	})
}

// FuzzReader: lines come out of a stream as they are in it, and one that has no end is
// not taken.
func FuzzReader(f *testing.F) {
	f.Add([]byte("a\nb\n"))
	f.Add([]byte("a\nb"))
	f.Add([]byte("\n\n"))
	f.Add(bytes.Repeat([]byte("x"), 5_000))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r, rest := step.NewReader(bytes.NewReader(stream)), stream
		for {
			line, err := r.Next()
			var bad *frame.Error
			switch {
			case errors.Is(err, io.EOF) && len(rest) == 0, errors.Is(err, io.ErrUnexpectedEOF) && len(rest) > 0, errors.As(err, &bad) && len(rest) > len(line):
				return
			case err != nil:
				t.Fatalf("%v with %d bytes left", err, len(rest))
			case !bytes.HasPrefix(rest, []byte(line+"\n")):
				t.Fatalf("line %q, the stream goes on with %q", line, rest)
			}
			rest = rest[len(line)+1:]
		}
	})
}
