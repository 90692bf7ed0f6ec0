package sse_test

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/wire/frame/frametest"
	"sancun/wire/sse"
)

// seq is a message number with a different byte in each place.
const seq = 0x0102030405060708

// codec is this format as the common proof drives it.
var codec = frametest.Codec{
	HeaderLen: sse.HeaderLen, BodyMax: sse.BodyMax, Samples: samples,
	Number: func(m frametest.Message) uint32 { return uint32(m.(sse.Message).Type()) },
	Known:  func(number uint32) bool { return sse.MsgType(number).Known() },
	Decode: func(number uint32, body []byte) (frametest.Message, error) {
		return sse.Decode(sse.MsgType(number), body)
	},
	Frame: func(dst []byte, m frametest.Message) ([]byte, error) {
		return sse.AppendFrame(dst, seq, m.(sse.Message))
	},
	Frames: func(src io.Reader) func() (uint32, []byte, error) {
		r := sse.NewReader(src)
		return func() (uint32, []byte, error) {
			f, err := r.Next()
			return uint32(f.Type), f.Body, err
		}
	},
}

var rules = frametest.Rules{
	Widths: map[string]int{
		"SenderCompID": 32, "TargetCompID": 32, "PrtclVersion": 8, "Text": 64, "BizPbu": 8, "Pbu": 8, "Pbus": 8,
		"ClOrdID": 10, "OrigClOrdID": 10, "SecurityID": 12, "Account": 13, "ClearingFirm": 8, "BranchID": 8,
		"UserInfo": 32, "OrdCnfmID": 16, "OrigOrdCnfmID": 16, "TrdCnfmID": 16, "Name": 40,
	},
	ForPeople: map[string]bool{"Name": true},
	Codes: map[string][]any{
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
	},
	EntriesMax: sse.GroupsMax,
	Special:    special,
}

func special(t *rapid.T, v reflect.Value, name string) bool {
	switch v.Interface().(type) {
	case sse.Value:
		least := int64(0)
		if name == "GrossTradeAmt" {
			least = int64(sse.ValueUnstated)
		}
		v.SetInt(rapid.Int64Range(least, 999_999_999_999_999_999).Draw(t, name))
	case sse.Clock:
		at := time.Unix(0, rapid.Int64Range(0, 4_000_000_000_000_000_000).Draw(t, name))
		v.SetUint(uint64(sse.ClockOf(at)))
	case uint64: // a report index, or Seq
		v.SetUint(rapid.Uint64Range(1, math.MaxUint32).Draw(t, name))
	default:
		return false
	}
	return true
}

func TestGolden(t *testing.T)         { frametest.Golden(t, &codec) }
func TestFormatDocument(t *testing.T) { frametest.Document(t, &codec, "../../docs/formats/sse.md") }
func TestRoundTrip(t *testing.T)      { frametest.RoundTrip(t, &codec, &rules) }
func TestOneBitMatters(t *testing.T)  { frametest.OneBitMatters(t, &codec, &rules) }

// A Security's name is recoded to GB18030, once a day.
func TestNoAllocation(t *testing.T) { frametest.NoAllocation(t, &codec, "security") }

// The sender's message number is in the header, whole.
func TestSeq(t *testing.T) {
	whole, err := sse.AppendFrame(nil, seq, sse.Heartbeat{})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := sse.NewReader(bytes.NewReader(whole)).Next(); err != nil || f.Seq != seq {
		t.Errorf("message number %x, %v", f.Seq, err)
	}
}

func fuzz(f *testing.F, types ...sse.MsgType) {
	var numbers []uint32
	for _, t := range types {
		numbers = append(numbers, uint32(t))
	}
	frametest.FuzzBodies(f, &codec, numbers...)
}

func FuzzSession(f *testing.F) {
	fuzz(f, sse.TypeLogon, sse.TypeLogout, sse.TypeHeartbeat, sse.TypePlatformState)
}

func FuzzSync(f *testing.F) {
	fuzz(f, sse.TypeExecRptInfo, sse.TypeExecRptSync, sse.TypeExecRptSyncRsp, sse.TypeExecRptEndOfStream)
}

func FuzzOrder(f *testing.F)  { fuzz(f, sse.TypeNewOrder, sse.TypeOrderReject) }
func FuzzCancel(f *testing.F) { fuzz(f, sse.TypeCancel, sse.TypeCancelReject) }
func FuzzReport(f *testing.F) { fuzz(f, sse.TypeConfirm, sse.TypeFill) }
func FuzzQuote(f *testing.F)  { fuzz(f, sse.TypeSnapshot, sse.TypeSecurity) }
func FuzzReader(f *testing.F) { frametest.FuzzFrames(f, &codec) }
