package bank

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// seeded is a random source for tests: the same seed, the same keys.
type seeded struct{ r *rand.ChaCha8 }

func (s seeded) Read(p []byte) (int, error) { return s.r.Read(p) }

func newSeeded(seed byte) seeded { return seeded{rand.NewChaCha8([32]byte{seed})} }

func formats() []Format { return Formats() }

const testBank = "BANK0001"

// newPair returns the stores of a broker and a bank that share a master key and
// working keys of generation 7.
func newPair(t testing.TB) (broker, bank *SoftStore) {
	t.Helper()
	broker, bank = NewSoftStore(newSeeded(1)), NewSoftStore(newSeeded(2))
	master := []byte("0123456789abcdef")
	for _, s := range []*SoftStore{broker, bank} {
		if err := s.SetMaster(testBank, master); err != nil {
			t.Fatal(err)
		}
	}
	w, err := broker.NewWorkingKeys(testBank, 7)
	if err != nil {
		t.Fatal(err)
	}
	if err := bank.InstallWorkingKeys(testBank, w); err != nil {
		t.Fatal(err)
	}
	return broker, bank
}

func newCodec(t testing.TB, f Format, keys KeyStore) *Codec {
	t.Helper()
	c, err := NewCodec(f, testBank, keys)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// runes are the characters of generated text: ASCII, common Chinese, one whose
// second GBK byte is '|', and for GB18030 some of two and four bytes.
func runes(c Charset) []rune {
	pipe, err := simplifiedchinese.GBK.NewDecoder().String("\x81\x7c\x84\x7c")
	if err != nil {
		panic(err)
	}
	all := []rune("09azAZ-./_张三证券转银行€" + pipe)
	if c == GB18030 {
		all = append(all, []rune("㐂𠮷ü")...)
	}
	return all
}

func drawText(t *rapid.T, f *Field, c Charset) string {
	if f.Optional && rapid.Bool().Draw(t, f.Name+" empty") {
		return ""
	}
	text := ""
	for _, r := range rapid.SliceOfN(rapid.SampledFrom(runes(c)), 1, min(f.Width, 20)).Draw(t, f.Name) {
		longer := text + string(r)
		raw, err := c.encode(longer)
		if err != nil {
			t.Fatalf("%q cannot be said in %v", longer, c)
		}
		if len(raw) > f.Width {
			break
		}
		text = longer
	}
	if text == "" {
		return "x"
	}
	return text
}

// drawWhole draws a number that the field can hold.
func drawWhole(t *rapid.T, f *Field) int64 {
	if f.Optional && rapid.Bool().Draw(t, f.Name+" empty") {
		return 0
	}
	switch f.Kind {
	case KindCode:
		return rapid.SampledFrom(f.Codes).Draw(t, f.Name).Value
	case KindDate:
		return rapid.SampledFrom([]int64{20230825, 20240229, 19000101, 99991231}).Draw(t, f.Name)
	case KindTime:
		return rapid.SampledFrom([]int64{0, 93000, 235959, 1}).Draw(t, f.Name)
	}
	if f.Name == "version" {
		return int64(Version)
	}
	digits := f.Width
	if f.Kind == KindYuan {
		digits--
	}
	if f.Signed {
		digits--
	}
	most := int64(1)
	for range min(digits, 18) {
		most *= 10
	}
	if f.Name == "key_set" || f.Name == "key_generation" || f.Name == "file_chunks" || f.Name == "chunk_index" || f.Name == "file_count" {
		most = min(most, 1<<32)
	}
	low := int64(0)
	if f.Signed {
		low = -most + 1
	}
	return rapid.Int64Range(low, most-1).Draw(t, f.Name)
}

func fill(t *rapid.T, fields []Field, slots []slot, c Charset) {
	for i := range fields {
		f := &fields[i]
		s, ok := findSlot(slots, f.Name)
		switch {
		case !ok:
		case s.kind == slotText:
			*s.text = drawText(t, f, c)
		case s.kind == slotWhole:
			if !s.put(drawWhole(t, f)) {
				t.Fatalf("%s does not hold its draw", f.Name)
			}
		case f.Optional && rapid.Bool().Draw(t, f.Name+" empty"):
		case f.Kind == KindHex:
			*s.raw = rapid.SliceOfN(rapid.Byte(), f.Width/2, f.Width/2).Draw(t, f.Name)
		default:
			*s.raw = rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, f.Name)
		}
	}
}

// drawMessage draws a message that the format can carry.
func drawMessage(t *rapid.T, f *Format, l *Layout, i Initiator, reply bool) Message {
	m := NewMessage(l.Function)
	fill(t, f.fields(l, reply), m.slots(), f.Charset)
	h := m.Head()
	h.Version, h.Reply, h.Initiator, h.KeySet = Version, reply, i, 7
	if l.Function.underMaster() {
		h.KeySet = 0
	}
	if reply && len(f.Errors) > 0 {
		r := rapid.SampledFrom(f.Errors).Draw(t, "outcome")
		m.Result().Status, m.Result().ErrorCode = r.Status, r.Code
	}
	return m
}

