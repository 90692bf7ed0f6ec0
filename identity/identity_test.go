package identity

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const today Day = 20230825

// The ID numbers below have a whole province as their region, which no card
// carries; company codes are public.
func TestCheckDocument(t *testing.T) {
	cases := []struct {
		kind   DocumentKind
		number string
		want   Verdict
	}{
		{IDCardDocument, "11000019900307001X", Sound},
		{IDCardDocument, "11000019900307001x", Sound},
		{IDCardDocument, "330000200002290017", Sound}, // 2000 is a leap year
		{IDCardDocument, "330000190002290017", IDDate},
		{IDCardDocument, "110000199003070011", IDChecksum},
		{IDCardDocument, "110000900307001", IDOldShort},
		{IDCardDocument, "11000019900307001", IDLength},
		{IDCardDocument, "", IDLength},
		{IDCardDocument, "1100001990030700XX", IDSymbol},
		{IDCardDocument, "11000019900307001Y", IDSymbol},
		{IDCardDocument, "990000199003070010", IDRegion},
		{IDCardDocument, "110000199013070010", IDDate},
		{IDCardDocument, "110000203003070010", IDFuture},
		{IDCardDocument, "110000189803070010", IDChecksum},
		{IDCardDocument, "110000189703070010", IDTooOld},
		{IDCardDocument, "１１000019900307", IDSymbol},
		{PassportDocument, "E12345678", Sound},
		{PassportDocument, "EA1234567", Sound},
		{PassportDocument, "e12345678", DocumentShape},
		{PassportDocument, "ABCDEFGHI", DocumentShape},
		{PassportDocument, "E123", DocumentShape},
		{PassportDocument, "E123456789012", DocumentShape},
		{HongKongMacauPass, "H12345678", Sound},
		{HongKongMacauPass, "M1234567800", Sound},
		{HongKongMacauPass, "K12345678", DocumentShape},
		{HongKongMacauPass, "H1234567", DocumentShape},
		{TaiwanPass, "01234567", Sound},
		{TaiwanPass, "0123456A", DocumentShape},
		{ForeignPermanentCard, "USA110090030700", Sound},
		{ForeignPermanentCard, "US1110090030700", DocumentShape},
		{ForeignPermanentCard, "911840199003070010", DocumentShape},
		{ForeignPermanentCard, "811840199003070010", DocumentShape},
		{ForeignPermanentCard, "9118", DocumentShape},
		{ResidencePermit, "810000199003070015", Sound},
		{ResidencePermit, "11000019900307001X", DocumentShape},
		{ResidencePermit, "810000199003070011", IDChecksum},
		{OfficerCard, "南字第12345678号", Sound},
		{OfficerCard, "南字第123", DocumentShape},
		{OfficerCard, "南 12345678", DocumentShape},
		{OrganisationCode, "9144030071526726XG", Sound},
		{OrganisationCode, "914403001922038216", Sound},
		{OrganisationCode, "914403001922038217", OrgChecksum},
		{OrganisationCode, "914403001922038116", OrgInner},
		{OrganisationCode, "91440300192203821", OrgLength},
		{OrganisationCode, "9144030019220382I6", OrgSymbol},
		{OrganisationCode, "919903001922038216", OrgRegion},
		{OrganisationCode, "91A403001922038216", OrgRegion},
		{OrganisationCode, "B14403001922038216", OrgAuthority},
		{0, "x", DocumentKindUnknown},
		{9, "x", DocumentKindUnknown},
	}
	for _, c := range cases {
		if got := CheckDocument(c.kind, c.number, today); got != c.want {
			t.Errorf("CheckDocument(%v, %q) = %v, want %v", c.kind, c.number, got, c.want)
		}
	}
}

func TestParseID(t *testing.T) {
	got, v := ParseID("11000019900307001X", today)
	want := IDCard{Region: "110000", Birth: 19900307, Sex: Male}
	if v != Sound || got != want {
		t.Errorf("ParseID = %+v, %v, want %+v", got, v, want)
	}
	got, v = ParseID("810000199003070020", today)
	if v != IDChecksum || got != (IDCard{}) {
		t.Errorf("a bad number gave %+v, %v", got, v)
	}
}

func TestCards(t *testing.T) {
	cases := []struct {
		number string
		want   Verdict
	}{
		{"9999010000000000009", CardLuhn},
		{cardNumber("999901", 7), Sound},
		{"4111111111111111", Sound}, // the test number every payment manual prints
		{"4111111111111112", CardLuhn},
		{"41111111111111", CardLength},
		{"41111111111111111111", CardLength},
		{"4111 1111 1111 1111", CardSymbol},
		{"", CardLength},
	}
	for _, c := range cases {
		if got := CheckCard(c.number); got != c.want {
			t.Errorf("CheckCard(%q) = %v, want %v", c.number, got, c.want)
		}
	}
	if !CardLuhn.OK() || CardLength.OK() || !Sound.OK() || Sound.Warning() {
		t.Error("only the Luhn digit is a warning")
	}
}

