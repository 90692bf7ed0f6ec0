package sse_test

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
	"sancun/wire/sse"
)

// widths are the bytes of the text fields, by name.
var widths = map[string]int{
	"SenderCompID": 32, "TargetCompID": 32, "PrtclVersion": 8, "Text": 64, "BizPbu": 8, "Pbu": 8, "Pbus": 8,
	"ClOrdID": 10, "OrigClOrdID": 10, "SecurityID": 12, "Account": 13, "ClearingFirm": 8, "BranchID": 8,
	"UserInfo": 32, "OrdCnfmID": 16, "OrigOrdCnfmID": 16, "TrdCnfmID": 16, "Name": 40,
}

// codes are the code lists, by type; by message and field where a message
// allows fewer or more.
var codes = map[string][]any{
	"BizID":             {sse.BizAuction, sse.BizIssue},
	"OwnerType":         {sse.OwnerUnstated, sse.OwnerPerson, sse.OwnerInstitution, sse.OwnerProprietary},
	"Side":              {sse.SideBuy, sse.SideSell},
	"Cancel.Side":       {sse.SideBuy, sse.SideSell, sse.Side(0)},
	"OrdType":           {sse.OrdType(0), sse.OrdMarketCancel, sse.OrdLimit, sse.OrdMarketLimit, sse.OrdOwnBest, sse.OrdOtherBest},
	"TimeInForce":       {sse.ForceDay},
	"CreditTag":         {sse.CreditNone, sse.CreditCollateral, sse.CreditBuy, sse.CreditSell, sse.CreditClose},
	"Confirm.ExecType":  {sse.ExecNew, sse.ExecCancelled, sse.ExecRejected},
	"Confirm.OrdStatus": {sse.StatusNew, sse.StatusCancelled, sse.StatusRejected},
	"Fill.ExecType":     {sse.ExecFill},
	"Fill.OrdStatus":    {sse.StatusPartial, sse.StatusFilled},
	"PlatformID":        {sse.PlatformAuction},
	"State":             {sse.StateNotOpen, sse.StatePreOpen, sse.StateOpen, sse.StateBreak, sse.StateClose},
	"Phase":             {sse.PhaseStart, sse.PhaseOpening, sse.PhaseContinuous, sse.PhaseBreak, sse.PhaseClosing, sse.PhaseAfterHours, sse.PhaseHalt, sse.PhaseVolatility, sse.PhaseEnd},
}

// fillIn draws a valid value into v, the field name of message.
func fillIn(t *rapid.T, v reflect.Value, message, name string) {
	list := codes[message+"."+name]
	if list == nil && v.Kind() != reflect.Struct {
		list = codes[name]
	}
	if list != nil {
		v.Set(reflect.ValueOf(rapid.SampledFrom(list).Draw(t, name)).Convert(v.Type()))
		return
	}
	switch v.Interface().(type) {
	case money.Price:
		v.SetInt(rapid.Int64Range(0, 999_999_999_999).Draw(t, name))
		return
	case money.Quantity:
		v.SetInt(rapid.Int64Range(0, 999_999_999_999).Draw(t, name))
		return
	case sse.Value:
		least := int64(0)
		if message == "Fill" {
			least = int64(sse.ValueUnstated)
		}
		v.SetInt(rapid.Int64Range(least, 999_999_999_999_999_999).Draw(t, name))
		return
	case sse.Clock:
		at := time.Unix(0, rapid.Int64Range(0, 4_000_000_000_000_000_000).Draw(t, name))
		v.SetUint(uint64(sse.ClockOf(at)))
		return
	case sse.Date:
		v.SetUint(uint64(sse.DateOf(time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, name), 0))))
		return
	case sse.SecurityFlags:
		v.SetUint(uint64(rapid.IntRange(0, 63).Draw(t, name)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillIn(t, v.Field(i), message, v.Type().Field(i).Name)
		}
	case reflect.Array:
		for i := range v.Len() {
			fillIn(t, v.Index(i), message, name)
		}
	case reflect.Slice:
		n := rapid.SampledFrom([]int{0, 1, 2, 17, sse.GroupsMax}).Draw(t, name)
		for range n {
			entry := reflect.New(v.Type().Elem()).Elem()
			fillIn(t, entry, message, name)
			v.Set(reflect.Append(v, entry))
		}
	case reflect.String:
		v.SetString(drawText(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Uint16:
		v.SetUint(uint64(rapid.Uint16().Draw(t, name)))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, name)))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64Range(1, math.MaxUint32).Draw(t, name)) // a report index, or Seq
	default:
		t.Fatalf("no draw for %s %s", name, v.Type())
	}
}

func drawText(t *rapid.T, name string) string {
	width := widths[name]
	if width == 0 {
		t.Fatalf("no width for %s", name)
	}
	letters := rapid.RuneFrom([]rune(" !09AZaz~"))
	if name == "Name" {
		letters = rapid.RuneFrom([]rune(" A0平安银行Ａ　ㄅ𠀀€"))
	}
	// A letter has at most four bytes in GB18030, as in UTF-8.
	return strings.TrimRight(rapid.StringOfN(letters, 0, width, width).Draw(t, name), " ")
}

// drawMessage draws a valid message of any type.
func drawMessage(t *rapid.T) sse.Message {
	like := rapid.SampledFrom(samples).Draw(t, "like").message
	v := reflect.New(reflect.TypeOf(like)).Elem()
	fillIn(t, v, v.Type().Name(), v.Type().Name())
	return v.Interface().(sse.Message)
}

// A stream of any messages comes back as it was, however the bytes arrive.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawMessage), 1, 5).Draw(t, "messages")
		var stream []byte
		for i, m := range want {
			var err error
			if stream, err = sse.AppendFrame(stream, uint64(i), m); err != nil {
				t.Fatalf("%+v: %v", m, err)
			}
		}
		r := sse.NewReader(bytes.NewReader(stream))
		if rapid.Bool().Draw(t, "byte by byte") {
			r = sse.NewReader(iotest.OneByteReader(bytes.NewReader(stream)))
		}
		for i, m := range want {
			f, err := r.Next()
			if err != nil || f.Seq != uint64(i) {
				t.Fatalf("message %d, %v; want %d", f.Seq, err, i)
			}
			got, err := f.Decode()
			if err != nil || !reflect.DeepEqual(got, m) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, m)
			}
		}
	})
}

// A body with one bit turned over is refused or means something else; it is
// never read as the message that was sent.
func TestOneBitMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		body, err := m.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) == 0 {
			return
		}
		bit := rapid.IntRange(0, 8*len(body)-1).Draw(t, "bit")
		body[bit/8] ^= 1 << (bit % 8)
		got, err := sse.Decode(m.Type(), body)
		if err != nil {
			return
		}
		again, err := got.Append(nil)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("read %+v, which is written as % x, %v; the bytes were % x", got, again, err, body)
		}
	})
}

// Messages go into a buffer that has room without any allocation, except the
// Security with its GB18030 name, which is sent once a day.
func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, sse.BodyMax+sse.HeaderLen+sse.TrailerLen)
	for _, s := range samples {
		got := testing.AllocsPerRun(10, func() {
			if _, err := sse.AppendFrame(buf, seq, s.message); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 && s.message.Type() != sse.TypeSecurity {
			t.Errorf("%s: %v allocations", s.name, got)
		}
	}
}
