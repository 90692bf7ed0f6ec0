package bank

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sancun/money"
)

// Kind is how a value is spelled in bytes.
type Kind uint8

// The spellings.
const (
	KindText     Kind = 1  // characters of the code page, left-justified
	KindNumber   Kind = 2  // digits of a count or generation, right-justified
	KindFen      Kind = 3  // an amount in minor units, right-justified
	KindYuan     Kind = 4  // an amount as currency units with a point and two decimals, right-justified
	KindDate     Kind = 5  // YYYYMMDD
	KindTime     Kind = 6  // HHMMSS
	KindCode     Kind = 7  // a word of a table
	KindHex      Kind = 8  // bytes as lower-case hexadecimal, always the full width
	KindBase64   Kind = 9  // bytes in standard base64 with padding, left-justified
	KindFunction Kind = 10 // the function code
	KindMAC      Kind = 11 // the MAC as lower-case hexadecimal
)

// Code is one word of a code table and the canonical number it stands for.
type Code struct {
	Wire  string
	Value int64
}

// Field is one row of a format table.
type Field struct {
	Name string // canonical name, as in Describe and docs/formats/bank.md
	// Label is the bank's own name for it, if known; for people. In the tagged
	// style it is the name of the element on the wire.
	Label string
	// Section is the element around the field's own, StyleTagged only.
	Section string
	Kind    Kind
	Width   int // bytes: exact in fixed formats, the most in the others
	// Pad fills the left of numbers and amounts in fixed formats: '0' or ' '.
	// Zero means '0'. Text is always filled on the right with spaces.
	Pad byte
	// Signed lets an amount be negative. With '0' padding the sign is the first
	// byte, '+' or '-'; otherwise only '-' is written, before the first digit.
	Signed bool
	// Optional lets the value be empty. Otherwise an empty text, date, code or
	// byte string is ErrMissing. A number is never empty.
	Optional bool
	// Scoped puts the field's bytes under the MAC.
	Scoped bool
	Codes  []Code // KindCode only
}

// spelling is what the bytes of a field depend on besides the field itself.
type spelling struct {
	charset Charset
	fixed   bool // fields have exactly their width
	// separator may not stand in the text of a delimited field.
	separator byte
	root      string // of the tagged style, else empty
}

func (sp spelling) tagged() bool { return sp.root != "" }

// write spells the value of s as f demands.
func (sp spelling) write(f *Field, s slot) ([]byte, error) {
	natural, err := sp.natural(f, s)
	if err != nil {
		return nil, err
	}
	if len(natural) > f.Width {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(natural), f.Width, ErrWidth)
	}
	switch {
	case sp.fixed:
		return sp.justify(f, natural)
	case !sp.tagged() && len(sp.charset.split(natural, sp.separator)) != 1:
		return nil, fmt.Errorf("separator in text: %w", ErrEncoding)
	}
	return natural, nil
}

func (sp spelling) justify(f *Field, natural []byte) ([]byte, error) {
	fill := f.Width - len(natural)
	switch {
	case !f.numeric():
		return append(natural, bytes.Repeat([]byte{' '}, fill)...), nil
	case f.Pad == ' ':
		return append(bytes.Repeat([]byte{' '}, fill), natural...), nil
	case !f.Signed:
		return append(bytes.Repeat([]byte{'0'}, fill), natural...), nil
	}
	digits, negative := bytes.CutPrefix(natural, []byte{'-'})
	sign := byte('+')
	if negative {
		sign = '-'
	}
	if len(digits)+1 > f.Width {
		return nil, fmt.Errorf("no room for the sign: %w", ErrWidth)
	}
	out := append([]byte{sign}, bytes.Repeat([]byte{'0'}, f.Width-1-len(digits))...)
	return append(out, digits...), nil
}

func (f *Field) numeric() bool {
	return f.Kind == KindNumber || f.Kind == KindFen || f.Kind == KindYuan
}

// canBeEmpty says whether the zero value means that there is no value. A number
// and midnight are values, and so is a zero that stands in the code table.
func (f *Field) canBeEmpty() bool {
	for _, c := range f.Codes {
		if c.Value == 0 {
			return false
		}
	}
	return !f.numeric() && f.Kind != KindTime
}