func TestContacts(t *testing.T) {
	cases := []struct {
		check func(string) Verdict
		text  string
		want  Verdict
	}{
		{CheckMobile, "16100000001", Sound},
		{CheckMobile, "12100000001", MobileShape},
		{CheckMobile, "1610000000", MobileShape},
		{CheckMobile, "+8616100000001", MobileShape},
		{CheckEmail, "client1@sancun.example", Sound},
		{CheckEmail, "a.b+c@x-y.example.com", Sound},
		{CheckEmail, "no-at.example", EmailShape},
		{CheckEmail, "@sancun.example", EmailShape},
		{CheckEmail, "a@example", EmailShape},
		{CheckEmail, "a..b@sancun.example", EmailShape},
		{CheckEmail, ".a@sancun.example", EmailShape},
		{CheckEmail, "a b@sancun.example", EmailShape},
		{CheckEmail, "a@-x.example", EmailShape},
		{CheckEmail, "a@b@sancun.example", EmailShape},
		{CheckEmail, "a@10.0.0.1", EmailShape},
		{CheckEmail, strings.Repeat("a", 65) + "@sancun.example", EmailShape},
		{CheckName, "欧阳安", Sound},
		{CheckName, "阿依古丽·买买提", Sound},
		{CheckName, "Anne-Marie O'Neill", Sound},
		{CheckName, "示例晨光1号有限公司", Sound},
		{CheckName, "安", NameShape},
		{CheckName, "安 ", NameShape},
		{CheckName, " 安安", NameShape},
		{CheckName, "安<安", NameShape},
		{CheckName, strings.Repeat("安", 61), NameShape},
		{CheckName, "安\xff安", NameShape},
		{CheckAddress, "北京市示例区测试路1号", Sound},
		{CheckAddress, "北京市", AddressLength},
		{CheckAddress, strings.Repeat("路", 121), AddressLength},
		{CheckAddress, "北京市示例区\n测试路1号", AddressSymbol},
		{CheckAddress, "北京市示例区\xff测试路", AddressSymbol},
	}
	for _, c := range cases {
		if got := c.check(c.text); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestNormalise(t *testing.T) {
	cases := []struct{ in, want string }{
		{"11000019900307001x", "11000019900307001X"},
		{"１１０000 1990-0307 001ｘ", "11000019900307001X"},
		{"9999 0100\u00a00000\u30001", "9999010000001"},
		{"e·123", "E123"},
		{"南字第1号", "南字第1号"},
	}
	for _, c := range cases {
		if got := Normalise(c.in); got != c.want {
			t.Errorf("Normalise(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	for _, in := range []string{"+86 161 0000 0001", "0086-16100000001", "8616100000001", "16100000001"} {
		if got := NormaliseMobile(in); got != "16100000001" {
			t.Errorf("NormaliseMobile(%q) = %q", in, got)
		}
	}
}

func TestMasks(t *testing.T) {
	cases := []struct{ got, want string }{
		{MaskName("王安"), "王*"},
		{MaskName("欧阳安安"), "欧***"},
		{MaskName("安"), "*"},
		{MaskName(""), ""},
		{MaskDocument(IDCardDocument, "11000019900307001X"), "110***********001X"},
		{MaskDocument(PassportDocument, "E12345678"), "E******78"},
		{MaskDocument(PassportDocument, "E12345"), "******"},
		{MaskDocument(OrganisationCode, "914403001922038216"), "914403001922038216"},
		{MaskCard("9999010000000000009"), "999901*********0009"},
		{MaskCard("9999010000000"), "*************"},
		{MaskMobile("16112345678"), "161****5678"},
		{MaskMobile("161123456"), "*********"},
		{MaskEmail("client1@sancun.example"), "c****@sancun.example"},
		{MaskEmail("c@sancun.example"), "****@sancun.example"},
		{MaskEmail("nonsense"), "****"},
		{MaskAddress("浙江省示例市示例区测试路1号"), "浙江省****"},
		{MaskAddress("somewhere"), "****"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestMasksHide proves that no mask of a person shows the whole value, whatever it is.
func TestMasksHide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9A-Za-z王安@]{1,40}`).Draw(t, "value")
		for _, masked := range []string{MaskName(s), MaskDocument(IDCardDocument, s), MaskDocument(PassportDocument, s), MaskCard(s), MaskMobile(s), MaskEmail(s), MaskAddress(s)} {
			if !strings.Contains(masked, "*") {
				t.Fatalf("%q masked as %q", s, masked)
			}
		}
	})
}

func TestPasswords(t *testing.T) {
	own := []string{"11000019900307001X", "client77", "16112345678"}
	cases := []struct {
		password string
		want     Verdict
	}{
		{"Blue-Sky-7", Sound},
		{"a1!a1!a1", Sound},
		{"a1!a1!a", PasswordShort},
		{strings.Repeat("a1!", 22), PasswordLong},
		{"蓝色天空Blue-7", PasswordSymbol},
		{"Blue Sky-7", PasswordSymbol},
		{"BlueSky77", PasswordClasses},
		{"Blue-Sky-", PasswordClasses},
		{"1379-8642", PasswordClasses},
		{"Blue-7777", PasswordRepeat},
		{"Blue-7----", PasswordRepeat},
		{"Blue-1234", PasswordSequence},
		{"Blue-7-dcBA", PasswordSequence},
		{"qWer-Sky-7", PasswordSequence},
		{"poiu-Sky-7", PasswordSequence},
		{"Sky-1990-x", PasswordOwn},
		{"CLIE-nt-7ient", PasswordOwn},
		{"Sky-!!9003", PasswordOwn},
	}
	for _, c := range cases {
		if got := CheckPassword(c.password, own...); got != c.want {
			t.Errorf("CheckPassword(%q) = %v, want %v", c.password, got, c.want)
		}
	}
	keypad := []struct {
		password string
		want     Verdict
	}{
		{"280519", Sound}, {"28051", KeypadShape}, {"28051a", KeypadShape}, {"123480", PasswordSequence},
		{"111180", PasswordRepeat}, {"281990", PasswordOwn},
	}
	for _, c := range keypad {
		if got := CheckKeypadPassword(c.password, own...); got != c.want {
			t.Errorf("CheckKeypadPassword(%q) = %v, want %v", c.password, got, c.want)
		}
	}
}

// TestVerdictsSpeak proves that every verdict has its own sentence in both
// languages and advice beyond a bare "wrong".
func TestVerdictsSpeak(t *testing.T) {
	seen := map[string]Verdict{}
	last := -1
	for _, v := range Verdicts() {
		if int(v) <= last {
			t.Errorf("verdict %d stands out of order", v)
		}
		last = int(v)
		for _, text := range []string{v.English(), v.Chinese()} {
			if text == "" || !utf8.ValidString(text) {
				t.Errorf("verdict %d says %q", v, text)
			}
			if other, twice := seen[text]; twice {
				t.Errorf("verdicts %d and %d both say %q", v, other, text)
			}
			seen[text] = v
		}
	}
	if got := Verdict(9999).String(); got != "9999 Unknown verdict." {
		t.Errorf("an unknown verdict says %q", got)
	}
}

func TestAge(t *testing.T) {
	cases := []struct {
		birth, on Day
		want      int
	}{
		{20050825, 20230825, 18}, {20050826, 20230825, 17}, {20230826, 20230825, 0}, {20000229, 20230228, 22}, {20000229, 20230301, 23},
	}
	for _, c := range cases {
		if got := c.birth.Age(c.on); got != c.want {
			t.Errorf("%d on %d is %d years, want %d", c.birth, c.on, got, c.want)
		}
	}
}

func FuzzChecks(f *testing.F) {
	for _, s := range []string{"11000019900307001X", "9144030071526726XG", "E12345678", "4111111111111111", "a@b.example", "Blue-Sky-7", "\xff", "南字第12345678号"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for k := DocumentKind(0); k < 10; k++ {
			if CheckDocument(k, s, today) == Sound && !k.Valid() {
				t.Errorf("kind %d accepted %q", k, s)
			}
			MaskDocument(k, s)
		}
		if card, v := ParseID(s, today); v == Sound && (!card.Birth.Valid() || card.Birth > today || card.Sex == 0) {
			t.Errorf("%q gave %+v", s, card)
		}
		if n := Normalise(s); Normalise(n) != n {
			t.Errorf("Normalise(%q) is not stable: %q", s, n)
		}
		for _, v := range []Verdict{CheckCard(s), CheckName(s), CheckMobile(s), CheckEmail(s), CheckAddress(s), CheckPassword(s, s)} {
			if v.Chinese() == Verdict(9999).Chinese() {
				t.Errorf("%q: verdict %d has no sentence", s, v)
			}
		}
	})
}
