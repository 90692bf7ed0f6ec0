package bank

import (
	"errors"
	"strings"
	"testing"

	"sancun/money"
)

// openStore is a key store whose MAC is always the same, so that tests and the
// fuzzer reach what lies behind the MAC check.
type openStore struct{ *SoftStore }

func (openStore) MAC(KeyRef, MACAlgorithm, []byte) ([]byte, error) {
	return make([]byte, 32), nil
}

func newOpenStore() openStore { return openStore{NewSoftStore(newSeeded(3))} }

// TestEncodeRefuses: a message the format cannot say without loss is refused
// with the field at fault.
func TestEncodeRefuses(t *testing.T) {
	broker, _ := newPair(t)
	for _, c := range []struct {
		name   string
		format Format
		spoil  func(d *Deposit)
		field  string
		want   error
	}{
		{"negative amount", Fixed24(), func(d *Deposit) { d.Amount = -1 }, "amount", ErrNegative},
		{"negative yuan", Fixed10(), func(d *Deposit) { d.Amount = -1 }, "amount", ErrNegative},
		{"amount too wide", Fixed24(), func(d *Deposit) { d.Amount = 1e16 }, "amount", ErrWidth},
		{"amount too wide in yuan", Fixed10(), func(d *Deposit) { d.Amount = 1e17 }, "amount", ErrWidth},
		{"epoch beyond the integers", Fixed24(), func(d *Deposit) { d.Epoch = 1 << 63 }, "epoch", ErrOverflow},
		{"epoch too wide", Fixed24(), func(d *Deposit) { d.Epoch = 1e10 }, "epoch", ErrWidth},
		{"account too long", Fixed24(), func(d *Deposit) { d.FundAccount = strings.Repeat("1", 21) }, "fund_account", ErrWidth},
		{"account missing", Delim(), func(d *Deposit) { d.FundAccount = "" }, "fund_account", ErrMissing},
		{"unknown currency", Delim(), func(d *Deposit) { d.Currency = 9 }, "currency", ErrCode},
		{"no currency", Delim(), func(d *Deposit) { d.Currency = 0 }, "currency", ErrMissing},
		{"separator in text", Delim(), func(d *Deposit) { d.Remark = "a|b" }, "remark", ErrEncoding},
		{"new line in text", Delim(), func(d *Deposit) { d.Remark = "a\nb" }, "remark", ErrEncoding},
		{"not UTF-8", Fixed24(), func(d *Deposit) { d.Remark = "\xff" }, "remark", ErrEncoding},
		{"outside GBK", Fixed10(), func(d *Deposit) { d.Remark = "𠮷" }, "remark", ErrEncoding},
		{"text ends with a space", Fixed24(), func(d *Deposit) { d.Remark = "a " }, "remark", ErrEncoding},
		{"PIN block of another form", Fixed24(), func(d *Deposit) { d.BankPassword = make(PINBlock, 32) }, "bank_password", ErrLength},
		{"impossible date", Delim(), func(d *Deposit) { d.Date = 20230230 }, "date", ErrDate},
		{"impossible time", Delim(), func(d *Deposit) { d.Time = 246000 }, "time", ErrDate},
		{"another version", Delim(), func(d *Deposit) { d.Version = 2 }, "version", ErrVersion},
		{"no initiator", Delim(), func(d *Deposit) { d.Initiator = 0 }, "function", ErrFunction},
		{"strange initiator", Fixed24(), func(d *Deposit) { d.Initiator = 3 }, "function", ErrFunction},
		{"master key for a transfer", Fixed24(), func(d *Deposit) { d.KeySet = 0 }, "key_set", ErrKey},
		{"key set that was never exchanged", Fixed24(), func(d *Deposit) { d.KeySet = 6 }, "mac", ErrKey},
		{"outcome in a request", Delim(), func(d *Deposit) { d.Status = Success }, "status", ErrStatus},
		{"code in a request", Delim(), func(d *Deposit) { d.ErrorCode = "0000" }, "error_code", ErrNoField},
		{"reply without outcome", Delim(), func(d *Deposit) { d.Reply = true }, "status", ErrStatus},
		{"status without its code", Fixed24(), func(d *Deposit) {
			*d = Deposit{Envelope: d.Envelope, Transfer: d.Transfer}
			d.Reply, d.BankPassword, d.FundPassword, d.Remark = true, nil, nil, ""
			d.Outcome = Outcome{Status: Success, ErrorCode: "8888"}
		}, "error_code", ErrStatus},
		{"password in a reply", Fixed24(), func(d *Deposit) {
			d.Reply, d.FundPassword, d.Remark = true, nil, ""
			d.Outcome = Outcome{Status: Success, ErrorCode: "0000"}
		}, "bank_password", ErrNoField},
	} {
		codec := newCodec(t, c.format, broker)
		d := sampleDeposit(codec)
		c.spoil(d)
		_, err := codec.Encode(d)
		var fault *FieldError
		if !errors.As(err, &fault) || (c.want != nil && !errors.Is(err, c.want)) || fault.Field != c.field {
			t.Errorf("%s: got %v, want field %s: %v", c.name, err, c.field, c.want)
		}
	}
	if _, err := newCodec(t, Delim(), broker).Encode(&QueryBankBalance{Envelope: Envelope{Header: sampleHeader(Bank)}}); !errors.Is(err, ErrFunction) {
		t.Errorf("bank asks the bank for a card balance: got %v", err)
	}
}

