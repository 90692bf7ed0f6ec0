package bank

import (
	"bytes"
	"fmt"
)

// The limits of an XML frame. FrameMax bounds its bytes; the others keep a
// hostile frame from making more work than its bytes are worth.
const (
	// elementsMax is how many fields a frame may have. The widest table, a
	// reversal with everything optional, has under forty.
	elementsMax = 64
	// nameMax is the longest element name.
	nameMax = 32
	// sectionDepth is how many elements may stand around a field: root and section.
	sectionDepth = 2
)

// macElement is the element of the MAC, the last one below the root.
const macElement = "Mac"

// prolog opens an XML frame and declares its code page.
func (sp spelling) prolog() string {
	return `<?xml version="1.0" encoding="` + sp.charset.String() + `"?>`
}

// writing is a frame that grows field by field.
type writing struct {
	sp      spelling
	frame   []byte
	section string // the open one, StyleTagged only
}

// begin starts the body of a frame.
func (sp spelling) begin(frame []byte) *writing {
	if sp.tagged() {
		frame = append(append(frame, sp.prolog()...), '<')
		frame = append(append(frame, sp.root...), '>')
	}
	return &writing{sp: sp, frame: frame}
}

// put appends a field. In the tagged style an empty one leaves no trace.
func (w *writing) put(f *Field, raw []byte) {
	switch {
	case w.sp.tagged():
		if len(raw) == 0 {
			return
		}
		if f.Section != w.section {
			w.close()
			if w.section = f.Section; w.section != "" {
				w.frame = append(append(append(w.frame, '<'), w.section...), '>')
			}
		}
		w.frame = appendElement(w.frame, f.Label, raw)
	case w.sp.fixed:
		w.frame = append(w.frame, raw...)
	default:
		w.frame = append(append(w.frame, raw...), w.sp.separator)
	}
}

func (w *writing) close() {
	if w.section != "" {
		w.frame = append(append(append(w.frame, "</"...), w.section...), '>')
	}
}

// end closes the body.
func (w *writing) end() []byte {
	if w.sp.tagged() {
		w.close()
		w.frame = append(append(append(w.frame, "</"...), w.sp.root...), '>')
	}
	return w.frame
}

// appendElement writes a value between its tags, with the three characters that
// mean something to XML escaped. No byte of a character of several bytes is one
// of them, in any of our code pages. An empty value has no element.
func appendElement(out []byte, name string, raw []byte) []byte {
	if len(raw) == 0 {
		return out
	}
	out = append(append(append(out, '<'), name...), '>')
	for _, b := range raw {
		switch b {
		case '&':
			out = append(out, "&amp;"...)
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		default:
			out = append(out, b)
		}
	}
	return append(append(append(out, "</"...), name...), '>')
}

// element is one field as it stands in an XML frame.
type element struct {
	section, name string
	offset        int // of the value, in the frame
	raw           []byte
}

// cutTagged is cut for the tagged style: the elements must be those of the
// table, in its order; what is optional may be missing.
func (c *Codec) cutTagged(frame []byte, fields []Field, prefixOnly bool) ([]piece, error) {
	s := scanner{frame: frame, at: c.format.Prefix.bytes()}
	if err := s.document(c.format.spelling()); err != nil {
		return nil, &FieldError{Format: c.format.Name, Offset: s.at, Err: err}
	}
	pieces, next := make([]piece, 0, len(fields)), 0
	for i := range fields {
		p := piece{field: fields[i], offset: len(frame)}
		if next < len(s.elements) {
			e := &s.elements[next]
			p.offset = e.offset
			if e.name == fields[i].Label && e.section == fields[i].Section {
				p.raw = e.raw
				next++
			}
		}
		pieces = append(pieces, p)
	}
	if !prefixOnly && next < len(s.elements) {
		e := &s.elements[next]
		return nil, &FieldError{Format: c.format.Name, Offset: e.offset, Err: fmt.Errorf("element %s of %q not expected here: %w", e.name, e.section, ErrStructure)}
	}
	return pieces, nil
}

