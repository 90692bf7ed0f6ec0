package identity

// cardMin and cardMax bound a bank card number (domain facts, section F.5).
const cardMin, cardMax = 15, 19

// CheckCard checks a bank card number. CardLuhn is a warning: see Verdict.Warning.
func CheckCard(number string) Verdict {
	if !digitsOnly(number) {
		return CardSymbol
	}
	if len(number) < cardMin || len(number) > cardMax {
		return CardLength
	}
	if luhnDigit(number[:len(number)-1]) != number[len(number)-1] {
		return CardLuhn
	}
	return Sound
}

// luhnDigit computes the check digit that follows body (ISO/IEC 7812-1, annex B).
func luhnDigit(body string) byte {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return '0' + byte((10-sum%10)%10)
}
