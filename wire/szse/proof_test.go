package szse_test

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/wire/frame/frametest"
	"sancun/wire/szse"
)

// codec is this format as the common proof drives it.
var codec = frametest.Codec{
	HeaderLen: szse.HeaderLen, BodyMax: szse.BodyMax, Samples: samples,
	Number: func(m frametest.Message) uint32 { return uint32(m.(szse.Message).Type()) },
	Known:  func(number uint32) bool { return szse.MsgType(number).Known() },
	Decode: func(number uint32, body []byte) (frametest.Message, error) {
		return szse.Decode(szse.MsgType(number), body)
	},
	Frame: func(dst []byte, m frametest.Message) ([]byte, error) { return szse.AppendFrame(dst, m.(szse.Message)) },
	Frames: func(src io.Reader) func() (uint32, []byte, error) {
		r := szse.NewReader(src)
		return func() (uint32, []byte, error) {
			f, err := r.Next()
			return uint32(f.Type), f.Body, err
		}
	},
}

var rules = frametest.Rules{
	Widths: map[string]int{
		"SenderCompID": 20, "TargetCompID": 20, "Password": 16, "DefaultApplVerID": 32, "Text": 200,
		"ApplID": 3, "SubmittingPBUID": 6, "ReportingPBUID": 6, "SecurityID": 8, "BusinessRejectRefID": 10,
		"BusinessRejectText": 50, "ClearingFirm": 2, "UserInfo": 8, "ClOrdID": 10, "OrigClOrdID": 10,
		"QuoteMsgID": 10, "OrderID": 16, "ExecID": 16, "AccountID": 12, "BranchID": 4, "RejectText": 16, "Name": 40,
	},
	ForPeople: map[string]bool{"Text": true, "BusinessRejectText": true, "RejectText": true, "Name": true},
	Codes: map[string][]any{
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
		"OrderRestrictions":   {"", "1", "E", "1E", "E1"},
		"NewOrder.ApplID":     {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
		"Confirm.ApplID":      {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
		"Fill.ApplID":         {szse.ApplSpot, szse.ApplAfterHours},
		"Cancel.ApplID":       {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
		"CancelReject.ApplID": {szse.ApplSpot, szse.ApplIssue, szse.ApplAfterHours},
	},
	EntriesMax: szse.PartitionsMax,
	Special:    special,
	Mend:       mend,
}

func special(t *rapid.T, v reflect.Value, name string) bool {
	switch v.Interface().(type) {
	case szse.Value:
		v.SetInt(rapid.Int64Range(0, 999_999_999_999_999_999).Draw(t, name))
	case szse.Timestamp:
		v.SetInt(int64(szse.TimestampOf(time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, name)))))
	default:
		return false
	}
	return true
}

// mend drops the terms that the business of an order does not state.
func mend(m frametest.Message) frametest.Message {
	switch m := m.(type) {
	case szse.NewOrder:
		m.Spot, m.CashMargin = stated(m.ApplID, m.Spot, m.CashMargin)
		return m
	case szse.Confirm:
		m.Spot, m.CashMargin = stated(m.ApplID, m.Spot, m.CashMargin)
		return m
	}
	return m
}

func stated(business szse.ApplID, spot szse.SpotTerms, cash szse.CashMargin) (szse.SpotTerms, szse.CashMargin) {
	switch business {
	case szse.ApplSpot:
		return spot, cash
	case szse.ApplAfterHours:
		return szse.SpotTerms{}, cash
	}
	return szse.SpotTerms{}, 0
}

func TestGolden(t *testing.T)         { frametest.Golden(t, &codec) }
func TestFormatDocument(t *testing.T) { frametest.Document(t, &codec, "../../docs/formats/szse.md") }
func TestRoundTrip(t *testing.T)      { frametest.RoundTrip(t, &codec, &rules) }
func TestOneBitMatters(t *testing.T)  { frametest.OneBitMatters(t, &codec, &rules) }
func TestNoAllocation(t *testing.T)   { frametest.NoAllocation(t, &codec) }
func TestPasswordIsNotPrinted(t *testing.T) {
	m := szse.Logon{SenderCompID: "BROKER1", Password: "not-secret"}
	if text := fmt.Sprintf("%v %+v %#v %s", m, m, m, m); strings.Contains(text, "not-secret") {
		t.Error(text)
	}
}

func fuzz(f *testing.F, types ...szse.MsgType) {
	var numbers []uint32
	for _, t := range types {
		numbers = append(numbers, uint32(t))
	}
	frametest.FuzzBodies(f, &codec, numbers...)
}

func FuzzSession(f *testing.F) {
	fuzz(f, szse.TypeLogon, szse.TypeLogout, szse.TypeHeartbeat, szse.TypeBusinessReject)
}

func FuzzSync(f *testing.F) {
	fuzz(f, szse.TypeReportSynchronization, szse.TypePlatformStateInfo, szse.TypeReportFinished, szse.TypePlatformInfo)
}

func FuzzOrder(f *testing.F) {
	fuzz(f, szse.TypeNewOrderSpot, szse.TypeNewOrderIssue, szse.TypeNewOrderAfterHours)
}

func FuzzCancel(f *testing.F) { fuzz(f, szse.TypeCancel, szse.TypeCancelReject) }

func FuzzReport(f *testing.F) {
	fuzz(f, szse.TypeConfirmSpot, szse.TypeConfirmIssue, szse.TypeConfirmAfterHours, szse.TypeFillSpot, szse.TypeFillAfterHours)
}

func FuzzQuote(f *testing.F) { fuzz(f, szse.TypeSnapshot, szse.TypeSecurity) }

func FuzzReader(f *testing.F) { frametest.FuzzFrames(f, &codec) }
