package identity

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPeopleAreSoundAndInvented proves that everything about an invented person
// passes the checks of this package and carries the marks of an invention.
func TestPeopleAreSoundAndInvented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := NewPeople(rapid.Uint64().Draw(t, "seed"), today)
		bank := rapid.IntRange(1, InventedBanks).Draw(t, "bank")
		p := people.PersonOf(rapid.Uint64().Draw(t, "n"), bank)
		card, verdict := ParseID(p.Number, today)
		verdicts := []Verdict{verdict, CheckName(p.Name), CheckMobile(p.Mobile), CheckEmail(p.Email), CheckAddress(p.Address), CheckCard(p.Card)}
		for i, v := range verdicts {
			if v != Sound {
				t.Fatalf("check %d of %+v: %v", i, p, v)
			}
		}
		if card.Birth != p.Birth || card.Sex != p.Sex {
			t.Fatalf("%+v has the number of %+v", p, card)
		}
		if age := p.Birth.Age(today); age < 18 || age > 84 {
			t.Fatalf("%+v is %d years old", p, age)
		}
		if !strings.HasSuffix(card.Region, "0000") || !strings.HasPrefix(p.Card, InventedBIN(bank)) ||
			!strings.HasSuffix(p.Email, "@sancun.example") || !strings.Contains(p.Address, "示例市") {
			t.Fatalf("%+v could be somebody", p)
		}
		o := people.Organisation(rapid.Uint64().Draw(t, "company"))
		if CheckOrganisation(o.Code) != Sound || CheckCard(o.Account) != Sound || CheckName(o.Name) != Sound || CheckAddress(o.Address) != Sound {
			t.Fatalf("%+v is not sound", o)
		}
	})
}

// TestPeopleDiffer proves that row K10's unique numbers hold for a whole drill.
func TestPeopleDiffer(t *testing.T) {
	const count = 100_000
	people := NewPeople(7, today)
	seen := make(map[string]uint64, 3*count)
	for n := range uint64(count) {
		p := people.Person(n)
		for _, key := range []string{p.Number, p.Mobile, p.Card} {
			if other, twice := seen[key]; twice {
				t.Fatalf("persons %d and %d share %s", other, n, key)
			}
			seen[key] = n
		}
	}
}

// TestPeopleStay pins the generator: a seed in an old report must give the same people.
func TestPeopleStay(t *testing.T) {
	people := NewPeople(1, today)
	got := people.PersonOf(10_000, 3)
	want := Person{
		Name: "金红子", Kind: IDCardDocument, Number: "120000194111261664", Birth: 19411126, Sex: Female,
		Mobile: "16133990001", Email: "client10000@sancun.example",
		Address: "天津市示例市示例区虚构巷266号17幢902室", Card: "9999030000000200004",
	}
	if got != want {
		t.Errorf("person 10000 is now %#v", got)
	}
	if got, want := people.Organisation(3), (Organisation{
		Name: "示例竹影长风3号有限公司", Code: "91220000YY85999872", Account: "9999010000000000077",
		Address: "吉林省示例市示例区模拟大道120号11幢1603室",
	}); got != want {
		t.Errorf("company 3 is now %#v", got)
	}
}

func TestInventedBIN(t *testing.T) {
	for bank, want := range map[int]string{1: "999901", 99: "999999", 100: "999901", 0: "999999", -1: "999998"} {
		if got := InventedBIN(bank); got != want {
			t.Errorf("InventedBIN(%d) = %s, want %s", bank, got, want)
		}
	}
}

func BenchmarkPerson(b *testing.B) {
	people := NewPeople(1, today)
	for n := range b.N {
		people.Person(uint64(n))
	}
}
