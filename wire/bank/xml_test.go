package bank

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// xmlDeposit is a frame of a deposit and a codec that believes every MAC.
func xmlDeposit(t *testing.T, f Format) (*Codec, string) {
	t.Helper()
	codec := newCodec(t, f, newOpenStore())
	frame, err := codec.Encode(sampleDeposit(codec))
	if err != nil {
		t.Fatal(err)
	}
	return codec, string(frame[f.Prefix.bytes():])
}

func decodeBody(t *testing.T, c *Codec, body string) (Message, error) {
	t.Helper()
	frame := append(make([]byte, c.format.Prefix.bytes()), body...)
	if err := c.format.Prefix.put(frame); err != nil {
		t.Fatal(err)
	}
	return c.Decode(frame)
}

// TestXMLRefuses: there is one way to write a message, and everything else that
// XML would allow is refused: what could hide, what could grow, what could be
// read in two ways.
func TestXMLRefuses(t *testing.T) {
	codec, good := xmlDeposit(t, XML())
	if _, err := decodeBody(t, codec, good); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("<A>1</A>", elementsMax)
	for _, c := range []struct {
		name, old, new string
		want           error
	}{
		{"another code page", `encoding="GB18030"`, `encoding="UTF-8"`, ErrStructure},
		{"no prolog", `<?xml version="1.0" encoding="GB18030"?>`, "", ErrStructure},
		{"byte order mark", `<?xml`, "\xef\xbb\xbf<?xml", ErrStructure},
		{"document type", "<Bkmsg>", `<!DOCTYPE Bkmsg [<!ENTITY a "aaaa">]><Bkmsg>`, ErrStructure},
		{"document type inside", "<Bkmsg>", `<Bkmsg><!DOCTYPE a>`, ErrStructure},
		{"another root", "<Bkmsg>", "<Bkmsh>", ErrStructure},
		{"root not closed", "</Bkmsg>", "", ErrStructure},
		{"two roots", "</Bkmsg>", "</Bkmsg><Bkmsg></Bkmsg>", ErrStructure},
		{"bytes behind", "</Bkmsg>", "</Bkmsg>\n", ErrStructure},
		{"space between elements", "<Head>", " <Head>", ErrStructure},
		{"indented", "<TrdCode>", "\n  <TrdCode>", ErrStructure},
		{"attribute", "<TrfAmt>", `<TrfAmt Ccy="CNY">`, ErrStructure},
		{"name space", "<Bkmsg>", `<Bkmsg xmlns="a">`, ErrStructure},
		{"comment", "<TrfAmt>", "<!-- 9 --><TrfAmt>", ErrStructure},
		{"comment in a value", "<TrfAmt>1.00", "<TrfAmt>1.00<!-- 9 -->", ErrStructure},
		{"processing instruction", "<Head>", "<?a b?><Head>", ErrStructure},
		{"CDATA", "<TrfAmt>1.00", "<TrfAmt><![CDATA[1.00]]>", ErrStructure},
		{"entity", "<TrfAmt>1.00", "<TrfAmt>&a;", ErrStructure},
		{"entity of a character", "<TrfAmt>1.00", "<TrfAmt>&#49;.00", ErrStructure},
		{"quote escaped", "\xc8\xeb\xca\xd0", "&quot;", ErrStructure},
		{"ampersand by itself", "\xc8\xeb\xca\xd0", "A&B", ErrStructure},
		{"greater by itself", "\xc8\xeb\xca\xd0", "A>B", ErrStructure},
		{"less by itself", "\xc8\xeb\xca\xd0", "A<B", ErrStructure},
		{"self-closing", "<Remark>\xc8\xeb\xca\xd0</Remark>", "<Remark/>", ErrStructure},
		{"empty", "\xc8\xeb\xca\xd0", "", ErrStructure},
		{"empty section", "<Mac>", "<Rst></Rst><Mac>", ErrStructure},
		{"too deep", "<TrfAmt>1.00", "<TrfAmt><Yuan>1.00</Yuan>", ErrStructure},
		{"very deep", "<Head>", strings.Repeat("<A>", 10_000), ErrStructure},
		{"too many elements", "<Mac>", "<X>" + many + "</X><Mac>", ErrStructure},
		{"long name", "<Head>", "<" + strings.Repeat("a", nameMax+1) + ">", ErrStructure},
		{"name that never ends", "<Head>", "<" + strings.Repeat("a", 50_000), ErrStructure},
		{"element twice", "<TrfAmt>1.00</TrfAmt>", "<TrfAmt>1.00</TrfAmt><TrfAmt>2.00</TrfAmt>", ErrStructure},
		{"element of no table", "<TrfAmt>", "<Bonus>1</Bonus><TrfAmt>", ErrStructure},
		{"out of order", "<Ver>1</Ver><Init>Broker</Init>", "<Init>Broker</Init><Ver>1</Ver>", ErrMissing},
		{"in another section", "<Body>", "</Body><Rest>", ErrStructure},
		{"case", "<TrfAmt>1.00</TrfAmt>", "<TRFAMT>1.00</TRFAMT>", ErrStructure},
		{"wrong closing tag", "</TrfAmt>", "</TrfAmnt>", ErrStructure},
		{"no function", "<TrdCode>0401</TrdCode>", "", ErrFunction},
		{"unknown function", "0401", "0499", ErrFunction},
		{"no MAC", good[strings.Index(good, "<Mac>"):strings.Index(good, "</Bkmsg>")], "", ErrMAC},
		{"no amount", "<TrfAmt>1.00</TrfAmt>", "", ErrMissing},
		{"amount with three decimals", "1.00", "1.000", ErrEncoding},
		{"amount with a leading zero", "1.00", "01.00", ErrEncoding},
		{"negative amount", "1.00", "-1.00", ErrNegative},
		{"unknown word", "CNY", "CNH", ErrCode},
		{"space around a value", "\xc8\xeb\xca\xd0", " a", ErrEncoding},
		{"bytes outside the code page", "\xc8\xeb\xca\xd0", "\xff\xff", ErrEncoding},
		{"control character", "\xc8\xeb\xca\xd0", "a\x01", ErrEncoding},
		{"new line in a value", "\xc8\xeb\xca\xd0", "a\nb", ErrEncoding},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%s: %q is not in the frame", c.name, c.old)
		}
		_, err := decodeBody(t, codec, bad)
		var fault *FieldError
		if !errors.As(err, &fault) || !errors.Is(err, c.want) {
			t.Errorf("%s: got %.200v, want %v", c.name, err, c.want)
			continue
		}
		if fault.Offset > len(bad)+codec.format.Prefix.bytes() {
			t.Errorf("%s: offset %d points behind the frame", c.name, fault.Offset)
		}
	}
}

