package bank

import (
	"fmt"
	"slices"
)

// headerCore are the header fields every format must carry. The initiator may
// also follow from the function code.
var headerCore = []string{
	"version", "function", "reply", "sender", "receiver", "date", "time",
	"platform_serial", "bank_serial", "broker_serial", "epoch", "key_set",
}

// check says what contradicts itself in the format, or nil.
func (f *Format) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s: %w", f.Name, fmt.Sprintf(format, args...), ErrFormat)
	}
	if len(f.Header) == 0 || f.Header[0].Kind != KindFunction || f.Header[0].Name != "function" {
		return wrong("the header must begin with the function code")
	}
	if f.MACWidth < macBytesMin || f.MACWidth > f.MAC.size() {
		return wrong("MAC of %d bytes", f.MACWidth)
	}
	for _, name := range headerCore {
		if !hasField(f.Header, name) {
			return wrong("the header has no %s", name)
		}
	}
	if hasField(f.ReplyHead, "status") == (len(f.Errors) > 0) {
		return wrong("the status comes from a field or from error codes, not both")
	}
	seen := map[string]bool{}
	for i := range f.Layouts {
		l := &f.Layouts[i]
		t := traitOf(l.Function)
		if t == nil {
			return wrong("%v is not a function", l.Function)
		}
		if err := f.checkCodes(l, t, seen); err != nil {
			return wrong("%v: %v", l.Function, err)
		}
		for _, reply := range []bool{false, true} {
			if err := f.checkTable(l, t, reply); err != nil {
				return wrong("%v reply=%v: %v", l.Function, reply, err)
			}
		}
	}
	for _, t := range traits {
		if f.layout(t.function) == nil {
			return wrong("no layout for %v", t.function)
		}
	}
	return nil
}

// checkCodes makes sure that a code on the wire leads to one layout and, with
// the header's initiator if need be, to one initiator.
func (f *Format) checkCodes(l *Layout, t *trait, seen map[string]bool) error {
	for _, i := range []Initiator{Broker, Bank} {
		code := l.code(i)
		if (code != "") != slices.Contains(t.starts, i) {
			return fmt.Errorf("the %v has code %q", i, code)
		}
		if len(code) > f.Header[0].Width {
			return fmt.Errorf("code %q is too wide", code)
		}
	}
	if l.BrokerCode == l.BankCode && !hasField(f.Header, "initiator") {
		return fmt.Errorf("code %q does not tell the initiator", l.BankCode)
	}
	for _, code := range slices.Compact([]string{l.BrokerCode, l.BankCode}) {
		if code != "" && seen[code] {
			return fmt.Errorf("code %q is taken", code)
		}
		seen[code] = true
	}
	return nil
}

func (f *Format) checkTable(l *Layout, t *trait, reply bool) error {
	fields := f.fields(l, reply)
	core := t.request
	if reply {
		core = t.reply
	}
	for _, name := range core {
		if !hasField(fields, name) {
			return fmt.Errorf("no field %s", name)
		}
	}
	slots := t.make().slots()
	names := map[string]bool{}
	widest := f.Prefix.bytes()
	for i := range fields {
		field := &fields[i]
		if names[field.Name] {
			return fmt.Errorf("%s stands twice", field.Name)
		}
		names[field.Name] = true
		widest += f.widest(field)
		if err := checkField(field, slots); err != nil {
			return err
		}
	}
	if f.Style == StyleTagged {
		if err := f.checkElements(fields); err != nil {
			return err
		}
	}
	if widest > f.FrameMax {
		return fmt.Errorf("%d bytes do not fit a frame of %d", widest, f.FrameMax)
	}
	return nil
}

// widest is the most bytes that a field takes in a frame.
func (f *Format) widest(field *Field) int {
	if f.Style != StyleTagged {
		return field.Width + 1
	}
	width := field.Width
	if field.Kind == KindText {
		width *= len("&amp;") // every byte may have to be escaped
	}
	return len(appendElement(nil, field.Label, []byte{' '})) + width + 2*len(field.Section)
}

// checkElements makes sure that the elements of a table can be told apart and
// that a section, once closed, is not opened again.
func (f *Format) checkElements(fields []Field) error {
	if !isName(f.Root) || len(fields) > elementsMax {
		return fmt.Errorf("root %q around %d fields", f.Root, len(fields))
	}
	seen := map[string]bool{}
	open := ""
	for i := range fields {
		field := &fields[i]
		if !isName(field.Label) || (field.Section != "" && !isName(field.Section)) || seen[field.Section+"/"+field.Label] {
			return fmt.Errorf("%s: element %q in %q", field.Name, field.Label, field.Section)
		}
		seen[field.Section+"/"+field.Label] = true
		if field.Section != open {
			if seen[field.Section] || seen["/"+field.Section] {
				return fmt.Errorf("section %q stands twice", field.Section)
			}
			open = field.Section
			seen[open] = true
		}
	}
	return nil
}

// checkField makes sure that a field has a slot of the right kind and a table
// that can be read both ways.
func checkField(f *Field, slots []slot) error {
	if f.Width <= 0 {
		return fmt.Errorf("%s has no width", f.Name)
	}
	if f.Kind == KindFunction || f.Kind == KindMAC {
		return nil
	}
	s, ok := findSlot(slots, f.Name)
	if !ok {
		return fmt.Errorf("%s is not a field of the vocabulary", f.Name)
	}
	want := slotWhole
	switch f.Kind {
	case KindText:
		want = slotText
	case KindHex, KindBase64:
		want = slotRaw
	}
	if s.kind != want {
		return fmt.Errorf("%s cannot be spelled as %v", f.Name, f.Kind)
	}
	if (f.Kind == KindCode) != (len(f.Codes) > 0) {
		return fmt.Errorf("%s: code table", f.Name)
	}
	for i, a := range f.Codes {
		if len(a.Wire) > f.Width || a.Wire == "" {
			return fmt.Errorf("%s: code %q does not fit", f.Name, a.Wire)
		}
		for _, b := range f.Codes[:i] {
			if a.Wire == b.Wire || a.Value == b.Value {
				return fmt.Errorf("%s: code %q stands twice", f.Name, a.Wire)
			}
		}
	}
	return nil
}

func (l *Layout) code(i Initiator) string {
	switch i {
	case Broker:
		return l.BrokerCode
	case Bank:
		return l.BankCode
	}
	return ""
}

func hasField(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}
