package bank

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you commit it")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s differs from line %d on (run with -update to see):\ngot  %.300s\nwant %.300s", path, i+1, lineAt(gotLines, i), lineAt(wantLines, i))
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end of file)"
}

// TestGoldenFrames: the bytes of a request and a reply of every function stay
// what they are in every format.
func TestGoldenFrames(t *testing.T) {
	broker, bank := newPair(t)
	for _, f := range formats() {
		here, there := newCodec(t, f, broker), newCodec(t, f, bank)
		var b strings.Builder
		for _, m := range samples(t, here) {
			frame, err := here.Encode(m)
			if err != nil {
				t.Fatalf("%s %v: %v", f.Name, m.Function(), err)
			}
			got, err := there.Decode(frame)
			if err != nil {
				t.Fatalf("%s %v: %v", f.Name, m.Function(), err)
			}
			if diff := diffMessages(m, got); diff != "" {
				t.Errorf("%s %v changed (-sent +got):\n%s", f.Name, m.Function(), diff)
			}
			// Padding of the file data would fill the file; runs of one byte are
			// shortened for the eye and the length prefix still tells them.
			fmt.Fprintf(&b, "%v reply=%v\n%s\n", m.Function(), m.Head().Reply, shorten(quote(frame)))
		}
		golden(t, f.Name+".frames", b.String())
	}
}

// quote spells bytes outside printable ASCII as \xNN, whatever the code page.
func quote(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		if c < 0x20 || c > 0x7E || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func shorten(s string) string {
	const run = 200
	spaces := strings.Repeat(" ", run)
	for strings.Contains(s, spaces+" ") {
		s = strings.ReplaceAll(s, spaces+" ", spaces)
	}
	return s
}

// TestGoldenTables: every field of every format stays where it is.
func TestGoldenTables(t *testing.T) {
	for _, f := range formats() {
		golden(t, f.Name+".tables", f.Describe())
	}
}
