package step

import (
	"fmt"
	"strconv"
	"strings"

	"sancun/money"
	"sancun/wire/frame"
)

// walk visits the fields of a text or the columns of a line in their order, to
// read or to write them, so that both follow one list. A field has a tag; a
// column has none.
type walk struct {
	reading bool
	what    string // for errors
	whole   string // read
	at      int    // in whole
	out     []byte // written
	err     error
}

func (w *walk) fail(field string, reason error, detail string) {
	if w.err == nil {
		w.err = &frame.Error{Message: w.what, Field: field, Offset: w.at + len(w.out), Reason: reason, Detail: detail}
	}
}

// finish wants that nothing is left.
func (w *walk) finish() error {
	if w.at < len(w.whole) {
		w.fail("", frame.ErrLength, "more behind the last field")
	}
	return w.err
}

// value visits one value as it stands on the wire. It returns what was read.
func (w *walk) value(tag int, name, have string) string {
	switch {
	case w.err != nil:
		return ""
	case !w.reading && tag == 0:
		w.out = append(append(w.out, columnSep), have...)
		return have
	case !w.reading:
		w.out = append(strconv.AppendInt(w.out, int64(tag), 10), '=')
		w.out = append(append(w.out, have...), fieldEnd)
		return have
	}
	rest, begin := w.whole[w.at:], string(columnSep)
	if tag != 0 {
		begin = strconv.Itoa(tag) + "="
	}
	if !strings.HasPrefix(rest, begin) {
		w.fail(name, frame.ErrLength, "is missing or out of its place")
		return ""
	}
	rest = rest[len(begin):]
	end, behind := strings.IndexByte(rest, columnSep), 0
	if tag != 0 {
		end, behind = strings.IndexByte(rest, fieldEnd), 1
	} else if end < 0 {
		end = len(rest)
	}
	if end < 0 {
		w.fail(name, frame.ErrLength, "has no end")
		return ""
	}
	w.at += len(begin) + end + behind
	return rest[:end]
}

// visit visits a value that parse reads and show writes. What is written must be
// readable, and what is read must be as it would be written.
func visit[T comparable](w *walk, tag int, name string, v *T, show func(T) string, parse func(string) (T, error)) {
	if w.err != nil {
		return
	}
	have := ""
	if !w.reading {
		have = show(*v)
	}
	s := w.value(tag, name, have)
	if w.err != nil {
		return
	}
	got, err := parse(s)
	switch {
	case err != nil:
		w.fail(name, err, strconv.Quote(s))
	case w.reading && show(got) != s:
		w.fail(name, frame.ErrEncoding, strconv.Quote(s)+" is not the one way to write it")
	case !w.reading && got != *v:
		w.fail(name, frame.ErrRange, fmt.Sprint(*v))
	}
	if w.reading && w.err == nil {
		*v = got
	}
}

// chars visits at most most characters. In a text, nothing is one space.
func (w *walk) chars(tag int, name string, v *string, most int) {
	visit(w, tag, name, v, func(s string) string {
		if s == "" && tag != 0 {
			return " "
		}
		return s
	}, func(s string) (string, error) {
		if s == " " && tag != 0 {
			s = ""
		}
		if len(s) > most || printable(s) != "" {
			return "", frame.ErrEncoding
		}
		return s, nil
	})
}

// number visits a whole number of at most so many digits.
func number[T ~uint32 | ~uint64 | ~int64](w *walk, tag int, name string, v *T, digits int) {
	visit(w, tag, name, v, func(n T) string { return fmt.Sprint(n) }, func(s string) (T, error) {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil || len(s) > digits || uint64(T(n)) != n {
			return 0, frame.ErrRange
		}
		return T(n), nil
	})
}

// code visits a number in a field of characters, where 0 is nothing.
func (w *walk) code(tag int, name string, v *uint32) {
	text := ""
	if *v != 0 {
		text = strconv.FormatUint(uint64(*v), 10)
	}
	w.chars(tag, name, &text, 5)
	if w.err != nil || !w.reading {
		return
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if text == "" {
		n, err = 0, nil
	} else if err == nil && (n == 0 || text[0] == '0') {
		err = frame.ErrEncoding
	}
	if err != nil {
		w.fail(name, frame.ErrEncoding, strconv.Quote(text)+" is no code")
		return
	}
	*v = uint32(n)
}

// mills visits thousandths, written with all three decimals, in so many
// characters, the point included.
func (w *walk) mills(tag int, name string, v *int64, most int) {
	visit(w, tag, name, v, func(n int64) string {
		return fmt.Sprintf("%d.%03d", n/1000, n%1000)
	}, func(s string) (int64, error) {
		whole, part, ok := strings.Cut(s, ".")
		n, err := strconv.ParseUint(whole+part, 10, 63)
		if err != nil || !ok || len(part) != 3 || len(s) > most {
			return 0, frame.ErrRange
		}
		return int64(n), nil
	})
}

// price visits a price, which has a place more than the wire.
func (w *walk) price(tag int, name string, v *money.Price) {
	mills := int64(*v) / 10
	if !w.reading && int64(*v)%10 != 0 {
		w.fail(name, frame.ErrRange, v.String()+" has more than three decimals")
	}
	w.mills(tag, name, &mills, 11)
	if w.reading {
		*v = money.Price(mills * 10)
	}
}

// letter visits one character of a list.
func (w *walk) letter(tag int, name string, v *byte, list string) {
	visit(w, tag, name, v, func(c byte) string { return string(rune(c)) }, func(s string) (byte, error) {
		if len(s) != 1 || !strings.Contains(list, s) {
			return 0, frame.ErrCode
		}
		return s[0], nil
	})
}

// constant visits a value that is always the same.
func (w *walk) constant(tag int, name, want string) {
	if got := w.value(tag, name, want); w.err == nil && got != want {
		w.fail(name, frame.ErrCode, fmt.Sprintf("%q, must be %q", got, want))
	}
}

// party visits one member of the repeating group of parties.
func (w *walk) party(id *string, most int, role string) {
	w.chars(448, "PartyID", id, most)
	w.constant(452, "PartyRole", role)
}

// The roles of parties.
const (
	roleUnit    = "1"
	roleAccount = "5"
	roleBranch  = "4001"
)

// Stamp is a date and a time of day to the second, YYYYMMDDHHMMSS.
type Stamp uint64

// StampAt joins a date and a time written HHMMSS.
func StampAt(d frame.Date, clock uint32) Stamp { return Stamp(d)*1_000_000 + Stamp(clock) }

// valid says whether s is a moment of the calendar.
func (s Stamp) valid() bool {
	clock := uint64(s) % 1_000_000
	d := uint64(s) / 1_000_000
	return d != 0 && d <= 99991231 && frame.Date(d).Valid() && clock/10_000 < 24 && clock/100%100 < 60 && clock%100 < 60
}

// stamp visits a moment: YYYYMMDD-HH:MM:SS.000.
func (w *walk) stamp(tag int, name string, v *Stamp) {
	visit(w, tag, name, v, func(s Stamp) string {
		return fmt.Sprintf("%08d-%02d:%02d:%02d.000", s/1_000_000, s/10_000%100, s/100%100, s%100)
	}, func(text string) (Stamp, error) {
		if len(text) != 21 {
			return 0, frame.ErrRange
		}
		n, err := strconv.ParseUint(text[:8]+text[9:11]+text[12:14]+text[15:17], 10, 64)
		if err != nil || !Stamp(n).valid() {
			return 0, frame.ErrRange
		}
		return Stamp(n), nil
	})
}
