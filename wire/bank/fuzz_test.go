package bank

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// fuzzDecode feeds frames to a codec that believes every MAC of zeros. What it
// accepts must be written back byte for byte (rule W1), and what it refuses
// must be refused with a typed error.
func fuzzDecode(f *testing.F, format Format) {
	codec := newCodec(f, format, newOpenStore())
	for _, m := range samples(f, codec) {
		frame, err := codec.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := codec.Decode(frame)
		if err != nil {
			var fault *FieldError
			if !errors.As(err, &fault) || m != nil {
				t.Fatalf("refused without saying where: %v", err)
			}
			return
		}
		again, err := codec.Encode(m)
		if err != nil {
			t.Fatalf("accepted what cannot be written: %v\n%q", err, frame)
		}
		if !bytes.Equal(again, frame) {
			t.Fatalf("two spellings of one message:\n%q\n%q", frame, again)
		}
	})
}

func FuzzDecodeFixed24(f *testing.F) { fuzzDecode(f, Fixed24()) }

func FuzzDecodeFixed10(f *testing.F) { fuzzDecode(f, Fixed10()) }

func FuzzDecodeDelim(f *testing.F) { fuzzDecode(f, Delim()) }

func FuzzDecodeXML(f *testing.F) { fuzzDecode(f, XML()) }

func FuzzDecodeXMLUTF8(f *testing.F) { fuzzDecode(f, XMLUTF8()) }

// FuzzFrames: the reader of frames neither fails in an untyped way nor returns
// bytes that were not in the stream.
func FuzzFrames(f *testing.F) {
	f.Add(uint8(0), []byte("00050123400020000"))
	f.Add(uint8(1), []byte("\x00\x00\x00\x02ab\x00\x00"))
	f.Add(uint8(2), []byte("000003abc0000"))
	f.Fuzz(func(t *testing.T, which uint8, stream []byte) {
		format := formats()[int(which)%len(formats())]
		r := &FrameReader{r: bytes.NewReader(stream), format: &format}
		rest := stream
		for {
			frame, err := r.Next()
			if err != nil {
				var fault *FieldError
				if !errors.As(err, &fault) && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("untyped error %v", err)
				}
				return
			}
			if !bytes.HasPrefix(rest, frame) || len(frame) > format.FrameMax {
				t.Fatalf("frame %q is not what the stream %q goes on with", frame, rest)
			}
			rest = rest[len(frame):]
		}
	})
}

// FuzzRows: a file that is accepted whole is written back byte for byte, for
// every layout.
func FuzzRows(f *testing.F) {
	layouts := FileLayouts()
	for i := range layouts {
		var file bytes.Buffer
		w, err := NewRowWriter(&file, layouts[i])
		if err != nil {
			f.Fatal(err)
		}
		for _, row := range sampleRows(&layouts[i]) {
			if err := w.Write(row); err != nil {
				f.Fatal(err)
			}
		}
		if _, err := w.Close(""); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), file.Bytes())
	}
	f.Fuzz(func(t *testing.T, which uint8, file []byte) {
		l := layouts[int(which)%len(layouts)]
		r, err := NewRowReader(bytes.NewReader(file), l)
		if err != nil {
			t.Fatal(err)
		}
		var again []byte
		for {
			row := l.NewRow()
			err := r.Next(row)
			if err == io.EOF {
				break
			}
			var fault *FieldError
			if err != nil && (!errors.As(err, &fault) || fault.Line == 0) {
				t.Fatalf("refused without saying where: %v", err)
			}
			if err != nil {
				continue
			}
			if again, err = l.appendLine(again, row); err != nil {
				t.Fatalf("accepted what cannot be written: %v", err)
			}
		}
		if r.Refused() == 0 && !bytes.Equal(again, file) {
			t.Fatalf("two spellings of one file:\n%q\n%q", file, again)
		}
	})
}

// FuzzControl: an accepted side file is written back byte for byte.
func FuzzControl(f *testing.F) {
	c := Control{"sbusi0825.dat", 3, -12_345, 300, [32]byte{1}}
	f.Add([]byte(c.Line()))
	f.Add([]byte("x|0|0|0||"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseControl(text)
		if err == nil && c.Line() != string(text) {
			t.Fatalf("%q is read as %q", text, c.Line())
		}
	})
}

// FuzzKeyFile: no key file crashes the reader, and errors repeat nothing of it.
func FuzzKeyFile(f *testing.F) {
	f.Add("# keys\nBANK0001 = 30313233343536373839616263646566\n")
	f.Add("BANK0001=30\n")
	f.Fuzz(func(t *testing.T, text string) {
		err := NewSoftStore(newSeeded(1)).ReadMasterKeys(strings.NewReader(text))
		if err != nil && len(text) > 64 && strings.Contains(err.Error(), text) {
			t.Fatalf("the error repeats the file: %v", err)
		}
	})
}

// FuzzReadRows: a whole file is read or refused at its first bad line; what was read
// is written back with the same control totals.
func FuzzReadRows(f *testing.F) {
	l := ClientNetLayout()
	var file bytes.Buffer
	w, err := NewRowWriter(&file, l)
	if err != nil {
		f.Fatal(err)
	}
	for _, row := range sampleRows(&l) {
		if err := w.Write(row); err != nil {
			f.Fatal(err)
		}
	}
	if _, err := w.Close(""); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:file.Len()-1])
	f.Add([]byte("\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, control, err := ReadRows[ClientNet](bytes.NewReader(file), l, "x")
		if err != nil {
			var fault *FieldError
			if !errors.As(err, &fault) || fault.Line == 0 {
				t.Fatalf("refused without saying where: %v", err)
			}
			return
		}
		var again bytes.Buffer
		written, err := WriteRows[ClientNet](&again, l, "x", rows)
		if err != nil || !bytes.Equal(again.Bytes(), file) || written.Line() != control.Line() {
			t.Fatalf("%q is written %q (%v), totals %q and %q", file, again.Bytes(), err, control.Line(), written.Line())
		}
	})
}

// FuzzOpenPIN: no block crashes the opening, and a password that comes out of a
// random block is one its form allows.
func FuzzOpenPIN(f *testing.F) {
	broker, _ := newPair(f)
	ref := KeyRef{testBank, UsePIN, 7}
	for _, form := range []PINForm{PINDigits, PINText} {
		block, err := broker.SealPIN(ref, form, "8800000123", NewSecret("135790"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(form), "8800000123", []byte(block))
	}
	f.Fuzz(func(t *testing.T, form uint8, account string, block []byte) {
		s, err := broker.OpenPIN(ref, PINForm(form), account, block)
		if err != nil {
			return
		}
		if _, err := broker.SealPIN(ref, PINForm(form), account, s); err != nil {
			t.Fatalf("opened a password that cannot be sealed: %v", err)
		}
	})
}
