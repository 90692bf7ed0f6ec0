package frametest

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"sancun/money"
	"sancun/wire/frame"
)

// Rules say what a random valid message may hold.
type Rules struct {
	// Widths are the bytes of the text fields, by name.
	Widths map[string]int
	// ForPeople are the text fields that hold Chinese.
	ForPeople map[string]bool
	// Codes are the code lists by the type's field name, or by message and field
	// where a message allows fewer.
	Codes map[string][]any
	// EntriesMax bounds the entries of a group.
	EntriesMax int
	// Special draws a value of a type of the protocol's own and says so.
	Special func(t *rapid.T, v reflect.Value, name string) bool
	// Mend makes a drawn message valid where its fields depend on each other.
	Mend func(Message) Message
}

// draw fills v, the field name of message, with a valid value.
func (r *Rules) draw(t *rapid.T, v reflect.Value, message, name string) {
	list := r.Codes[message+"."+name]
	if list == nil && v.Kind() != reflect.Struct {
		list = r.Codes[name]
	}
	if list != nil {
		v.Set(reflect.ValueOf(rapid.SampledFrom(list).Draw(t, name)).Convert(v.Type()))
		return
	}
	if r.Special(t, v, name) {
		return
	}
	switch v.Interface().(type) {
	case frame.Date:
		v.SetUint(uint64(frame.DateOf(time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, name), 0))))
		return
	case frame.SecurityFlags:
		v.SetUint(uint64(rapid.IntRange(0, 63).Draw(t, name)))
		return
	case frame.Phase:
		v.SetUint(uint64(rapid.SampledFrom([]byte(frame.Phases)).Draw(t, name)))
		return
	case money.Quantity: // the narrower of the two exchanges' widths
		v.SetInt(rapid.Int64Range(0, 999_999_999_999).Draw(t, name))
		return
	case money.Price:
		v.SetInt(rapid.Int64Range(0, 999_999_999_999).Draw(t, name))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			r.draw(t, v.Field(i), message, v.Type().Field(i).Name)
		}
	case reflect.Array:
		for i := range v.Len() {
			r.draw(t, v.Index(i), message, name)
		}
	case reflect.Slice:
		for range rapid.SampledFrom([]int{0, 1, 2, 17, r.EntriesMax}).Draw(t, name) {
			entry := reflect.New(v.Type().Elem()).Elem()
			r.draw(t, entry, message, name)
			v.Set(reflect.Append(v, entry))
		}
	case reflect.String:
		v.SetString(r.text(t, name))
	default:
		r.figure(t, v, name)
	}
}

// figure draws a plain number or a flag.
func (r *Rules) figure(t *rapid.T, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32Range(0, math.MaxInt32).Draw(t, name)))
	case reflect.Int64:
		v.SetInt(rapid.Int64Range(1, math.MaxInt64).Draw(t, name))
	case reflect.Uint16:
		v.SetUint(uint64(rapid.Uint16().Draw(t, name)))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, name)))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, name))
	default:
		t.Fatalf("no draw for %s %s", name, v.Type())
	}
}

func (r *Rules) text(t *rapid.T, name string) string {
	width := r.Widths[name]
	if width == 0 {
		t.Fatalf("no width for %s", name)
	}
	letters := rapid.RuneFrom([]rune(" !09AZaz~"))
	if r.ForPeople[name] {
		// Of these none is longer in GB18030 than in UTF-8.
		letters = rapid.RuneFrom([]rune(" A0平安银行Ａ　ㄅ𠀀€"))
	}
	return strings.TrimRight(rapid.StringOfN(letters, 0, width, width).Draw(t, name), " ")
}

// message draws a valid message like one of the samples.
func (r *Rules) message(c *Codec) *rapid.Generator[Message] {
	return rapid.Custom(func(t *rapid.T) Message {
		like := rapid.SampledFrom(c.Samples).Draw(t, "like")
		v := reflect.New(reflect.TypeOf(like.Message)).Elem()
		r.draw(t, v, v.Type().Name(), v.Type().Name())
		m := v.Interface().(Message)
		if r.Mend != nil {
			m = r.Mend(m)
		}
		return m
	})
}

// RoundTrip proves that a stream of any messages comes back as it was, however
// the bytes arrive.
func RoundTrip(t *testing.T, c *Codec, r *Rules) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(r.message(c), 1, 5).Draw(t, "messages")
		var stream []byte
		for _, m := range want {
			var err error
			if stream, err = c.Frame(stream, m); err != nil {
				t.Fatalf("%+v: %v", m, err)
			}
		}
		next := c.Frames(bytes.NewReader(stream))
		if rapid.Bool().Draw(t, "byte by byte") {
			next = c.Frames(iotest.OneByteReader(bytes.NewReader(stream)))
		}
		for _, m := range want {
			number, body, err := next()
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Decode(number, body)
			if err != nil || !reflect.DeepEqual(got, m) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, m)
			}
		}
	})
}

// OneBitMatters proves that a body with one bit turned over is refused or means
// something else; it is never read as the message that was sent.
func OneBitMatters(t *testing.T, c *Codec, r *Rules) {
	rapid.Check(t, func(t *rapid.T) {
		m := r.message(c).Draw(t, "message")
		whole, err := c.Frame(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		number, body, err := c.Frames(bytes.NewReader(whole))()
		if err != nil || len(body) == 0 {
			return
		}
		bit := rapid.IntRange(0, 8*len(body)-1).Draw(t, "bit")
		body[bit/8] ^= 1 << (bit % 8)
		got, err := c.Decode(number, body)
		if err != nil {
			return
		}
		again, err := got.Append(nil)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("read %+v, which is written as % x, %v; the bytes were % x", got, again, err, body)
		}
	})
}
