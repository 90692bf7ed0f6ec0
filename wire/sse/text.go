package sse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// text visits printable ASCII, padded with spaces on the right.
func (w *walk) text(field string, v *string, n int) { w.padded(field, v, n, asciiFault) }

// words visits GB18030 for people, padded with spaces on the right. No byte of
// a character of several bytes is a space, so the padding can be told apart.
func (w *walk) words(field string, v *string, n int) {
	var coded string
	if !w.reading {
		var fault string
		if coded, fault = toGB18030(*v); fault != "" {
			w.raw(field, n)
			w.fail(field, ErrEncoding, fault)
			return
		}
	}
	w.padded(field, &coded, n, gb18030Fault)
	if w.reading && w.err == nil {
		*v, _ = fromGB18030(coded)
	}
}

// toGB18030 returns s in GB18030, or why it cannot.
func toGB18030(s string) (coded, fault string) {
	if fault := wordsFault(s); fault != "" {
		return "", fault
	}
	coded, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		return "", err.Error()
	}
	if back, _ := fromGB18030(coded); back != s {
		return "", "does not come back from GB18030 as it was"
	}
	return coded, ""
}

// fromGB18030 returns the text that coded stands for, or why it stands for none.
func fromGB18030(coded string) (s, fault string) {
	s, err := simplifiedchinese.GB18030.NewDecoder().String(coded)
	if err != nil {
		return "", err.Error()
	}
	return s, wordsFault(s)
}

// gb18030Fault also refuses a second spelling of a character, so that what was
// read can be written again byte for byte.
func gb18030Fault(coded string) string {
	s, fault := fromGB18030(coded)
	if fault != "" {
		return fault
	}
	if back, err := simplifiedchinese.GB18030.NewEncoder().String(s); err != nil || back != coded {
		return "not the usual GB18030 spelling"
	}
	return ""
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
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			return fmt.Sprintf("byte %d begins no character", i)
		case unicode.IsControl(r):
			return fmt.Sprintf("control character %U", r)
		}
	}
	return ""
}
