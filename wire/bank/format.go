package bank

import (
	"fmt"
	"slices"
	"strings"
)

// Style is how fields are laid one after the other.
type Style uint8

// The styles.
const (
	StyleFixed     Style = 1 // every field has its width
	StyleDelimited Style = 2 // fields end with Format.Separator
	StyleTagged    Style = 3 // every field is an XML element; an empty one is left out
)

// Prefix is the length that opens a frame. It counts the bytes after itself.
type Prefix uint8

// The prefixes.
const (
	PrefixDigits4 Prefix = 1 // four decimal digits, bodies up to 9,999 bytes
	PrefixDigits6 Prefix = 2 // six decimal digits, bodies up to 999,999 bytes
	PrefixBinary4 Prefix = 3 // four bytes, most significant first
)

// Layout is the tables of one function.
type Layout struct {
	Function Function
	// BrokerCode and BankCode are the function codes on the wire when the one or
	// the other starts; empty when it may not. When they are the same word, the
	// format's header must carry the field "initiator".
	BrokerCode, BankCode string
	// Request and Reply are the fields after the header and before the MAC.
	Request, Reply []Field
}

// ErrorRule says what an error code of a bank means.
type ErrorRule struct {
	Code   string
	Status Status
}

// Format is one bank's byte format as data. A Format is made once, checked by
// NewCodec, and not changed afterwards.
type Format struct {
	Name      string
	Style     Style
	Separator byte   // StyleDelimited only; a body ends with it, too
	Root      string // StyleTagged only: the outermost element
	Charset   Charset
	Prefix    Prefix
	FrameMax  int // bytes of the longest frame, prefix included
	ChunkMax  int // bytes of file data in one FileSend
	MAC       MACAlgorithm
	MACWidth  int // bytes of the truncated MAC; the field is twice as wide
	PIN       PINForm
	// Header opens every frame. It begins with the function code and holds the
	// reply flag. MAC closes every frame.
	Header []Field
	// ReplyHead follows the header in replies: the outcome.
	ReplyHead []Field
	Layouts   []Layout
	// Errors, when not empty, is how the status of a reply follows from its
	// error code; the reply then has no status field. The first code of a status
	// is written when an outcome has none. A code that is not listed means
	// Unknown: an unknown word is never taken for a refusal (law L6).
	Errors []ErrorRule
}

// prefixBytes returns the size of the length prefix.
func (p Prefix) bytes() int {
	if p == PrefixDigits6 {
		return 6
	}
	return 4
}

// fields returns the whole table of one kind of frame, MAC included.
func (f *Format) fields(l *Layout, reply bool) []Field {
	mac := Field{Name: "mac", Kind: KindMAC, Width: 2 * f.MACWidth}
	if f.Style == StyleTagged {
		mac.Label = macElement
	}
	if reply {
		return slices.Concat(f.Header, f.ReplyHead, l.Reply, []Field{mac})
	}
	return slices.Concat(f.Header, l.Request, []Field{mac})
}

func (f *Format) spelling() spelling {
	return spelling{charset: f.Charset, fixed: f.Style == StyleFixed, separator: f.Separator, root: f.Root}
}

// Formats returns the formats that are built in, each under its name.
func Formats() []Format {
	return []Format{Fixed24(), Fixed10(), Delim(), XML(), XMLUTF8()}
}

// FormatOf returns the built-in format of a name.
func FormatOf(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

func (f *Format) layout(function Function) *Layout {
	for i := range f.Layouts {
		if f.Layouts[i].Function == function {
			return &f.Layouts[i]
		}
	}
	return nil
}

// statusOf returns what an error code means in this format.
func (f *Format) statusOf(code string) Status {
	for _, r := range f.Errors {
		if r.Code == code {
			return r.Status
		}
	}
	return Unknown
}

// Outcome returns an outcome of the status with the format's usual code for it.
func (f *Format) Outcome(s Status, text string) Outcome {
	o := Outcome{Status: s, ErrorText: text}
	for _, r := range f.Errors {
		if r.Status == s {
			o.ErrorCode = r.Code
			return o
		}
	}
	switch s {
	case Success:
		o.ErrorCode = "0000"
	case Duplicate:
		o.ErrorCode = "2999"
	case NotProcessed:
		o.ErrorCode = "9001"
	default:
		o.ErrorCode = "8888"
	}
	return o
}

// Describe writes the tables of the format as text: for each frame the fields
// with offset, width, kind and MAC scope. The tests keep it in testdata, so a
// change of a table is always seen.
func (f *Format) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s, charset %v, MAC %v of %d bytes, PIN block %v\n", f.Name, f.Charset, f.MAC, f.MACWidth, f.PIN)
	for i := range f.Layouts {
		l := &f.Layouts[i]
		for _, reply := range []bool{false, true} {
			kind := "request"
			if reply {
				kind = "reply"
			}
			fmt.Fprintf(&b, "\n%v %s (%s): broker %q bank %q\n", l.Function, kind, l.Function.Chinese(), l.BrokerCode, l.BankCode)
			f.describeFields(&b, f.fields(l, reply))
		}
	}
	return b.String()
}

func (f *Format) describeFields(b *strings.Builder, fields []Field) {
	at := f.Prefix.bytes()
	for i := range fields {
		field := &fields[i]
		place := "     "
		if f.Style == StyleFixed {
			place = fmt.Sprintf("%5d", at)
		}
		at += field.Width
		line := fmt.Sprintf("%s %5d %-8s %-24s%s", place, field.Width, field.Kind, field.Name, field.remarks())
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func (f *Field) remarks() string {
	var words []string
	switch {
	case f.Section != "":
		words = append(words, f.Section+"/"+f.Label)
	case f.Label != "":
		words = append(words, f.Label)
	}
	if f.Signed {
		words = append(words, "signed")
	}
	if f.Optional {
		words = append(words, "optional")
	}
	if f.Pad == ' ' {
		words = append(words, "space-padded")
	}
	if !f.Scoped && f.Kind != KindMAC {
		words = append(words, "outside MAC")
	}
	for _, c := range f.Codes {
		words = append(words, fmt.Sprintf("%s=%d", c.Wire, c.Value))
	}
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

var kindNames = [...]string{
	KindText: "text", KindNumber: "number", KindFen: "fen", KindYuan: "yuan", KindDate: "date", KindTime: "time",
	KindCode: "code", KindHex: "hex", KindBase64: "base64", KindFunction: "function", KindMAC: "mac",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}
