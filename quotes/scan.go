package quotes

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// ErrSyntax reports text that is not the loose JavaScript data this package
// reads. The message says at which byte.
var ErrSyntax = errors.New("not a data file of this form")

// The limits of a file. Real files have 3.6 MB, 16,080 rows, names of 15 bytes
// and depth 3; everything beyond these is damage, not data.
const (
	fileBytesMax     = 16 << 20
	rowsMax          = 200_000
	textBytesMax     = 256
	depthMax         = 8
	prologueBytesMax = 1_024
	exponentMax      = 40
)

// scanner reads JavaScript object literals: JSON, with names that need no
// quotes, single quotes, comments and commas before a closing bracket. It keeps
// to the limits above and never recurses deeper than depthMax.
type scanner struct {
	src   []byte
	pos   int
	depth int
}

// newScanner stands before the first bracket of src, past "var NAME =" and
// comments.
func newScanner(src []byte) (*scanner, error) {
	if len(src) > fileBytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(src), fileBytesMax, ErrSyntax)
	}
	s := &scanner{src: src}
	for s.pos < len(src) && s.pos < prologueBytesMax {
		s.space()
		if c := s.peek(); c == '{' || c == '[' {
			return s, nil
		}
		s.pos++
	}
	return nil, fmt.Errorf("no object or array in the first %d bytes: %w", prologueBytesMax, ErrSyntax)
}

func (s *scanner) wrong(what string) error {
	return fmt.Errorf("%s at byte %d: %w", what, s.pos, ErrSyntax)
}

// peek returns the next byte, zero at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

// space skips white space and comments.
func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			s.pos++
		case c == '/' && s.pos+1 < len(s.src) && s.src[s.pos+1] == '/':
			for s.pos < len(s.src) && s.src[s.pos] != '\n' {
				s.pos++
			}
		case c == '/' && s.pos+1 < len(s.src) && s.src[s.pos+1] == '*':
			end := bytes.Index(s.src[s.pos+2:], []byte("*/"))
			if end < 0 {
				s.pos = len(s.src)
				return
			}
			s.pos += 2 + end + 2
		default:
			return
		}
	}
}

// take consumes c when it comes next after space.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.peek() != c || s.pos >= len(s.src) {
		return false
	}
	s.pos++
	return true
}

// enter consumes an opening bracket; leave undoes its depth.
func (s *scanner) enter(open byte) error {
	if !s.take(open) {
		return s.wrong(fmt.Sprintf("no %q", open))
	}
	if s.depth++; s.depth > depthMax {
		return s.wrong("nested too deep")
	}
	return nil
}

// array calls each at the start of every element; each must consume it.
func (s *scanner) array(each func() error) error {
	if err := s.enter('['); err != nil {
		return err
	}
	for range rowsMax {
		if s.take(']') {
			s.depth--
			return nil
		}
		if err := each(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if !s.take(']') {
			return s.wrong("no comma or ]")
		}
		s.depth--
		return nil
	}
	return s.wrong(fmt.Sprintf("more than %d elements", rowsMax))
}

// object calls each with every name, standing before its value; each must
// consume the value.
func (s *scanner) object(each func(name string) error) error {
	if err := s.enter('{'); err != nil {
		return err
	}
	for range rowsMax {
		if s.take('}') {
			s.depth--
			return nil
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.wrong("no colon")
		}
		if err := each(name); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return s.wrong("no comma or }")
		}
		s.depth--
		return nil
	}
	return s.wrong(fmt.Sprintf("more than %d names", rowsMax))
}

// name reads an object's name, quoted or bare.
func (s *scanner) name() (string, error) {
	s.space()
	if c := s.peek(); c == '"' || c == '\'' {
		return s.text()
	}
	word := s.word()
	if word == "" {
		return "", s.wrong("no name")
	}
	return word, nil
}

// word reads letters, digits, _ and $; it is empty when none come.
func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.src) && s.pos-start < textBytesMax {
		c := s.src[s.pos]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '$' {
			break
		}
		s.pos++
	}
	return string(s.src[start:s.pos])
}