func sampleDeposit(c *Codec) *Deposit {
	p := samplePartyOf()
	pin := make(PINBlock, c.format.PIN.Bytes())
	return &Deposit{
		Envelope: Envelope{Header: sampleHeader(Broker)},
		Transfer: Transfer{FundAccount: p.FundAccount, BankAccount: p.BankAccount, Currency: money.CNY, Amount: 100, BankPassword: pin, Remark: "入市"},
	}
}

// TestDecodeRefuses: an authentic frame with a value that cannot be is refused
// with field and offset, and its header is given so that it can be answered.
func TestDecodeRefuses(t *testing.T) {
	store := newOpenStore()
	for _, c := range []struct {
		name     string
		format   Format
		old, new string
		field    string
		want     error
	}{
		{"negative amount", Fixed24(), "0000000000000100", "-000000000000100", "amount", ErrNegative},
		{"amount of letters", Fixed24(), "0000000000000100", "000000000000010O", "amount", ErrEncoding},
		{"amount with a plus", Fixed24(), "0000000000000100", "+000000000000100", "amount", ErrEncoding},
		{"blank amount", Fixed24(), "0000000000000100", "                ", "amount", ErrEncoding},
		{"negative yuan", Fixed10(), "              1.00", "             -1.00", "amount", ErrNegative},
		{"yuan filled with zeros", Fixed10(), "              1.00", "000000000000001.00", "amount", ErrEncoding},
		{"yuan with three decimals", Fixed10(), "              1.00", "             1.000", "amount", ErrEncoding},
		{"amount with leading zero", Delim(), "|100|", "|0100|", "amount", ErrEncoding},
		{"amount too wide", Delim(), "|100|", "|1000000000000000000|", "amount", ErrWidth},
		{"empty amount", Delim(), "|100|", "||", "amount", ErrMissing},
		{"unknown currency", Delim(), "|0|100|", "|7|100|", "currency", ErrCode},
		{"text is not GB18030", Delim(), "\xc8\xeb\xca\xd0", "\xff\xff\xff\xff", "remark", ErrEncoding},
		{"control character", Delim(), "\xc8\xeb\xca\xd0", "a\x00\x01b", "remark", ErrEncoding},
		{"password not hexadecimal", Delim(), "|0000000000", "|G000000000", "bank_password", ErrEncoding},
		{"password in capitals", Delim(), "|0000000000", "|A000000000", "bank_password", ErrEncoding},
	} {
		codec := newCodec(t, c.format, store)
		frame, err := codec.Encode(sampleDeposit(codec))
		if err != nil {
			t.Fatal(err)
		}
		body := strings.Replace(string(frame[c.format.Prefix.bytes():]), c.old, c.new, 1)
		bad := append(make([]byte, c.format.Prefix.bytes()), body...)
		if err := c.format.Prefix.put(bad); err != nil {
			t.Fatal(err)
		}
		_, err = codec.Decode(bad)
		var fault *FieldError
		if !errors.As(err, &fault) || !errors.Is(err, c.want) || fault.Field != c.field {
			t.Errorf("%s: got %v, want field %s: %v", c.name, err, c.field, c.want)
			continue
		}
		if fault.Read == nil || fault.Read.Head().BrokerSerial != "S00000003" {
			t.Errorf("%s: no message to answer to", c.name)
			continue
		}
		if _, err := codec.Encode(codec.Reply(fault.Read, c.format.Outcome(NotProcessed, "报文格式错误"))); err != nil && c.field != "currency" {
			t.Errorf("%s: it cannot be answered: %v", c.name, err)
		}
		if at := strings.Index(string(bad), c.new); fault.Offset < at-20 || fault.Offset > at+len(c.new) {
			t.Errorf("%s: offset %d, the fault is about %d", c.name, fault.Offset, at)
		}
	}
}

