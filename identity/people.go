package identity

import "strconv"

// People invents natural persons and companies for drills, tests and
// simulations. Person n of the same seed and day is the same for ever and on
// every machine, and can be had without those before it.
//
// Nobody invented here can be a real person. The region of an ID number is a
// province as a whole, such as 330000, which no card carries because cards name
// a county; card numbers begin with 9999, where ISO/IEC 7812 expects the country
// code of a national card and no country has 999; mail goes to the reserved
// domain of RFC 2606; streets and districts are called examples.
type People struct {
	seed  uint64
	today Day
}

// Person is an invented natural person. The number of the document is an ID
// number with a good check character.
type Person struct {
	Name    string
	Kind    DocumentKind
	Number  string
	Birth   Day
	Sex     Sex
	Mobile  string
	Email   string
	Address string
	Card    string // a card of the bank asked for, or of bank 1
}

// Organisation is an invented company.
type Organisation struct {
	Name    string
	Code    string // unified social credit code
	Account string // its bank account: 19 digits, Luhn
	Address string
}

const (
	ageMin = 18 // younger people open no securities account
	ageMax = 84

	// daysOfBirth is the range of birth days: a little less than the years
	// between ageMax and ageMin, so that nobody is out of the range.
	daysOfBirth = (ageMax - ageMin) * 365
	// numbers is how many ID numbers there are. Person numbers wrap round there.
	numbers = mainlandProvinces * daysOfBirth * 1000
	// stride walks through all ID numbers before it repeats one, because it shares
	// no factor with numbers; it is 0.618 of it, so that neighbours differ.
	stride = 461_603_299
	// mobiles is how many mobile numbers the segment has; mobileStride is odd and
	// no multiple of five, so it walks through all of them.
	mobiles, mobileStride = 100_000_000, 61_803_399
	// mobileSegment was assigned to no operator when this was written.
	mobileSegment = "161"
)

// PeopleMax is how many different persons one seed gives. From there on ID
// numbers come again.
const PeopleMax = mobiles

// NewPeople makes the persons of a seed, aged 18 to 84 on the day today.
func NewPeople(seed uint64, today Day) People { return People{seed: seed, today: today} }

// InventedBanks is how many invented banks InventedBIN knows.
const InventedBanks = 99

// InventedBIN is the card prefix of the invented bank 1 to InventedBanks, as
// 999901. Other numbers wrap round.
func InventedBIN(bank int) string {
	n := (bank-1)%InventedBanks + 1
	if n < 1 {
		n += InventedBanks
	}
	return "9999" + padded(uint64(n), 2)
}

// Person invents person n with a card of bank 1.
func (p People) Person(n uint64) Person { return p.PersonOf(n, 1) }

// PersonOf invents person n with a card of the given invented bank. Different n
// below PeopleMax have different ID numbers, cards and mobile numbers.
func (p People) PersonOf(n uint64, bank int) Person {
	d := newDice(p.seed, n)
	slot := (n%numbers*stride + p.seed%numbers) % numbers
	province := provinces[slot%mainlandProvinces]
	slot /= mainlandProvinces
	birth := dayAfter(int(p.today/10000)-ageMax, int(slot%daysOfBirth))
	sequence := slot / daysOfBirth
	body := padded(uint64(province.Code), 2) + "0000" + padded(uint64(birth), 8) + padded(sequence, 3)
	sex := Female
	if sequence%2 == 1 {
		sex = Male
	}
	mobile := (n%mobiles*mobileStride + p.seed%mobiles) % mobiles
	return Person{
		Name:    personName(&d),
		Kind:    IDCardDocument,
		Number:  body + string(idCheckCharacter(body)),
		Birth:   birth,
		Sex:     sex,
		Mobile:  mobileSegment + padded(mobile, 8),
		Email:   "client" + strconv.FormatUint(n, 10) + "@sancun.example",
		Address: address(province, &d),
		Card:    cardNumber(InventedBIN(bank), n*2),
	}
}

// Organisation invents company n. Its organisation code begins with YY, which
// the register has not reached.
func (p People) Organisation(n uint64) Organisation {
	d := newDice(p.seed, n^1<<63)
	province := provinces[d.below(mainlandProvinces)]
	inner := "YY" + padded((n*619_999+p.seed)%1_000_000, 6)
	body := "91" + padded(uint64(province.Code), 2) + "0000" + inner + string(innerCheckCharacter(inner))
	return Organisation{
		Name:    "示例" + d.pick(trades) + d.pick(trades) + strconv.FormatUint(n, 10) + "号有限公司",
		Code:    body + string(orgCheckCharacter(body)),
		Account: cardNumber(InventedBIN(1), n*2+1),
		Address: address(province, &d),
	}
}

// cardNumber is 19 digits: six of the bank, twelve of the holder, one of Luhn.
func cardNumber(bin string, holder uint64) string {
	body := bin + padded(holder%1_000_000_000_000, 12)
	return body + string(luhnDigit(body))
}

func padded(v uint64, width int) string {
	digits := strconv.FormatUint(v, 10)
	for len(digits) < width {
		digits = "0" + digits
	}
	return digits
}