// text reads a quoted string. Escapes stand for the byte behind the backslash,
// which is right for quotes and slashes, the only ones in these files.
func (s *scanner) text() (string, error) {
	s.space()
	quote := s.peek()
	if quote != '"' && quote != '\'' {
		return "", s.wrong("no string")
	}
	s.pos++
	var out []byte
	for s.pos < len(s.src) && len(out) <= textBytesMax {
		c := s.src[s.pos]
		s.pos++
		switch c {
		case quote:
			return string(out), nil
		case '\n':
			return "", s.wrong("a line ends inside a string")
		case '\\':
			if s.pos >= len(s.src) || s.src[s.pos] == 'u' || s.src[s.pos] == 'x' {
				return "", s.wrong("an escape this reader does not know")
			}
			c = s.src[s.pos]
			s.pos++
		}
		out = append(out, c)
	}
	return "", s.wrong("a string does not end")
}

// null consumes the word null when it comes next.
func (s *scanner) null() bool {
	s.space()
	if s.peek() != 'n' {
		return false
	}
	start := s.pos
	if s.word() == "null" {
		return true
	}
	s.pos = start
	return false
}

// number reads a non-negative decimal figure, with fraction and exponent, as an
// integer of the given decimal places, rounded half up; null is zero. Digits
// behind the wanted places that no longer fit 64 bits are dropped unseen.
func (s *scanner) number(places int) (int64, error) {
	if s.null() {
		return 0, nil
	}
	mantissa, shift, digits := int64(0), places, 0
	for point := false; s.pos < len(s.src); s.pos++ {
		c := s.src[s.pos]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if mantissa > (math.MaxInt64-int64(c-'0'))/10 {
			if !point || shift > 0 {
				return 0, s.wrong("a figure out of range")
			}
			continue
		}
		mantissa = mantissa*10 + int64(c-'0')
		if point {
			shift--
		}
	}
	if digits == 0 {
		return 0, s.wrong("no figure of zero or more")
	}
	exponent, err := s.exponent()
	if err != nil {
		return 0, err
	}
	return s.shifted(mantissa, shift+exponent)
}

// exponent reads "e+8" when it comes next, else it is zero.
func (s *scanner) exponent() (int, error) {
	if c := s.peek(); c != 'e' && c != 'E' {
		return 0, nil
	}
	s.pos++
	sign := 1
	switch s.peek() {
	case '-':
		sign = -1
		s.pos++
	case '+':
		s.pos++
	}
	v, digits := 0, 0
	for ; s.peek() >= '0' && s.peek() <= '9' && v <= exponentMax; s.pos++ {
		v = v*10 + int(s.peek()-'0')
		digits++
	}
	if digits == 0 || v > exponentMax {
		return 0, s.wrong("a bad exponent")
	}
	return sign * v, nil
}

// shifted returns mantissa × 10^shift, rounded half up.
func (s *scanner) shifted(mantissa int64, shift int) (int64, error) {
	for ; shift > 0 && mantissa != 0; shift-- {
		if mantissa > math.MaxInt64/10 {
			return 0, s.wrong("a figure out of range")
		}
		mantissa *= 10
	}
	for ; shift < -1 && mantissa != 0; shift++ {
		mantissa /= 10
	}
	if shift < 0 {
		mantissa = mantissa/10 + (mantissa%10+5)/10
	}
	return mantissa, nil
}

// skip consumes a value of any kind.
func (s *scanner) skip() error {
	s.space()
	switch c := s.peek(); c {
	case '{':
		return s.object(func(string) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case '"', '\'':
		_, err := s.text()
		return err
	case '-':
		s.pos++
	}
	if c := s.peek(); c >= '0' && c <= '9' {
		_, err := s.number(0)
		return err
	}
	if s.word() == "" {
		return s.wrong("no value")
	}
	return nil
}
