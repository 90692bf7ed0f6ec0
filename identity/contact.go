package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	mobileDigits = 11 // the numbering plan of mainland China

	emailMax      = 254 // RFC 5321, 4.5.3.1.3: a path of 256 with its brackets
	emailLocalMax = 64  // RFC 5321, 4.5.3.1.1
	labelMax      = 63  // RFC 1035, 2.3.4

	nameMin, nameMax       = 2, 60  // the longest names on documents are transliterated ones
	addressMin, addressMax = 6, 120 // below six nothing can be delivered; forms print 120
)

// CheckMobile checks a normalised mobile number of mainland China.
func CheckMobile(number string) Verdict {
	if len(number) != mobileDigits || !digitsOnly(number) || number[0] != '1' || number[1] < '3' {
		return MobileShape
	}
	return Sound
}

// CheckEmail checks the shape of an e-mail address: unquoted ASCII local part,
// a domain of at least two labels. Whether mail arrives only a message shows.
func CheckEmail(address string) Verdict {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || len(address) > emailMax || local == "" || len(local) > emailLocalMax {
		return EmailShape
	}
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return EmailShape
	}
	for i := range len(local) {
		if !letterOrDigit(local[i]) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", local[i]) < 0 {
			return EmailShape
		}
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return EmailShape
	}
	for _, label := range labels {
		if !goodLabel(label) {
			return EmailShape
		}
	}
	if digitsOnly(labels[len(labels)-1]) {
		return EmailShape
	}
	return Sound
}

func goodLabel(label string) bool {
	if label == "" || len(label) > labelMax || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if !letterOrDigit(label[i]) && label[i] != '-' {
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// CheckName checks a person's or company's name: letters of any script with
// dots, spaces, hyphens, brackets and digits between, beginning with a letter.
func CheckName(name string) Verdict {
	count := 0
	for i, r := range name {
		count++
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r) && i > 0:
		case i > 0 && (unicode.IsDigit(r) || strings.ContainsRune("·•.' -()（）&", r)):
		default:
			return NameShape
		}
	}
	if count < nameMin || count > nameMax || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
		return NameShape
	}
	return Sound
}

// CheckAddress checks that an address can be printed and is neither too short
// nor too long for a form.
func CheckAddress(address string) Verdict {
	if !utf8.ValidString(address) {
		return AddressSymbol
	}
	for _, r := range address {
		if !unicode.IsGraphic(r) {
			return AddressSymbol
		}
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(address)); n < addressMin || n > addressMax {
		return AddressLength
	}
	return Sound
}
