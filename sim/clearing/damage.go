package clearing

import (
	"bytes"
	"io"

	"sancun/wire/csdc"
)

// cutter lets the first bytes of a file through and swallows the rest.
type cutter struct {
	out  io.Writer
	left int64
}

func (c *cutter) Write(p []byte) (int, error) {
	keep := p[:min(int64(len(p)), c.left)]
	c.left -= int64(len(keep))
	if _, err := c.out.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

// scratcher writes another byte at one place of a file.
type scratcher struct {
	out  io.Writer
	at   int64  // place from here; negative: behind us
	find []byte // or the first place of these bytes
	with byte
}

func (s *scratcher) Write(p []byte) (int, error) {
	if s.find != nil {
		s.at = int64(bytes.Index(p, s.find))
		if s.at >= 0 {
			s.find = nil
		}
	}
	if s.at >= 0 && s.at < int64(len(p)) {
		p = bytes.Clone(p)
		p[s.at] = s.with
	}
	s.at -= int64(len(p))
	return s.out.Write(p)
}

// newScratcher spoils one record of a layout so that it cannot be read: the
// figure in the middle record of a table, a separator in the first line of the
// text file.
func newScratcher(out io.Writer, l csdc.Layout, rows int64) io.Writer {
	if l == csdc.LayoutGH {
		return &scratcher{out: out, find: []byte{'|'}, with: ';'}
	}
	const headBytes, columnBytes, flagBytes = 33, 32, 1
	head, record, column := int64(headBytes), int64(flagBytes), int64(0)
	for _, c := range l.Columns() {
		if c.Name == l.SumColumn() {
			column = record
		}
		head += columnBytes
		record += int64(c.Width)
	}
	return &scratcher{out: out, at: head + (rows-1)/2*record + column, with: '?'}
}
