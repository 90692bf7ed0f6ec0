package bank

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Codec turns messages into frames of one format and back, with the keys shared
// with one bank. It holds no state of its own and may be used by several
// goroutines.
type Codec struct {
	format Format
	bank   string
	keys   KeyStore
}

// NewCodec returns a codec of the format with the keys of the bank, by
// institution code. It returns ErrFormat when the format contradicts itself.
func NewCodec(f Format, bank string, keys KeyStore) (*Codec, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return &Codec{format: f, bank: bank, keys: keys}, nil
}

// Format returns the codec's format. It must not be changed.
func (c *Codec) Format() *Format { return &c.format }

// SealPIN seals a password for an account under the PIN key of a generation, in
// the form of this format. A bank password is sealed for its card, a fund
// password for its fund account.
func (c *Codec) SealPIN(keySet uint32, account string, password Secret) (PINBlock, error) {
	return c.keys.SealPIN(KeyRef{c.bank, UsePIN, keySet}, c.format.PIN, account, password)
}

// OpenPIN opens a PIN block that arrived in a message with that key set.
func (c *Codec) OpenPIN(keySet uint32, account string, block PINBlock) (Secret, error) {
	return c.keys.OpenPIN(KeyRef{c.bank, UsePIN, keySet}, c.format.PIN, account, block)
}

// piece is one field of a frame: its row in the table, where it begins, and its
// bytes without padding removed.
type piece struct {
	field  Field
	offset int
	raw    []byte
}

// Encode returns the whole frame of m. Errors are *FieldError: a value that is
// missing, too wide, not sayable, or that the format has no field for.
func (c *Codec) Encode(m Message) ([]byte, error) {
	f := &c.format
	h := m.Head()
	fail := func(field string, err error) ([]byte, error) {
		return nil, &FieldError{Format: f.Name, Function: m.Function(), Field: field, Err: err}
	}
	l := f.layout(m.Function())
	if l == nil || l.code(h.Initiator) == "" {
		return fail("function", fmt.Errorf("started by the %v: %w", h.Initiator, ErrFunction))
	}
	fields, slots := f.fields(l, h.Reply), m.slots()
	if name, err := c.precheck(m, fields, slots); err != nil {
		return fail(name, err)
	}
	sp := f.spelling()
	body := sp.begin(make([]byte, f.Prefix.bytes(), 512))
	var scope []byte
	for i := range fields {
		field := &fields[i]
		raw, err := c.spell(field, l.code(h.Initiator), slots, scope, h.KeySet, m.Function())
		if err != nil {
			return nil, &FieldError{Format: f.Name, Function: m.Function(), Field: field.Name, Offset: len(body.frame), Err: err}
		}
		body.put(field, raw)
		if field.Scoped {
			scope = sp.scope(scope, field, raw)
		}
	}
	frame := body.end()
	if err := f.Prefix.put(frame); err != nil {
		return fail("", err)
	}
	return frame, nil
}

// precheck refuses what the tables cannot see: a value without a field, a
// status that does not follow from its code, a wrong version or key set.
func (c *Codec) precheck(m Message, fields []Field, slots []slot) (string, error) {
	h, o := m.Head(), m.Result()
	if h.Version != Version {
		return "version", ErrVersion
	}
	if (h.KeySet == 0) != m.Function().underMaster() {
		return "key_set", fmt.Errorf("key set %d: %w", h.KeySet, ErrKey)
	}
	if h.Reply != (o.Status != 0) {
		return "status", ErrStatus
	}
	for _, s := range slots {
		if s.empty() || hasField(fields, s.name) || c.implied(s.name) {
			continue
		}
		return s.name, ErrNoField
	}
	if h.Reply && len(c.format.Errors) > 0 && c.format.statusOf(o.ErrorCode) != o.Status {
		return "error_code", fmt.Errorf("the code does not mean %v: %w", o.Status, ErrStatus)
	}
	return "", nil
}

// implied says whether the value follows from other fields: the initiator from
// the function code, the status from the error code.
func (c *Codec) implied(name string) bool {
	return name == "initiator" || (name == "status" && len(c.format.Errors) > 0)
}

func (c *Codec) spell(f *Field, code string, slots []slot, scope []byte, keySet uint32, function Function) ([]byte, error) {
	sp := c.format.spelling()
	switch f.Kind {
	case KindFunction:
		word := Field{Kind: KindText, Width: f.Width}
		return sp.write(&word, textSlot("function", &code))
	case KindMAC:
		tag, err := c.mac(function, keySet, scope)
		return hex.AppendEncode(nil, tag), err
	}
	s, _ := findSlot(slots, f.Name) // NewCodec has checked that it is there
	return sp.write(f, s)
}

