package frame

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text visits n bytes of printable ASCII, padded with spaces on the right.
func (w *Walk) Text(field string, v *string, n int) { w.Padded(field, v, n, asciiFault) }

// Words visits n bytes of UTF-8 for people, padded with spaces on the right.
func (w *Walk) Words(field string, v *string, n int) { w.Padded(field, v, n, WordsFault) }

// Fixed visits a Text that must be want.
func (w *Walk) Fixed(field, want string, n int) {
	v := want
	w.Text(field, &v, n)
	if w.err == nil && v != want {
		w.Fail(field, ErrCode, fmt.Sprintf("%q, must be %q", v, want))
	}
}

// Padded visits a text of at most n bytes, padded with spaces on the right. What
// fault returns for it, unless "", is why it is refused.
func (w *Walk) Padded(field string, v *string, n int, fault func(string) string) {
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
		w.Fail(field, ErrEncoding, fmt.Sprintf("%d bytes, the field holds %d", len(*v), n))
	case strings.HasSuffix(*v, " "):
		w.Fail(field, ErrEncoding, "a space at the end would be lost as padding")
	case fault(*v) != "":
		w.Fail(field, ErrEncoding, fault(*v))
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

// WordsFault says why s is no UTF-8 text for people, or "".
func WordsFault(s string) string {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return fmt.Sprintf("byte %d begins no character", i)
		}
		if unicode.IsControl(r) {
			return fmt.Sprintf("control character %U", r)
		}
	}
	return ""
}