// scanner reads the XML that this package writes and nothing else: elements with
// text, no attributes, no white space between them, no comments, processing
// instructions, CDATA, document types or entities but the three escapes.
type scanner struct {
	frame    []byte
	at       int
	elements []element
}

func misshapen(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrStructure)
}

func (s *scanner) document(sp spelling) error {
	if !s.skip(sp.prolog()) {
		return misshapen("the frame must begin with %s", sp.prolog())
	}
	if !s.skip("<" + sp.root + ">") {
		return misshapen("the outermost element must be %s, at once after the prolog", sp.root)
	}
	for !s.skip("</" + sp.root + ">") {
		if err := s.content("", sectionDepth); err != nil {
			return err
		}
	}
	if s.at != len(s.frame) {
		return misshapen("bytes after the end of %s", sp.root)
	}
	return nil
}

func (s *scanner) skip(text string) bool {
	if !bytes.HasPrefix(s.frame[s.at:], []byte(text)) {
		return false
	}
	s.at += len(text)
	return true
}

// content reads one element: a field, or a section while depth allows one.
func (s *scanner) content(section string, depth int) error {
	name, err := s.open()
	if err != nil {
		return err
	}
	rest := s.frame[s.at:]
	switch {
	case len(rest) < 2:
		return misshapen("the frame ends inside %s", name)
	case rest[0] != '<':
		return s.text(section, name)
	case rest[1] == '/':
		return misshapen("%s is empty; leave it out", name)
	case depth == 1:
		return misshapen("elements inside %s of %q: too deep", name, section)
	}
	for !s.skip("</" + name + ">") {
		if err := s.content(name, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// open reads a tag without attributes.
func (s *scanner) open() (string, error) {
	if !s.skip("<") {
		return "", misshapen("an element must begin here")
	}
	rest := s.frame[s.at:]
	end := bytes.IndexByte(rest[:min(len(rest), nameMax+1)], '>')
	if end < 0 || !isName(string(rest[:end])) {
		return "", misshapen("no element of 1 to %d letters and digits, without attributes", nameMax)
	}
	s.at += end + 1
	return string(rest[:end]), nil
}

// text reads the value of a field and its closing tag.
func (s *scanner) text(section, name string) error {
	if len(s.elements) == elementsMax {
		return misshapen("more than %d elements", elementsMax)
	}
	e := element{section: section, name: name, offset: s.at}
	end := bytes.IndexByte(s.frame[s.at:], '<')
	if end < 0 {
		return misshapen("the frame ends inside %s", name)
	}
	raw, ok := unescape(s.frame[s.at : s.at+end])
	if !ok {
		return misshapen("%s holds a character or an entity that is not &amp;, &lt; or &gt;", name)
	}
	s.at += end
	if !s.skip("</" + name + ">") {
		return misshapen("%s is not closed after its text", name)
	}
	e.raw = raw
	s.elements = append(s.elements, e)
	return nil
}

// unescape returns the text that appendElement has written, or false.
func unescape(text []byte) ([]byte, bool) {
	if bytes.IndexByte(text, '>') >= 0 {
		return nil, false
	}
	if bytes.IndexByte(text, '&') < 0 {
		return text, true
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		at := bytes.IndexByte(text, '&')
		if at < 0 {
			return append(out, text...), true
		}
		out, text = append(out, text[:at]...), text[at:]
		found := false
		for _, e := range escapes {
			if rest, ok := bytes.CutPrefix(text, []byte(e.written)); ok {
				out, text, found = append(out, e.means), rest, true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, true
}

var escapes = []struct {
	written string
	means   byte
}{{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}}

// isName says whether text can be the name of an element: a letter, then letters
// and digits.
func isName(text string) bool {
	if len(text) == 0 || len(text) > nameMax || text[0] <= '9' {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
