package identity

import "strings"

// The masks below are the only ones of this program (row K54). They show what a
// clerk needs to tell two clients apart. A value too short for its mask becomes
// stars altogether. Stars stand one for one character, except where the length
// itself would tell something.

// hiddenMin is how many characters of a number stay hidden at least: ten
// thousand guesses, and nobody here can try one without a trace.
const hiddenMin = 4

// fixedStars stands for a tail whose length is not told.
const fixedStars = "****"

// MaskName keeps the first character of a person's name, as 欧** for 欧阳锋.
func MaskName(name string) string {
	runes := []rune(name)
	for i := range runes {
		if i > 0 || len(runes) == 1 {
			runes[i] = '*'
		}
	}
	return string(runes)
}

// MaskDocument keeps the first three and last four characters of an ID number,
// so that the birth date is hidden whole, and the first and the last two of other
// documents. A unified social credit code is public and stays as it is.
func MaskDocument(kind DocumentKind, number string) string {
	switch kind {
	case OrganisationCode:
		return number
	case IDCardDocument, ResidencePermit:
		return keep(number, 3, 4)
	default:
		return keep(number, 1, 2)
	}
}

// MaskCard keeps the first six digits, which name the bank, and the last four.
func MaskCard(number string) string { return keep(number, 6, 4) }

// MaskMobile keeps the first three and the last four digits, as 138****5678.
func MaskMobile(number string) string { return keep(number, 3, 4) }

// MaskEmail keeps the first character of the local part and the domain.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return fixedStars
	}
	runes := []rune(address[:at])
	if len(runes) < 2 {
		return fixedStars + address[at:]
	}
	return string(runes[:1]) + fixedStars + address[at:]
}

// MaskAddress keeps the province when the address begins with one, and nothing else.
func MaskAddress(address string) string {
	for _, p := range provinces {
		if strings.HasPrefix(address, p.Name) {
			return p.Name + fixedStars
		}
	}
	return fixedStars
}

// keep shows the first and the last characters of s and stars between, or stars
// alone when fewer than hiddenMin would stay hidden.
func keep(s string, first, last int) string {
	runes := []rune(s)
	if len(runes) < first+last+hiddenMin {
		first, last = 0, 0
	}
	for i := first; i < len(runes)-last; i++ {
		runes[i] = '*'
	}
	return string(runes)
}
