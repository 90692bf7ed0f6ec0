package bank

import (
	"bytes"
	"io"
	"testing"
)

// BenchmarkDeposit measures one request there and its reply back in each
// format, MAC included.
func BenchmarkDeposit(b *testing.B) {
	broker, bank := newPair(b)
	for _, f := range formats() {
		b.Run(f.Name, func(b *testing.B) {
			here, there := newCodec(b, f, broker), newCodec(b, f, bank)
			d := sampleDeposit(here)
			for b.Loop() {
				frame, err := here.Encode(d)
				if err != nil {
					b.Fatal(err)
				}
				m, err := there.Decode(frame)
				if err != nil {
					b.Fatal(err)
				}
				frame, err = there.Encode(there.Reply(m, f.Outcome(Success, "")))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := here.Decode(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRows measures writing and reading one line of sbusi, the file with a
// row for every client who traded.
func BenchmarkRows(b *testing.B) {
	l := ClientNetLayout()
	row := sampleRows(&l)[0]
	b.Run("write", func(b *testing.B) {
		w, err := NewRowWriter(io.Discard, l)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := w.Write(row); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		line, err := l.appendLine(nil, row)
		if err != nil {
			b.Fatal(err)
		}
		r, err := NewRowReader(bytes.NewReader(bytes.Repeat(line, b.N+1)), l)
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			if err := r.Next(l.NewRow()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
