package identity

import "strconv"

// Verdict is the result of one check. The numbers appear in answers and in
// records and never change. The zero Verdict is Sound.
type Verdict uint16

// The verdicts. Hundreds group them: 1xx ID card, 2xx other documents, 3xx
// company code, 4xx bank card, 5xx contact data, 6xx passwords.
const (
	Sound Verdict = 0

	IDLength   Verdict = 101
	IDOldShort Verdict = 102
	IDSymbol   Verdict = 103
	IDRegion   Verdict = 104
	IDDate     Verdict = 105
	IDFuture   Verdict = 106
	IDTooOld   Verdict = 107
	IDChecksum Verdict = 108

	DocumentKindUnknown Verdict = 201
	DocumentShape       Verdict = 202

	OrgLength    Verdict = 301
	OrgSymbol    Verdict = 302
	OrgRegion    Verdict = 303
	OrgInner     Verdict = 304
	OrgChecksum  Verdict = 305
	OrgAuthority Verdict = 306

	CardLength Verdict = 401
	CardSymbol Verdict = 402
	CardLuhn   Verdict = 403

	NameShape     Verdict = 501
	MobileShape   Verdict = 502
	EmailShape    Verdict = 503
	AddressLength Verdict = 504
	AddressSymbol Verdict = 505

	PasswordShort    Verdict = 601
	PasswordLong     Verdict = 602
	PasswordSymbol   Verdict = 603
	PasswordClasses  Verdict = 604
	PasswordRepeat   Verdict = 605
	PasswordSequence Verdict = 606
	PasswordOwn      Verdict = 607
	KeypadShape      Verdict = 608
)

// OK says whether the value may be used: it is sound, or the verdict is only a warning.
func (v Verdict) OK() bool { return v == Sound || v.Warning() }

// Warning says whether the verdict asks a person to look without refusing the
// value. Some cards issued before the Luhn digit was required fail it and work
// (docs: domain facts, section F.5).
func (v Verdict) Warning() bool { return v == CardLuhn }

// String is the English sentence after the number, for logs. It never holds the
// value that was checked.
func (v Verdict) String() string { return strconv.Itoa(int(v)) + " " + v.English() }

// English says in one sentence what is wrong and what to do.
func (v Verdict) English() string { return v.sentence().english }

// Chinese says the same in Chinese.
func (v Verdict) Chinese() string { return v.sentence().chinese }

type sentence struct {
	verdict          Verdict
	english, chinese string
}

func (v Verdict) sentence() sentence {
	for _, s := range sentences {
		if s.verdict == v {
			return s
		}
	}
	return sentence{v, "Unknown verdict.", "未知的校验结果。"}
}