// TestXMLCut: no beginning of a frame is a frame.
func TestXMLCut(t *testing.T) {
	codec, good := xmlDeposit(t, XMLUTF8())
	for n := range len(good) {
		if _, err := decodeBody(t, codec, good[:n]); err == nil {
			t.Fatalf("accepted the first %d of %d bytes", n, len(good))
		}
	}
}

// TestXMLText: every text a bank may send comes back, with the characters that
// XML keeps for itself escaped, in both code pages; the MAC covers it.
func TestXMLText(t *testing.T) {
	for _, f := range []Format{XML(), XMLUTF8()} {
		broker, bank := newPair(t)
		here, there := newCodec(t, f, broker), newCodec(t, f, bank)
		rapid.Check(t, func(t *rapid.T) {
			d := sampleDeposit(here)
			d.Remark = strings.TrimSpace(rapid.StringOfN(rapid.SampledFrom([]rune("&<>;amplgt\"'/ 入市𠮷")), 0, 24, 24).Draw(t, "remark"))
			frame, err := here.Encode(d)
			if err != nil {
				t.Fatal(err)
			}
			got, err := there.Decode(frame)
			if err != nil || got.(*Deposit).Remark != d.Remark {
				t.Fatalf("%q came back as %+v, %v", d.Remark, got, err)
			}
		})
	}
	codec, _ := xmlDeposit(t, XMLUTF8())
	for _, forbidden := range []string{"\uFFFE", "a\uFFFF"} {
		d := sampleDeposit(codec)
		d.Remark = forbidden
		if _, err := codec.Encode(d); !errors.Is(err, ErrEncoding) {
			t.Errorf("%q, which XML does not allow: %v", forbidden, err)
		}
	}
}

// TestXMLTables: a table whose elements cannot be told apart is found when the
// codec is made.
func TestXMLTables(t *testing.T) {
	for name, spoil := range map[string]func(f *Format){
		"no root":          func(f *Format) { f.Root = "" },
		"root of signs":    func(f *Format) { f.Root = "a b" },
		"no element":       func(f *Format) { f.Header[3].Label = "" },
		"element of signs": func(f *Format) { f.Header[3].Label = "a>" },
		"element twice":    func(f *Format) { f.Header[3].Label = f.Header[4].Label },
		"section twice":    func(f *Format) { f.Header[3].Section = "Other" },
		"section of signs": func(f *Format) { f.Header[3].Section = "<" },
		"name of a digit":  func(f *Format) { f.Header[3].Label = "1a" },
		"name too long":    func(f *Format) { f.Header[3].Label = strings.Repeat("a", nameMax+1) },
		"frame too short":  func(f *Format) { f.FrameMax = 60 << 10 },
	} {
		f := XML()
		spoil(&f)
		if _, err := NewCodec(f, testBank, newOpenStore()); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v, want %v", name, err, ErrFormat)
		}
	}
	if _, ok := FormatOf("xml-utf8"); !ok {
		t.Error("xml-utf8 is not built in")
	}
	if _, ok := FormatOf("yaml"); ok {
		t.Error("yaml is built in")
	}
	seen := map[string]bool{}
	for _, f := range Formats() {
		if seen[f.Name] {
			t.Errorf("two formats are called %s", f.Name)
		}
		seen[f.Name] = true
	}
	for name, element := range xmlElements {
		if !isName(element) {
			t.Errorf("%s: %q is no element name", name, element)
		}
	}
}
