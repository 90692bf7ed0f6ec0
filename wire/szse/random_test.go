package szse_test

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
	"sancun/wire/szse"
)

// widths are the bytes of the text fields, by name.
var widths = map[string]int{
	"SenderCompID": 20, "TargetCompID": 20, "Password": 16, "DefaultApplVerID": 32, "Text": 200,
	"ApplID": 3, "SubmittingPBUID": 6, "ReportingPBUID": 6, "SecurityID": 8, "BusinessRejectRefID": 10,
	"BusinessRejectText": 50, "ClearingFirm": 2, "UserInfo": 8, "ClOrdID": 10, "OrigClOrdID": 10,
	"QuoteMsgID": 10, "OrderID": 16, "ExecID": 16, "AccountID": 12, "BranchID": 4, "RejectText": 16, "Name": 40,
}

var forPeople = map[string]bool{"Text": true, "BusinessRejectText": true, "RejectText": true, "Name": true}

// codes are the code lists, by type; by message and field where a message
// allows fewer.
var codes = map[string][]any{
	"OwnerType":           {szse.OwnerPerson, szse.OwnerExchange, szse.OwnerMember, szse.OwnerInstitution, szse.OwnerProprietary, szse.OwnerLiquidity, szse.OwnerClearing},
	"Side":                {szse.SideBuy, szse.SideSell},
	"OrdType":             {szse.OrdMarket, szse.OrdLimit, szse.OrdOwnBest},
	"TimeInForce":         {szse.ForceDay, szse.ForceImmediate},
	"CashMargin":          {szse.CashOrdinary, szse.CashOpen, szse.CashClose},
	"Confirm.ExecType":    {szse.ExecNew, szse.ExecCancelled, szse.ExecRejected},
	"Confirm.OrdStatus":   {szse.StatusNew, szse.StatusCancelled, szse.StatusRejected},
	"Fill.ExecType":       {szse.ExecFill},
	"Fill.OrdStatus":      {szse.StatusPartial, szse.StatusFilled},
	"OrdStatus":           {szse.StatusNew, szse.StatusPartial, szse.StatusFilled, szse.StatusCancelled, szse.StatusRejected},
	"PlatformID":          {szse.PlatformAuction, szse.PlatformIntegrated, szse.PlatformNonTrading, szse.PlatformDerivatives, szse.PlatformInternational, szse.PlatformFixedIncome},
	"PlatformState":       {szse.PlatformPreOpen, szse.PlatformOpenUpComing, szse.PlatformOpen, szse.PlatformHalt, szse.PlatformClose},
	"SessionStatus":       {szse.SessionActive, szse.SessionSeqTooLarge, szse.SessionOther, szse.SessionInvalidMessage},
	"Phase":               {szse.PhaseStart, szse.PhaseOpening, szse.PhaseContinuous, szse.PhaseBreak, szse.PhaseClosing, szse.PhaseAfterHours, szse.PhaseHalt, szse.PhaseVolatility, szse.PhaseEnd},
	"OrderRestrictions":   {"", "1", "E", "1E", "E1"},
	"NewOrder.ApplID":     {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
	"Confirm.ApplID":      {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
	"Fill.ApplID":         {szse.ApplSpot, szse.ApplAfterHours},
	"Cancel.ApplID":       {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
	"CancelReject.ApplID": {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
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
		v.SetInt(rapid.Int64Range(0, 9_999_999_999_999).Draw(t, name))
		return
	case money.Quantity:
		v.SetInt(rapid.Int64Range(0, 9_999_999_999_999).Draw(t, name))
		return
	case szse.Value:
		v.SetInt(rapid.Int64Range(0, 999_999_999_999_999_999).Draw(t, name))
		return
	case szse.Timestamp:
		at := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, name))
		v.SetInt(int64(szse.TimestampOf(at)))
		return
	case szse.Date:
		v.SetUint(uint64(szse.DateOf(time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, name), 0))))
		return
	case szse.SecurityFlags:
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
		n := rapid.SampledFrom([]int{0, 1, 2, 17, szse.PartitionsMax}).Draw(t, name)
		for range n {
			entry := reflect.New(v.Type().Elem()).Elem()
			fillIn(t, entry, message, name)
			v.Set(reflect.Append(v, entry))
		}
	case reflect.String:
		v.SetString(drawText(t, name))
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

func drawText(t *rapid.T, name string) string {
	width := widths[name]
	if width == 0 {
		t.Fatalf("no width for %s", name)
	}
	letters := rapid.RuneFrom([]rune(" !09AZaz~"))
	if forPeople[name] {
		letters = rapid.RuneFrom([]rune(" A0平安银行Ａ　ㄅ𠀀€"))
	}
	return strings.TrimRight(rapid.StringOfN(letters, 0, width, width).Draw(t, name), " ")
}

// drawMessage draws a valid message of any type.
func drawMessage(t *rapid.T) szse.Message {
	like := rapid.SampledFrom(samples).Draw(t, "like").message
	v := reflect.New(reflect.TypeOf(like)).Elem()
	fillIn(t, v, v.Type().Name(), v.Type().Name())
	switch m := v.Interface().(szse.Message).(type) {
	case szse.NewOrder:
		m.Spot, m.CashMargin = stated(m.ApplID, m.Spot, m.CashMargin)
		return m
	case szse.Confirm:
		m.Spot, m.CashMargin = stated(m.ApplID, m.Spot, m.CashMargin)
		return m
	default:
		return m
	}
}

// stated drops the terms that the business does not state.
func stated(business szse.ApplID, spot szse.SpotTerms, cash szse.CashMargin) (szse.SpotTerms, szse.CashMargin) {
	switch business {
	case szse.ApplSpot:
		return spot, cash
	case szse.ApplAfterHours:
		return szse.SpotTerms{}, cash
	}
	return szse.SpotTerms{}, 0
}

// A stream of any messages comes back as it was, however the bytes arrive.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawMessage), 1, 5).Draw(t, "messages")
		var stream []byte
		for _, m := range want {
			var err error
			if stream, err = szse.AppendFrame(stream, m); err != nil {
				t.Fatalf("%+v: %v", m, err)
			}
		}
		r := szse.NewReader(bytes.NewReader(stream))
		if rapid.Bool().Draw(t, "byte by byte") {
			r = szse.NewReader(iotest.OneByteReader(bytes.NewReader(stream)))
		}
		for _, m := range want {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
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
		got, err := szse.Decode(m.Type(), body)
		if err != nil {
			return
		}
		again, err := got.Append(nil)
		if err != nil || !bytes.Equal(again, body) {
			t.Fatalf("read %+v, which is written as % x, %v; the bytes were % x", got, again, err, body)
		}
	})
}

// Messages go into a buffer that has room without any allocation.
func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, szse.BodyMax+szse.HeaderLen+szse.TrailerLen)
	for _, s := range samples {
		got := testing.AllocsPerRun(10, func() {
			if _, err := szse.AppendFrame(buf, s.message); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", s.name, got)
		}
	}
}