// sentences is a slice and not a map so that listing it has one order.
var sentences = [...]sentence{
	{Sound, "Sound.", "校验通过。"},
	{IDLength, "An ID number has 18 characters; count them and enter it again.", "身份证号码应为18位，请核对后重新输入。"},
	{IDOldShort, "15-digit ID numbers are no longer valid; ask for the 18-character one.", "15位身份证号码已停用，请提供18位号码。"},
	{IDSymbol, "An ID number is 17 digits and a digit or X; remove other characters.", "身份证号码应为17位数字加1位数字或X，请去除其他字符。"},
	{IDRegion, "The first two digits name no province; read them again from the card.", "身份证号码前两位不是有效的省级代码，请对照证件核对。"},
	{IDDate, "Digits 7 to 14 are not a date; read them again from the card.", "身份证号码第7至14位不是有效日期，请对照证件核对。"},
	{IDFuture, "The birth date in the ID number lies in the future; read it again from the card.", "身份证号码中的出生日期晚于当前日期，请对照证件核对。"},
	{IDTooOld, "The birth date in the ID number lies too far back; read it again from the card.", "身份证号码中的出生日期过早，请对照证件核对。"},
	{IDChecksum, "The last character of the ID number does not fit the others; read all of it again.", "身份证号码校验位不符，请逐位核对。"},
	{DocumentKindUnknown, "This kind of document is not accepted; choose one of the list.", "证件类型不受理，请从列表中选择。"},
	{DocumentShape, "The number does not have the form of this kind of document; check kind and number.", "证件号码格式与证件类型不符，请核对类型和号码。"},
	{OrgLength, "A unified social credit code has 18 characters; count them and enter it again.", "统一社会信用代码应为18位，请核对后重新输入。"},
	{OrgSymbol, "A unified social credit code has digits and capitals without I, O, S, V, Z.", "统一社会信用代码只含数字和大写字母（不含I、O、S、V、Z），请核对。"},
	{OrgRegion, "Characters 3 to 8 of the credit code name no region; read them again.", "统一社会信用代码第3至8位不是有效的行政区划，请核对。"},
	{OrgInner, "The organisation code inside the credit code (9 to 17) fails its check character; read it again.", "统一社会信用代码第9至17位（主体标识码）校验不符，请核对。"},
	{OrgChecksum, "The last character of the credit code does not fit the others; read all of it again.", "统一社会信用代码校验位不符，请逐位核对。"},
	{OrgAuthority, "The first character of the credit code names no registering authority; read it again.", "统一社会信用代码首位不是有效的登记管理部门，请核对。"},
	{CardLength, "A bank card number has 15 to 19 digits; count them and enter it again.", "银行卡号应为15至19位数字，请核对后重新输入。"},
	{CardSymbol, "A bank card number has digits only; remove other characters.", "银行卡号只能包含数字，请去除其他字符。"},
	{CardLuhn, "The card number fails its check digit; compare it with the card. An old card may still be right.", "银行卡号校验位不符，请对照卡面核对；部分早期卡片可能仍然有效。"},
	{NameShape, "A name has 2 to 60 letters, dots or spaces between them; enter it as on the document.", "姓名应为2至60个文字，可含间隔点或空格，请按证件填写。"},
	{MobileShape, "A mobile number has 11 digits and begins with 13 to 19; enter it again.", "手机号码应为11位数字且以13至19开头，请重新输入。"},
	{EmailShape, "This is not an e-mail address; enter one like name@example.com.", "电子邮箱格式不正确，请按 name@example.com 的形式填写。"},
	{AddressLength, "An address has 6 to 120 characters; enter province, city, street and number.", "地址应为6至120个字，请填写省、市、街道和门牌号。"},
	{AddressSymbol, "The address holds characters that cannot be printed; enter it again.", "地址中含有不可显示的字符，请重新输入。"},
	{PasswordShort, "The password is too short; take at least 8 characters.", "密码太短，至少8位。"},
	{PasswordLong, "The password is too long; take at most 64 characters.", "密码太长，最多64位。"},
	{PasswordSymbol, "The password holds a character that keyboards do not share; use printable ASCII without spaces.", "密码含有不支持的字符，请使用英文字母、数字和半角符号，不含空格。"},
	{PasswordClasses, "The password needs a letter, a digit and a symbol; add what is missing.", "密码须同时包含字母、数字和符号，请补充。"},
	{PasswordRepeat, "The password repeats one character four times or more; vary it.", "密码中同一字符连续出现4次或以上，请更换。"},
	{PasswordSequence, "The password holds a run such as 1234, dcba or qwer; break it up.", "密码中含有连续字符（如1234、dcba、qwer），请更换。"},
	{PasswordOwn, "The password holds a part of your document, account or telephone number; choose another.", "密码包含证件号、账号或电话号码的一部分，请更换。"},
	{KeypadShape, "A keypad password is exactly 6 digits.", "键盘密码应为6位数字。"},
}

// Verdicts lists every verdict in the order of their numbers, for documents and tests.
func Verdicts() []Verdict {
	all := make([]Verdict, 0, len(sentences))
	for _, s := range sentences {
		all = append(all, s.verdict)
	}
	return all
}
