package identity

import "strings"

// Normalise brings a typed or scanned number to one form, so that the same
// number gives the same look-up key: full-width characters become half-width,
// letters become capitals, and spaces, hyphens and dots go. Nothing else
// changes; a character that does not belong there stays and fails its check.
func Normalise(number string) string {
	var b strings.Builder
	b.Grow(len(number))
	for _, r := range number {
		switch {
		case r >= '！' && r <= '～': // the full-width block mirrors ASCII 0x21..0x7E
			r -= '！' - '!'
		case r == '\u3000':
			r = ' '
		}
		switch r {
		case ' ', '\t', '\u00a0', '-', '.', '·', '\u2010', '\u2011', '\u2013':
			continue
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// NormaliseMobile is Normalise without the country code of mainland China.
func NormaliseMobile(number string) string {
	n := Normalise(number)
	for _, prefix := range [...]string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(n, prefix); ok && len(rest) == mobileDigits {
			return rest
		}
	}
	return n
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
