package statement_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"sancun/books"
	"sancun/statement"
)

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func unpack(t testing.TB, packed []byte) string {
	t.Helper()
	in, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// heightOf is the closing of a date.
func heightOf(t testing.TB, b *books.Books, date uint32) uint64 {
	t.Helper()
	span, err := b.Span(t.Context(), date, date)
	if err != nil {
		t.Fatal(err)
	}
	return span.To.Height
}

// The archive has what the statements say, the same bytes whenever it is made, and
// proves that it is whole.
func TestArchiveIsTheStatements(t *testing.T) {
	h := twoDays(t)
	b, _ := h.books()
	m := makerOf(t, b)
	height := heightOf(t, b, first)
	name, content, rows, err := m.Archive(t.Context(), first, height)
	if err != nil || rows != 2 || name != "statements-20230830.txt.gz" {
		t.Fatalf("%d statements: %v", rows, err)
	}
	_, again, _, err := m.Archive(t.Context(), first, height)
	if err != nil || !bytes.Equal(content, again) {
		t.Errorf("made again it has other bytes: %v", err)
	}
	date, funds, err := statement.CheckArchive(bytes.NewReader(content))
	if err != nil || date != first || funds != 2 {
		t.Errorf("it says %d with %d accounts: %v", date, funds, err)
	}
	text := unpack(t, content)
	for _, want := range []string{
		"F|880001|1|1|CNY|1210000|1190577|5019423\n", "C|1|0|5000000|0|0|-1190000|-77|-500|0|0|0|0|3809423|0|0|0|0|0\n", "|bought|-1190000|3810000|1|0\n",
		"T|1|600000.SH|buy|1000|1190000|500|0|12|41|24|577|-1190577\n", "P|600000.SH|0|1000|0|1190577|121000|1210000\n", "F|880002|2|1|CNY|0|0|-100\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "880003") || !strings.Contains(text, "|2|1|") {
		t.Errorf("the account with nothing is listed or not counted:\n%s", text)
	}
}

func TestArchiveRefuses(t *testing.T) {
	h := twoDays(t)
	b, _ := h.books()
	m := makerOf(t, b)
	height := heightOf(t, b, first)
	for name, x := range map[string]struct {
		date   uint32
		height uint64
	}{"another height": {first, height + 1}, "a date that is open": {third, h.head.Height}, "a weekend": {20230902, height}} {
		if _, _, _, err := m.Archive(t.Context(), x.date, x.height); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, content, _, err := m.Archive(t.Context(), first, height)
	if err != nil {
		t.Fatal(err)
	}
	text := unpack(t, content)
	for name, spoiled := range map[string]string{
		"cut":            text[:len(text)-5],
		"a line gone":    strings.Replace(text, "F|880002|2|1|CNY|0|0|-100\n", "", 1),
		"a figure":       strings.Replace(text, "|3809423|", "|3809424|", 1),
		"a longer end":   text + "F|1\n",
		"another kind":   strings.Replace(text, "SANCUN-STATEMENTS|1", "SANCUN-STATEMENTS|2", 1),
		"nothing":        "",
		"an endless row": strings.Repeat("x", 10_000),
	} {
		var packed bytes.Buffer
		out := gzip.NewWriter(&packed)
		if _, err := io.WriteString(out, spoiled); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := statement.CheckArchive(&packed); err == nil {
			t.Errorf("%s: taken as whole", name)
		}
	}
	if _, _, err := statement.CheckArchive(bytes.NewReader(content[:len(content)/2])); err == nil {
		t.Error("half of the bytes: taken as whole")
	}
}

func FuzzCheckArchive(f *testing.F) {
	b, _ := twoDays(f).books()
	_, content, _, err := makerOf(f, b).Archive(f.Context(), first, heightOf(f, b, first))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(unpack(f, content)))
	f.Add([]byte("H|SANCUN-STATEMENTS|1|20230830|0|32|ab|0\nE|1|0|0|00\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		var packed bytes.Buffer
		out := gzip.NewWriter(&packed)
		_, _ = out.Write(text) // to memory
		_ = out.Close()
		_, funds, err := statement.CheckArchive(&packed)
		if err == nil && funds > uint64(len(text)) {
			t.Fatalf("%d accounts in %d bytes", funds, len(text))
		}
	})
}
