package csdc

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// FuzzDBF: any bytes are read without panic, and a table that is read to its
// end has as many bytes as its header says.
func FuzzDBF(f *testing.F) {
	f.Add(goldenTable)
	f.Add(goldenTable[:100])
	for _, p := range probes() {
		if p.layout != LayoutGH {
			f.Add(sampleFile(f, p))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := NewDBFReader(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for err == nil || errors.Is(err, ErrFlag) {
			_, err = r.Next()
		}
		need := r.headBytes + r.Header.Records*int64(r.Header.RecordBytes())
		if errors.Is(err, io.EOF) && int64(len(raw)) != need && int64(len(raw)) != need+1 {
			t.Fatalf("accepted %d bytes, header says %d", len(raw), need)
		}
	})
}

func sampleFile(f *testing.F, p probe) []byte {
	f.Helper()
	var file bytes.Buffer
	if _, err := p.sample(&file); err != nil {
		f.Fatal(err)
	}
	return file.Bytes()
}

// fuzzLayout: what a layout accepts survives being written and read again.
func fuzzLayout(f *testing.F, layout Layout) {
	for _, p := range probes() {
		if p.layout == layout {
			raw := sampleFile(f, p)
			f.Add(raw)
			f.Add(raw[:len(raw)-2])
			f.Fuzz(func(t *testing.T, raw []byte) { p.again(t, raw) })
		}
	}
}

func FuzzGH(f *testing.F) {
	f.Add([]byte(tradeLine))
	fuzzLayout(f, LayoutGH)
}
func FuzzJsmx(f *testing.F)   { fuzzLayout(f, LayoutJsmx) }
func FuzzZqbd(f *testing.F)   { fuzzLayout(f, LayoutZqbd) }
func FuzzZjhz(f *testing.F)   { fuzzLayout(f, LayoutZjhz) }
func FuzzSJSMX1(f *testing.F) { fuzzLayout(f, LayoutSJSMX1) }
func FuzzSJSJG(f *testing.F)  { fuzzLayout(f, LayoutSJSJG) }
func FuzzSJSQS(f *testing.F)  { fuzzLayout(f, LayoutSJSQS) }
func FuzzSJSDZ(f *testing.F)  { fuzzLayout(f, LayoutSJSDZ) }
func FuzzZqye(f *testing.F)   { fuzzLayout(f, LayoutZqye) }

// FuzzControl: a control file that is accepted, as it is or with a true end line
// put below it, reads the same after it is written again.
func FuzzControl(f *testing.F) {
	f.Add([]byte(controlGolden))
	f.Add([]byte(controlGolden[:len(controlGolden)/2]))
	f.Add([]byte(controlGolden[:strings.Index(controlGolden, "END")]))
	f.Fuzz(func(t *testing.T, raw []byte) {
		body := append(bytes.Clone(raw), '\n')
		if bytes.HasSuffix(raw, []byte("\n")) {
			body = bytes.Clone(raw)
		}
		for _, file := range [][]byte{raw, fmt.Appendf(body, "END|%x\n", sha256.Sum256(body))} {
			c, err := ReadControl(bytes.NewReader(file))
			if err != nil {
				continue
			}
			var again bytes.Buffer
			if err := WriteControl(&again, c); err != nil {
				t.Fatalf("accepted %+v, which cannot be written: %v", c, err)
			}
			if back, err := ReadControl(&again); err != nil || !reflect.DeepEqual(back, c) {
				t.Fatalf("read %+v, then %+v, %v", c, back, err)
			}
		}
	})
}

// counting reads rows and counts them.
func counting[T any](read func(io.Reader, func(T) error) error) func([]byte) (int, error) {
	return func(raw []byte) (n int, err error) {
		err = read(bytes.NewReader(raw), func(T) error { n++; return nil })
		return n, err
	}
}

// FuzzReaders: every reader gives a file's rows in order and stops at the first that
// cannot be read, in the same way each time.
func FuzzReaders(f *testing.F) {
	readers := []func([]byte) (int, error){
		counting(ReadGH), counting(ReadJsmx), counting(ReadZqbd), counting(ReadZjhz), counting(ReadZqye), counting(ReadSJSMX1), counting(ReadSJSJG), counting(ReadSJSQS), counting(ReadSJSDZ),
	}
	for i := range readers {
		for _, p := range probes() {
			raw := sampleFile(f, p)
			f.Add(uint8(i), raw)
			f.Add(uint8(i), raw[:len(raw)-2])
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		read := readers[int(which)%len(readers)]
		n, err := read(raw)
		again, same := read(raw)
		if n != again || (err == nil) != (same == nil) || err != nil && err.Error() != same.Error() || n > len(raw) {
			t.Fatalf("%d rows and %v, then %d rows and %v", n, err, again, same)
		}
	})
}

// FuzzShenzhenAccount: a cash account that is taken apart is put together again.
func FuzzShenzhenAccount(f *testing.F) {
	for _, text := range []string{"B001123456", "B101123456", "B0011234567", "B00112345x", "", "B201123456"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind, number, err := ParseShenzhenAccount(text)
		if err != nil {
			if !errors.Is(err, ErrFigure) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if again, err := ShenzhenAccount(kind, number); err != nil || again != text {
			t.Fatalf("%q is kind %d number %q, which is %q, %v", text, kind, number, again, err)
		}
	})
}
