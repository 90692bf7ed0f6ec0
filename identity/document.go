package identity

import "strconv"

// DocumentKind is a kind of identity document by its number in records and on
// the wire of this program. The numbers never change. Gateways translate them
// into the codes of each counterparty.
type DocumentKind uint8

// The document kinds.
const (
	IDCardDocument       DocumentKind = 1 // 居民身份证
	PassportDocument     DocumentKind = 2 // 护照
	HongKongMacauPass    DocumentKind = 3 // 港澳居民来往内地通行证
	TaiwanPass           DocumentKind = 4 // 台湾居民来往大陆通行证
	ForeignPermanentCard DocumentKind = 5 // 外国人永久居留身份证
	ResidencePermit      DocumentKind = 6 // 港澳台居民居住证
	OfficerCard          DocumentKind = 7 // 军官证
	OrganisationCode     DocumentKind = 8 // 统一社会信用代码
)

var kindNames = [...]string{
	IDCardDocument: "ID card", PassportDocument: "passport", HongKongMacauPass: "Hong Kong or Macau travel permit",
	TaiwanPass: "Taiwan travel permit", ForeignPermanentCard: "foreigner's permanent residence card",
	ResidencePermit: "residence permit", OfficerCard: "officer's card", OrganisationCode: "unified social credit code",
}

var kindNamesChinese = [...]string{
	IDCardDocument: "居民身份证", PassportDocument: "护照", HongKongMacauPass: "港澳居民来往内地通行证",
	TaiwanPass: "台湾居民来往大陆通行证", ForeignPermanentCard: "外国人永久居留身份证",
	ResidencePermit: "港澳台居民居住证", OfficerCard: "军官证", OrganisationCode: "统一社会信用代码",
}

// Valid says whether k is a kind this program knows.
func (k DocumentKind) Valid() bool { return k >= IDCardDocument && k <= OrganisationCode }

// Person says whether documents of this kind belong to natural persons.
func (k DocumentKind) Person() bool { return k.Valid() && k != OrganisationCode }

// String names k in English.
func (k DocumentKind) String() string {
	if k.Valid() {
		return kindNames[k]
	}
	return "document kind " + strconv.Itoa(int(k))
}

// Chinese names k in Chinese, as forms print it.
func (k DocumentKind) Chinese() string {
	if k.Valid() {
		return kindNamesChinese[k]
	}
	return "证件类型" + strconv.Itoa(int(k))
}

// CheckDocument checks a normalised document number of the given kind on the
// day today. Kinds without a public check digit are checked by shape only.
func CheckDocument(kind DocumentKind, number string, today Day) Verdict {
	switch kind {
	case IDCardDocument:
		return CheckID(number, today)
	case PassportDocument:
		return CheckPassport(number)
	case HongKongMacauPass:
		return shape(hongKongMacauShape(number))
	case TaiwanPass:
		return shape(len(number) == 8 && digitsOnly(number))
	case ForeignPermanentCard:
		return shape(foreignPermanentShape(number))
	case ResidencePermit:
		return checkResidence(number, today)
	case OfficerCard:
		return shape(officerShape(number))
	case OrganisationCode:
		return CheckOrganisation(number)
	default:
		return DocumentKindUnknown
	}
}

// passportMin and passportMax bound a passport number. ICAO 9303 gives the
// machine-readable zone nine places; a few states print up to twelve.
const passportMin, passportMax = 5, 12

// CheckPassport checks the shape of a passport number. A number of nine
// characters that begins with E or G and otherwise has digits only is a Chinese
// passport and sound; any other state's must be capitals and digits with at
// least one digit.
func CheckPassport(number string) Verdict {
	if len(number) < passportMin || len(number) > passportMax {
		return DocumentShape
	}
	digits, ok := countDigits(number)
	return shape(ok && digits > 0)
}

func shape(ok bool) Verdict {
	if ok {
		return Sound
	}
	return DocumentShape
}

// countDigits counts the digits of a text of digits and capitals; it returns
// false when another character is in it.
func countDigits(s string) (int, bool) {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c < 'A' || c > 'Z':
			return 0, false
		}
	}
	return digits, true
}

// hongKongMacauShape accepts H or M, eight digits of the person and, on older
// cards, two digits that count renewals.
func hongKongMacauShape(number string) bool {
	if len(number) != 9 && len(number) != 11 {
		return false
	}
	return (number[0] == 'H' || number[0] == 'M') && digitsOnly(number[1:])
}

// foreignPermanentShape accepts the card of 2017 (three letters of the state,
// twelve digits) and that of 2023 (18 digits that begin with 9 and carry the
// check character of GB 11643).
func foreignPermanentShape(number string) bool {
	switch len(number) {
	case 15:
		digits, ok := countDigits(number[:3])
		return ok && digits == 0 && digitsOnly(number[3:])
	case 18:
		return number[0] == '9' && digitsOnly(number[:17]) && number[17] == idCheckCharacter(number[:17])
	default:
		return false
	}
}

// checkResidence is CheckID for the three regions whose residents hold permits.
func checkResidence(number string, today Day) Verdict {
	if v := CheckID(number, today); v != Sound {
		return v
	}
	return shape(number[:2] == "81" || number[:2] == "82" || number[:2] == "83")
}

// officerShape accepts 6 to 20 characters with at least six digits: the word
// before the number names the issuing branch and has changed with each reform.
func officerShape(number string) bool {
	runes, digits := 0, 0
	for _, r := range number {
		runes++
		if r >= '0' && r <= '9' {
			digits++
		} else if r < 0x4e00 || r > 0x9fff {
			return false
		}
	}
	return runes >= 6 && runes <= 20 && digits >= 6
}
