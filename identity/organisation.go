package identity

import "strings"

// orgAlphabet gives the characters of a unified social credit code their values
// 0 to 30 (GB 32100-2015, table 2): capitals without I, O, S, V and Z.
const orgAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// orgAuthorities are the registering authorities that may stand first
// (GB 32100-2015, table 1, with later additions by the register).
const orgAuthorities = "123456789ANY"

// orgWeights are 3^i mod 31 (GB 32100-2015, 4.6).
var orgWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// innerWeights are those of the nine-character organisation code (GB 11714-1997).
var innerWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// orgRegionNational begins codes registered by a national authority.
const orgRegionNational = "10"

// CheckOrganisation checks an 18-character unified social credit code: form,
// authority, province, the organisation code inside and the check character.
func CheckOrganisation(code string) Verdict {
	if len(code) != 18 {
		return OrgLength
	}
	for i := range len(code) {
		if strings.IndexByte(orgAlphabet, code[i]) < 0 {
			return OrgSymbol
		}
	}
	if strings.IndexByte(orgAuthorities, code[0]) < 0 {
		return OrgAuthority
	}
	region := code[2:8]
	if !digitsOnly(region) {
		return OrgRegion
	}
	if _, ok := ProvinceOf(region); !ok && region[:2] != orgRegionNational {
		return OrgRegion
	}
	if code[16] != innerCheckCharacter(code[8:16]) {
		return OrgInner
	}
	if code[17] != orgCheckCharacter(code[:17]) {
		return OrgChecksum
	}
	return Sound
}

func orgCheckCharacter(body string) byte {
	sum := 0
	for i, w := range orgWeights {
		sum += w * strings.IndexByte(orgAlphabet, body[i])
	}
	return orgAlphabet[(31-sum%31)%31]
}

// innerCheckCharacter computes the ninth character of an organisation code.
// Letters count from A = 10 in the full alphabet here, unlike in the outer code.
func innerCheckCharacter(body string) byte {
	sum := 0
	for i, w := range innerWeights {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += w * value
	}
	return "0123456789X0"[11-sum%11]
}
