package csdc

import (
	"bytes"
	"errors"
	"io"
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

// FuzzControl: a control file that is accepted is one we could have written.
func FuzzControl(f *testing.F) {
	var file bytes.Buffer
	if err := WriteControl(&file, controlSample()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:file.Len()/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ReadControl(bytes.NewReader(raw))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteControl(&again, c); err != nil {
			t.Fatalf("accepted %+v, which cannot be written: %v", c, err)
		}
	})
}
