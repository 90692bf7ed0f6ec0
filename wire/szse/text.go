package szse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text visits printable ASCII, padded with spaces on the right.
func (w *walk) text(field string, v *string, n int) { w.padded(field, v, n, asciiFault) }

// words visits UTF-8 for people, padded with spaces on the right.
func (w *walk) words(field string, v *string, n int) { w.padded(field, v, n, wordsFault) }

// fixed visits a text that must be want.
func (w *walk) fixed(field, want string, n int) {
	v := want
	w.text(field, &v, n)
	if w.err == nil && v != want {
		w.fail(field, ErrCode, fmt.Sprintf("%q, must be %q", v, want))
	}
}

func (w *walk) padded(field string, v *string, n int, fault func(string) string) {
	b := w.raw(field, n)
	if b == nil {
		return
	}
	if w.reading {
		end := n
		for end > 0 && b[end-1] == ' ' {
			end--
		}
		*v = string(b[:end])
	}
	switch {
	case len(*v) > n:
		w.fail(field, ErrEncoding, fmt.Sprintf("%d bytes, the field holds %d", len(*v), n))
	case strings.HasSuffix(*v, " "):
		w.fail(field, ErrEncoding, "a space at the end would be lost as padding")
	case fault(*v) != "":
		w.fail(field, ErrEncoding, fault(*v))
	case !w.reading:
		for i := copy(b, *v); i < n; i++ {
			b[i] = ' '
		}
	}
}

func asciiFault(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return fmt.Sprintf("byte 0x%02x is not printable ASCII", s[i])
		}
	}
	return ""
}

func wordsFault(s string) string {
	if !utf8.ValidString(s) {
		return "not UTF-8"
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Sprintf("control character %U", r)
		}
	}
	return ""
}