// natural spells the value without padding.
func (sp spelling) natural(f *Field, s slot) ([]byte, error) {
	if s.empty() && f.canBeEmpty() {
		if !f.Optional {
			return nil, ErrMissing
		}
		return nil, nil
	}
	switch f.Kind {
	case KindText:
		if strings.TrimSpace(*s.text) != *s.text {
			return nil, fmt.Errorf("text begins or ends with a space: %w", ErrEncoding)
		}
		if sp.tagged() && strings.ContainsAny(*s.text, "\uFFFE\uFFFF") {
			return nil, fmt.Errorf("a character XML does not allow: %w", ErrEncoding)
		}
		return sp.charset.encode(*s.text)
	case KindHex:
		if len(*s.raw)*2 != f.Width {
			return nil, fmt.Errorf("%d bytes, need %d: %w", len(*s.raw), f.Width/2, ErrLength)
		}
		return hex.AppendEncode(nil, *s.raw), nil
	case KindBase64:
		return base64.StdEncoding.AppendEncode(nil, *s.raw), nil
	}
	v, ok := s.whole()
	if !ok {
		return nil, ErrOverflow
	}
	return naturalWhole(f, v)
}

func naturalWhole(f *Field, v int64) ([]byte, error) {
	if v < 0 && !f.Signed {
		return nil, ErrNegative
	}
	switch f.Kind {
	case KindYuan:
		return []byte(money.Amount(v).String()), nil
	case KindDate:
		if v > 99_991_231 || !Date(v).Valid() {
			return nil, ErrDate
		}
		return []byte(Date(v).String()), nil
	case KindTime:
		if v > 235_959 || !Time(v).Valid() {
			return nil, ErrDate
		}
		return []byte(Time(v).String()), nil
	case KindCode:
		for _, c := range f.Codes {
			if c.Value == v {
				return []byte(c.Wire), nil
			}
		}
		return nil, f.unknown()
	default:
		return strconv.AppendInt(nil, v, 10), nil
	}
}

// unknown names the fault of a code outside the table.
func (f *Field) unknown() error {
	if f.Name == "status" || f.Name == "first_status" {
		return ErrStatus
	}
	return ErrCode
}

// read puts the value that raw spells into s. It accepts only the spelling that
// write produces (rule W1).
func (sp spelling) read(f *Field, raw []byte, s slot) error {
	if sp.fixed && len(raw) != f.Width {
		return ErrLength
	}
	if len(raw) > f.Width {
		return ErrWidth
	}
	natural := raw
	if sp.fixed && !f.numeric() {
		natural = bytes.TrimRight(raw, " ")
	}
	if err := sp.parse(f, natural, s); err != nil {
		return err
	}
	again, err := sp.write(f, s)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return fmt.Errorf("not the canonical spelling: %w", ErrEncoding)
	}
	return nil
}

func (sp spelling) parse(f *Field, natural []byte, s slot) error {
	if len(natural) == 0 {
		if !f.canBeEmpty() {
			return ErrMissing
		}
		s.clear()
		return nil
	}
	switch f.Kind {
	case KindText:
		text, err := sp.charset.decode(natural)
		*s.text = text
		return err
	case KindHex:
		raw, err := hex.DecodeString(string(natural))
		if err != nil {
			return fmt.Errorf("not hexadecimal: %w", ErrEncoding)
		}
		*s.raw = raw
		return nil
	case KindBase64:
		raw, err := base64.StdEncoding.Strict().DecodeString(string(natural))
		if err != nil {
			return fmt.Errorf("not base64: %w", ErrEncoding)
		}
		*s.raw = raw
		return nil
	}
	v, err := parseWhole(f, string(natural))
	if err != nil {
		return err
	}
	if !s.put(v) {
		return ErrOverflow
	}
	return nil
}

func parseWhole(f *Field, text string) (int64, error) {
	switch f.Kind {
	case KindCode:
		for _, c := range f.Codes {
			if c.Wire == text {
				return c.Value, nil
			}
		}
		return 0, f.unknown()
	case KindDate, KindTime:
		v, err := parseDigits(text, 0)
		if err != nil {
			return 0, ErrDate
		}
		return v, nil
	}
	if f.Pad == ' ' {
		text = strings.TrimLeft(text, " ")
	}
	text = strings.TrimPrefix(text, "+")
	if strings.HasPrefix(text, "-") && !f.Signed {
		return 0, ErrNegative
	}
	places := 0
	if f.Kind == KindYuan {
		places = 2
	}
	return parseDigits(text, places)
}

// parseDigits reads a decimal figure with at most places decimals as an integer
// of the smallest place.
func parseDigits(text string, places int) (int64, error) {
	if places == 0 {
		v, err := strconv.ParseInt(text, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return 0, ErrOverflow
		}
		if err != nil {
			return 0, fmt.Errorf("not a number: %w", ErrEncoding)
		}
		return v, nil
	}
	a, err := money.ParseAmount(text)
	if errors.Is(err, money.ErrOverflow) {
		return 0, ErrOverflow
	}
	if err != nil {
		return 0, fmt.Errorf("not an amount: %w", ErrEncoding)
	}
	return int64(a), nil
}