func (c *Codec) mac(function Function, keySet uint32, scope []byte) ([]byte, error) {
	ref := KeyRef{c.bank, UseMAC, keySet}
	if function.underMaster() {
		ref = KeyRef{Bank: c.bank, Use: UseMaster}
	}
	tag, err := c.keys.MAC(ref, c.format.MAC, scope)
	if err != nil {
		return nil, err
	}
	return tag[:c.format.MACWidth], nil
}

// scope appends a field to the bytes under the MAC. Delimited fields keep their
// separator and tagged ones their element, so that no byte can move from one
// field to the next unseen.
func (sp spelling) scope(scope []byte, f *Field, raw []byte) []byte {
	if sp.tagged() {
		return appendElement(scope, f.Label, raw)
	}
	scope = append(scope, raw...)
	if !sp.fixed {
		scope = append(scope, sp.separator)
	}
	return scope
}

// Decode returns the message of a whole frame, as FrameReader.Next returns it.
// Errors are *FieldError. When its Read is set, the MAC was right and the
// sender can be answered; otherwise the frame proves nothing about its sender.
func (c *Codec) Decode(frame []byte) (Message, error) {
	f := &c.format
	fail := func(function Function, field string, offset int, err error) (Message, error) {
		return nil, &FieldError{Format: f.Name, Function: function, Field: field, Offset: offset, Err: err}
	}
	if err := f.Prefix.checkFrame(frame, f.FrameMax); err != nil {
		return fail(0, "", 0, err)
	}
	header, err := c.cut(frame, f.Header, true)
	if err != nil {
		return nil, err
	}
	l, initiator, err := c.recognise(header)
	if err != nil {
		return fail(0, "function", header[0].offset, err)
	}
	m := NewMessage(l.Function)
	h := m.Head()
	slots := m.slots()
	if at, err := c.read(header, slots); err != nil {
		return fail(l.Function, at.field.Name, at.offset, err)
	}
	pieces, err := c.cut(frame, f.fields(l, h.Reply), false)
	if err != nil {
		return nil, err
	}
	if err := c.verify(pieces, l.Function, h.KeySet); err != nil {
		return fail(l.Function, "mac", pieces[len(pieces)-1].offset, err)
	}
	at, err := c.believe(m, pieces[len(header):], slots, initiator)
	if err != nil {
		return nil, &FieldError{Format: f.Name, Function: l.Function, Field: at.field.Name, Offset: at.offset, Err: err, Read: m}
	}
	return m, nil
}

// believe reads the rest of an authentic frame and checks it as a whole.
func (c *Codec) believe(m Message, pieces []piece, slots []slot, initiator Initiator) (piece, error) {
	h, o := m.Head(), m.Result()
	if h.Initiator == 0 {
		h.Initiator = initiator
	}
	if h.Initiator != initiator {
		return piece{field: Field{Name: "initiator"}}, ErrFunction
	}
	if at, err := c.read(pieces, slots); err != nil {
		c.readRest(pieces, at, slots)
		return at, err
	}
	if h.Reply && len(c.format.Errors) > 0 {
		if o.ErrorCode == "" {
			return piece{field: Field{Name: "error_code"}}, ErrStatus
		}
		o.Status = c.format.statusOf(o.ErrorCode)
	}
	fields := make([]Field, 0, len(c.format.Header)+len(pieces))
	fields = append(fields, c.format.Header...)
	for _, p := range pieces {
		fields = append(fields, p.field)
	}
	name, err := c.precheck(m, fields, slots)
	return piece{field: Field{Name: name}}, err
}

// recognise finds the layout of a function code, and who starts it: by the code
// or, where both sides share one, by the header.
func (c *Codec) recognise(header []piece) (*Layout, Initiator, error) {
	code := strings.TrimRight(string(header[0].raw), " ")
	for i := range c.format.Layouts {
		l := &c.format.Layouts[i]
		if code == "" || (code != l.BrokerCode && code != l.BankCode) {
			continue
		}
		if l.BrokerCode != l.BankCode {
			if code == l.BankCode {
				return l, Bank, nil
			}
			return l, Broker, nil
		}
		var h Header
		for _, p := range header {
			if p.field.Name == "initiator" {
				s := wholeSlot("initiator", &h.Initiator)
				if err := c.format.spelling().read(&p.field, p.raw, s); err != nil {
					return nil, 0, err
				}
			}
		}
		return l, h.Initiator, nil
	}
	return nil, 0, ErrFunction
}

