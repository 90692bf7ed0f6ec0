package identity

// Sex is the sex an ID number states (GB/T 2261.1).
type Sex uint8

// The sexes of an ID number: the 17th digit is odd for men.
const (
	Male   Sex = 1
	Female Sex = 2
)

// IDCard is what an ID number says about its holder.
type IDCard struct {
	Region string // six digits, GB/T 2260 at the time of issue
	Birth  Day
	Sex    Sex
}

// idAgeMax is the oldest age an ID number may state. The oldest people on record
// reached 122.
const idAgeMax = 125

// idWeights and idCheck are the ISO 7064 MOD 11-2 weights and check characters
// of GB 11643-1999.
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idCheck = "10X98765432"

// CheckID checks an 18-character resident ID number on the day today: form,
// province, birth date, check character. A capital or small x is accepted;
// normalise before storing. Region codes below the province are not checked:
// they were redrawn often and old cards stay valid.
func CheckID(number string, today Day) Verdict {
	_, v := ParseID(number, today)
	return v
}

// ParseID is CheckID and says what the number states. The IDCard is zero unless
// the verdict is Sound.
func ParseID(number string, today Day) (IDCard, Verdict) {
	if len(number) == 15 && digitsOnly(number) {
		return IDCard{}, IDOldShort
	}
	if len(number) != 18 {
		return IDCard{}, IDLength
	}
	last := number[17]
	if last == 'x' {
		last = 'X'
	}
	if !digitsOnly(number[:17]) || last != 'X' && !digitsOnly(string(last)) {
		return IDCard{}, IDSymbol
	}
	if _, ok := ProvinceOf(number); !ok {
		return IDCard{}, IDRegion
	}
	birth := Day(0)
	for _, c := range number[6:14] {
		birth = birth*10 + Day(c-'0')
	}
	switch {
	case !birth.Valid():
		return IDCard{}, IDDate
	case birth > today:
		return IDCard{}, IDFuture
	case birth.Age(today) > idAgeMax:
		return IDCard{}, IDTooOld
	case last != idCheckCharacter(number[:17]):
		return IDCard{}, IDChecksum
	}
	sex := Female
	if (number[16]-'0')%2 == 1 {
		sex = Male
	}
	return IDCard{Region: number[:6], Birth: birth, Sex: sex}, Sound
}

// idCheckCharacter computes the 18th character from 17 digits.
func idCheckCharacter(digits string) byte {
	sum := 0
	for i, w := range idWeights {
		sum += w * int(digits[i]-'0')
	}
	return idCheck[sum%11]
}