// eachFrame runs do for every function, initiator and direction of a format.
func eachFrame(f *Format, do func(l *Layout, i Initiator, reply bool)) {
	for n := range f.Layouts {
		l := &f.Layouts[n]
		for _, i := range l.Function.Starters() {
			do(l, i, false)
			do(l, i, true)
		}
	}
}

func frameName(l *Layout, i Initiator, reply bool) string {
	if reply {
		return fmt.Sprintf("%v by %v reply", l.Function, i)
	}
	return fmt.Sprintf("%v by %v request", l.Function, i)
}

// TestRoundTrip: what one side writes, the other reads as the same message, for
// every message of every format.
func TestRoundTrip(t *testing.T) {
	broker, bank := newPair(t)
	for _, f := range formats() {
		here, there := newCodec(t, f, broker), newCodec(t, f, bank)
		eachFrame(&f, func(l *Layout, i Initiator, reply bool) {
			t.Run(f.Name+"/"+frameName(l, i, reply), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) {
					m := drawMessage(t, &f, l, i, reply)
					frame, err := here.Encode(m)
					if err != nil {
						t.Fatalf("encode: %v", err)
					}
					got, err := there.Decode(frame)
					if err != nil {
						t.Fatalf("decode: %v\n%q", err, frame)
					}
					if diff := diffMessages(m, got); diff != "" {
						t.Fatalf("came back changed (-sent +got):\n%s", diff)
					}
					again, err := there.Encode(got)
					if err != nil || string(again) != string(frame) {
						t.Fatalf("the second writing differs: %v", err)
					}
				})
			})
		})
	}
}

// diffMessages compares by slots: messages print nothing by design.
func diffMessages(a, b Message) string {
	if a.Function() != b.Function() {
		return fmt.Sprintf("-%v +%v", a.Function(), b.Function())
	}
	return diffSlots(a.slots(), b.slots())
}

func diffSlots(a, b []slot) string {
	values := func(slots []slot) map[string]any {
		all := map[string]any{}
		for _, s := range slots {
			switch {
			case s.empty():
			case s.kind == slotText:
				all[s.name] = *s.text
			case s.kind == slotRaw:
				all[s.name] = *s.raw
			default:
				all[s.name], _ = s.whole()
			}
		}
		return all
	}
	return cmp.Diff(values(a), values(b))
}

// TestTamper: whichever bit of a frame inside the scope of the MAC is flipped,
// the frame is refused, and never with a header that claims authenticity.
func TestTamper(t *testing.T) {
	broker, bank := newPair(t)
	for _, f := range formats() {
		here, there := newCodec(t, f, broker), newCodec(t, f, bank)
		for _, m := range samples(t, here) {
			if m.Function() == FunctionFileSend {
				continue // thousands of data bytes add time and no case
			}
			frame, err := here.Encode(m)
			if err != nil {
				t.Fatalf("%s %v: %v", f.Name, m.Function(), err)
			}
			// Every bit of the deposit; elsewhere one bit of every byte, a
			// different one from byte to byte.
			every := m.Function() == FunctionDeposit
			fields := f.fields(f.layout(m.Function()), m.Head().Reply)
			pieces, err := here.cut(frame, fields, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range pieces {
				if !p.field.Scoped && p.field.Kind != KindMAC {
					continue
				}
				for bit := range len(p.raw) * 8 {
					if !every && bit%8 != bit/8%8 {
						continue
					}
					bad := append([]byte(nil), frame...)
					bad[p.offset+bit/8] ^= 1 << (bit % 8)
					wantRefused(t, there, bad, fmt.Sprintf("%s %v: bit %d of %s", f.Name, m.Function(), bit, p.field.Name))
				}
			}
		}
	}
}

func wantRefused(t *testing.T, c *Codec, frame []byte, what string) {
	t.Helper()
	_, err := c.Decode(frame)
	var fault *FieldError
	if !errors.As(err, &fault) {
		t.Fatalf("%s: accepted or untyped error %v", what, err)
	}
	if fault.Read != nil {
		t.Fatalf("%s: refused with %v, but the header was believed", what, err)
	}
}

// TestWrongKey: a frame for one bank or generation is worthless for another.
func TestWrongKey(t *testing.T) {
	broker, _ := newPair(t)
	stranger := NewSoftStore(newSeeded(9))
	if err := stranger.SetMaster(testBank, []byte("fedcba9876543210")); err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.NewWorkingKeys(testBank, 7); err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		here, there := newCodec(t, f, broker), newCodec(t, f, stranger)
		for _, m := range samples(t, here) {
			frame, err := here.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := there.Decode(frame); !errors.Is(err, ErrMAC) {
				t.Errorf("%s %v under a strange key: got %v, want %v", f.Name, m.Function(), err, ErrMAC)
			}
		}
	}
}