// cut divides the frame's body by the table. With prefixOnly the body may go on
// after the last field, otherwise it must end there.
func (c *Codec) cut(frame []byte, fields []Field, prefixOnly bool) ([]piece, error) {
	sp, at := c.format.spelling(), c.format.Prefix.bytes()
	if sp.tagged() {
		return c.cutTagged(frame, fields, prefixOnly)
	}
	wrong := func(offset int, why string) error {
		return &FieldError{Format: c.format.Name, Offset: offset, Err: fmt.Errorf("%s: %w", why, ErrLength)}
	}
	var parts [][]byte
	if !sp.fixed {
		parts = sp.charset.split(frame[at:], sp.separator)
	}
	pieces := make([]piece, 0, len(fields))
	for i := range fields {
		width := fields[i].Width
		if !sp.fixed {
			if i >= len(parts)-1 {
				return nil, wrong(at, fmt.Sprintf("%d fields, the table has %d", len(parts)-1, len(fields)))
			}
			width = len(parts[i])
		}
		if at+width > len(frame) {
			return nil, wrong(at, fmt.Sprintf("the frame ends inside %s", fields[i].Name))
		}
		pieces = append(pieces, piece{field: fields[i], offset: at, raw: frame[at : at+width]})
		at += width
		if !sp.fixed {
			at++
		}
	}
	if !prefixOnly && at != len(frame) {
		return nil, wrong(at, "the frame goes on after its last field")
	}
	return pieces, nil
}

// read puts pieces into their slots. It returns the piece at fault.
func (c *Codec) read(pieces []piece, slots []slot) (piece, error) {
	sp := c.format.spelling()
	for _, p := range pieces {
		if p.field.Kind == KindFunction || p.field.Kind == KindMAC {
			continue
		}
		s, _ := findSlot(slots, p.field.Name) // NewCodec has checked that it is there
		if err := sp.read(&p.field, p.raw, s); err != nil {
			return p, err
		}
	}
	return piece{}, nil
}

// readRest reads what else can be read of a message that was refused for one field, so
// that its refusal can name the business it is about.
func (c *Codec) readRest(pieces []piece, bad piece, slots []slot) {
	sp, behind := c.format.spelling(), false
	for _, p := range pieces {
		behind = behind || p.offset == bad.offset
		if !behind || p.field.Kind == KindFunction || p.field.Kind == KindMAC {
			continue
		}
		s, _ := findSlot(slots, p.field.Name)
		if sp.read(&p.field, p.raw, s) != nil {
			s.clear()
		}
	}
}

func (c *Codec) verify(pieces []piece, function Function, keySet uint32) error {
	sp := c.format.spelling()
	var scope []byte
	for _, p := range pieces {
		if p.field.Scoped {
			scope = sp.scope(scope, &p.field, p.raw)
		}
	}
	tag, err := c.mac(function, keySet, scope)
	if err != nil {
		return err
	}
	want := hex.AppendEncode(nil, tag)
	if subtle.ConstantTimeCompare(want, pieces[len(pieces)-1].raw) != 1 {
		return ErrMAC
	}
	return nil
}

// Fit clears in m every value the format has no field for, so that Encode
// accepts it. What every format carries (accounts, amounts, serials) stays.
func (c *Codec) Fit(m Message) {
	l := c.format.layout(m.Function())
	if l == nil {
		return
	}
	fields := c.format.fields(l, m.Head().Reply)
	for _, s := range m.slots() {
		if !hasField(fields, s.name) && !c.implied(s.name) {
			s.clear()
		}
	}
}

// Reply returns an answer to the request m: the same business with sender and
// receiver exchanged and the outcome, fitted to the format. The caller fills in
// what only the answer knows (balances, its own serial).
func (c *Codec) Reply(m Message, o Outcome) Message {
	answer := NewMessage(m.Function())
	to := answer.slots()
	for i, s := range m.slots() {
		s.copyTo(to[i])
	}
	h := answer.Head()
	h.Reply = true
	h.Sender, h.Receiver = h.Receiver, h.Sender
	*answer.Result() = o
	c.Fit(answer)
	return answer
}

// SameRequest says whether two requests of one key ask for the same: every
// value but the time of writing, the epoch and the PIN blocks is equal. A key
// that comes back with another request is refused, not answered again.
func SameRequest(a, b Message) bool {
	if a.Function() != b.Function() {
		return false
	}
	left, right := a.slots(), b.slots()
	for i, s := range left {
		if slices.Contains([]string{"time", "epoch", "key_set", "bank_password", "fund_password"}, s.name) {
			continue
		}
		if !s.equal(right[i]) {
			return false
		}
	}
	return true
}

func (s slot) equal(t slot) bool {
	switch s.kind {
	case slotText:
		return *s.text == *t.text
	case slotRaw:
		return bytes.Equal(*s.raw, *t.raw)
	default:
		v, _ := s.whole()
		w, _ := t.whole()
		return v == w
	}
}