// TestDecodeRefusesFrames: frames whose frame, header or function is wrong.
func TestDecodeRefusesFrames(t *testing.T) {
	store := newOpenStore()
	codec := newCodec(t, Fixed24(), store)
	good, err := codec.Encode(sampleDeposit(codec))
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, with string) string {
		return string(good[:at]) + with + string(good[at+len(with):])
	}
	reply, err := codec.Encode(codec.Reply(sampleDeposit(codec), codec.format.Outcome(Refused, "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, frame string
		want        error
	}{
		{"nothing", "", ErrLength},
		{"half a prefix", "01", ErrLength},
		{"prefix too large", change(0, "9999"), ErrLength},
		{"prefix of letters", change(0, "00x1"), ErrLength},
		{"frame too short", "0005" + "24701", ErrLength},
		{"byte too many", "0" + string(good[1:]) + " ", ErrLength},
		{"unknown function", change(4, "99999"), ErrFunction},
		{"blank function", change(4, "     "), ErrFunction},
		{"function of another length", change(4, "24702"), nil}, // a withdrawal has the same table
		{"sign-in code on a deposit", change(4, "24901"), ErrLength},
		{"reply flag", change(9, "2"), ErrCode},
		{"version", change(10, "02"), ErrVersion},
		{"date", change(28, "20230230"), ErrDate},
		{"key set", change(112, "4294967296"), ErrOverflow},
		{"master key set", change(112, "0000000000"), ErrKey},
		{"wrong MAC", change(len(good)-16, "1"), ErrMAC},
		{"MAC in capitals", change(len(good)-16, "A"), ErrMAC},
		{"unlisted error code", strings.Replace(string(reply), "8888", "4711", 1), nil},
		{"no error code", strings.Replace(string(reply), "8888", "    ", 1), ErrMissing},
	} {
		m, err := codec.Decode([]byte(c.frame))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if c.name == "unlisted error code" && (m == nil || m.Result().Status != Unknown) {
			t.Errorf("an error code nobody knows must leave the outcome unknown")
		}
	}
}

// TestUnknownStatus: a reply with a status word outside the table is an error
// of its own kind, because the transfer must then be treated as unknown.
func TestUnknownStatus(t *testing.T) {
	codec := newCodec(t, Delim(), newOpenStore())
	d := sampleDeposit(codec)
	frame, err := codec.Encode(codec.Reply(d, codec.format.Outcome(Success, "")))
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(frame), "|0|0000|", "|8|0000|", 1)
	if _, err := codec.Decode([]byte(bad)); !errors.Is(err, ErrStatus) {
		t.Errorf("got %v, want %v", err, ErrStatus)
	}
	for _, c := range []struct {
		o    Outcome
		want Status
	}{
		{Outcome{Status: Refused}, Refused},
		{Outcome{Status: Duplicate, FirstStatus: Success}, Success},
		{Outcome{Status: Duplicate}, Unknown},
		{Outcome{Status: Duplicate, FirstStatus: Duplicate}, Unknown},
	} {
		if got := c.o.Final(); got != c.want {
			t.Errorf("final status of %v is %v, want %v", c.o, got, c.want)
		}
	}
}

// TestPipeInsideCharacter: the second byte of a GBK character can be '|' and
// does not end the field.
func TestPipeInsideCharacter(t *testing.T) {
	broker, bank := newPair(t)
	name := string(runes(GBK)[len(runes(GBK))-2:])
	raw, err := GBK.encode(name)
	if err != nil || strings.Count(string(raw), "|") != 2 {
		t.Fatalf("%q is %q: not the characters this test is about (%v)", name, raw, err)
	}
	codec := newCodec(t, Delim(), broker)
	m := &PreDesignate{Envelope: Envelope{Header: sampleHeader(Bank)}, Party: samplePartyOf()}
	m.Name = name
	frame, err := codec.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := newCodec(t, Delim(), bank).Decode(frame)
	if err != nil || got.(*PreDesignate).Name != name {
		t.Errorf("the name came back as another: %v", err)
	}
}

