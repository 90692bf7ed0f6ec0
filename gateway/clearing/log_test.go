package clearing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sancun/internal/faultfs"
)

var sample = []entry{
	{kind: lineVersion, at: time.UnixMilli(1692954600000), name: "gh00P12345_20230825.txt", hash: Hash{1, 2, 3}, bytes: 380},
	{kind: lineRequest, at: time.UnixMilli(1692954600001), name: "zqbd_00123_20230825.dbf"},
	{kind: lineVersion, at: time.UnixMilli(1692954600002), prior: time.UnixMilli(1692954600001), name: "zqbd_00123_20230825.dbf", hash: Hash{4}},
	{kind: lineAccepted, at: time.UnixMilli(1692954600003), set: []Version{{Name: "gh", Absent: true}, {Name: "zqbd", Hash: Hash{4}}}},
}

// The lines of the log, byte for byte.
const sampleLog = "V|1692954600000|0|gh00P12345_20230825.txt|0102030000000000000000000000000000000000000000000000000000000000|380|360f4f07\n" +
	"R|1692954600001|zqbd_00123_20230825.dbf|fbbfdd96\n" +
	"V|1692954600002|1692954600001|zqbd_00123_20230825.dbf|0400000000000000000000000000000000000000000000000000000000000000|0|c838394a\n" +
	"A|1692954600003|gh=-;zqbd=0400000000000000000000000000000000000000000000000000000000000000|9a66f65c\n"

func TestLogLines(t *testing.T) {
	var text strings.Builder
	for _, e := range sample {
		text.WriteString(e.encode())
	}
	if text.String() != sampleLog {
		t.Errorf("log is\n%swant\n%s", text.String(), sampleLog)
	}
	entries, whole, err := decodeLog(sampleLog)
	if err != nil || whole != len(sampleLog) || len(entries) != len(sample) {
		t.Fatalf("%d entries of %d bytes, %v", len(entries), whole, err)
	}
	for i, e := range entries {
		if e.encode() != sample[i].encode() {
			t.Errorf("entry %d: %+v, want %+v", i, e, sample[i])
		}
	}
}

// A torn last line is cut off, whatever was torn; a bad line before it is not
// believed and not skipped.
func TestTornLog(t *testing.T) {
	lines := strings.SplitAfter(sampleLog, "\n")
	last := len(sampleLog) - len(lines[3])
	for cut := last; cut < len(sampleLog); cut++ {
		entries, whole, err := decodeLog(sampleLog[:cut])
		if err != nil || whole != last || len(entries) != 3 {
			t.Fatalf("cut at %d: %d entries, %d whole bytes, %v", cut, len(entries), whole, err)
		}
	}
	for i := range last {
		bad := []byte(sampleLog)
		bad[i] ^= 2
		if _, _, err := decodeLog(string(bad)); !errors.Is(err, ErrArchive) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

// A log that was torn goes on behind its last whole line.
func TestLogGoesOn(t *testing.T) {
	fsys := faultfs.New()
	if err := fsys.MakeDir("a"); err != nil {
		t.Fatal(err)
	}
	open := func(want int) *dayLog {
		t.Helper()
		l, entries, err := openLog(fsys, "a", "a/log")
		if err != nil || len(entries) != want {
			t.Fatalf("%d entries, %v, want %d", len(entries), err, want)
		}
		return l
	}
	l := open(0)
	if err := errors.Join(l.append(sample[0]), l.append(sample[1]), l.close()); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("a/log", 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("V|169295460"), l.size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(2)
	if err := errors.Join(l.append(sample[2]), l.close()); err != nil {
		t.Fatal(err)
	}
	if err := open(3).close(); err != nil {
		t.Fatal(err)
	}
}

// FuzzLog: what is read of a log is written the same again.
func FuzzLog(f *testing.F) {
	f.Add(sampleLog)
	f.Add(sampleLog[:300])
	f.Fuzz(func(t *testing.T, raw string) {
		entries, whole, err := decodeLog(raw)
		if err != nil {
			return
		}
		var text strings.Builder
		for _, e := range entries {
			text.WriteString(e.encode())
		}
		if text.String() != raw[:whole] {
			t.Fatalf("read %q, written %q", raw[:whole], text.String())
		}
	})
}