// TestKeyAndResend: the key is the initiator's serial; a resend is the same
// request even when written later by another epoch, a changed amount is not.
func TestKeyAndResend(t *testing.T) {
	codec := newCodec(t, Fixed24(), newOpenStore())
	d := sampleDeposit(codec)
	key, err := d.Key()
	if want := (Key{Broker, 20230825, "S00000003"}); err != nil || key != want {
		t.Errorf("key %v, want %v (%v)", key, want, err)
	}
	original := OriginalOf(&d.Header)
	if k, err := original.Key(); err != nil || k != key {
		t.Errorf("key of the original %v, want %v (%v)", k, key, err)
	}
	again := sampleDeposit(codec)
	again.Time, again.Epoch, again.BankPassword = 101500, 4, PINBlock{1}
	if !SameRequest(d, again) {
		t.Error("a resend is taken for another request")
	}
	again.Amount++
	if SameRequest(d, again) {
		t.Error("another amount under the same key is taken for a resend")
	}
	if SameRequest(d, &Withdrawal{Envelope: d.Envelope, Transfer: d.Transfer}) {
		t.Error("a withdrawal is taken for a deposit sent again")
	}
	d.BrokerSerial = ""
	if _, err := d.Key(); !errors.Is(err, ErrMissing) {
		t.Errorf("no serial: got %v", err)
	}
}

// TestFormatCheck: a table that contradicts itself is found when the codec is
// made, not when money moves.
func TestFormatCheck(t *testing.T) {
	for name, spoil := range map[string]func(f *Format){
		"no function first":    func(f *Format) { f.Header = f.Header[1:] },
		"no serial":            func(f *Format) { f.Header[8].Name = "remark" },
		"MAC too short":        func(f *Format) { f.MACWidth = 4 },
		"MAC too long":         func(f *Format) { f.MACWidth = 17 },
		"no error rules":       func(f *Format) { f.Errors = nil },
		"function missing":     func(f *Format) { f.Layouts = f.Layouts[1:] },
		"function strange":     func(f *Format) { f.Layouts[0].Function = 999 },
		"code twice":           func(f *Format) { f.Layouts[1].BankCode = f.Layouts[0].BankCode },
		"code missing":         func(f *Format) { f.Layouts[1].BankCode = "" },
		"same code both sides": func(f *Format) { f.Layouts[1].BankCode = f.Layouts[1].BrokerCode },
		"code too wide":        func(f *Format) { f.Layouts[1].BankCode = "123456" },
		"core field missing":   func(f *Format) { f.Layouts[12].Request = f.Layouts[12].Request[1:] },
		"field twice":          func(f *Format) { f.Layouts[0].Request = []Field{text("operator", 1), text("operator", 1)} },
		"field strange":        func(f *Format) { f.Layouts[0].Request = []Field{text("shoe_size", 1)} },
		"field of wrong kind":  func(f *Format) { f.Layouts[0].Request = []Field{number("operator", 1)} },
		"no width":             func(f *Format) { f.Layouts[0].Request = []Field{text("operator", 0)} },
		"word twice":           func(f *Format) { f.Header[1].Codes = []Code{{"0", 0}, {"0", 1}} },
		"word too wide":        func(f *Format) { f.Header[1].Codes = []Code{{"no", 0}, {"yes", 1}} },
		"frame too long":       func(f *Format) { f.FrameMax = 5_000 },
	} {
		f := Fixed24()
		spoil(&f)
		if _, err := NewCodec(f, testBank, newOpenStore()); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, want %v", name, err, ErrFormat)
		}
	}
	for _, f := range formats() {
		codec := newCodec(t, f, newOpenStore())
		m := &FileSend{Envelope: Envelope{Header: sampleHeader(Broker)}, FileNotice: FileNotice{"x", 1, make([]byte, 32), 1}, Index: 1, Data: make([]byte, f.ChunkMax)}
		if frame, err := codec.Encode(m); err != nil || len(frame) > f.FrameMax {
			t.Errorf("%s: the largest chunk makes a frame of %d bytes: %v", f.Name, len(frame), err)
		}
	}
}
