package clearing

import (
	"errors"
	"slices"
	"testing"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Holders of the record date get cash and units on the next trading day, in the
// files of both markets and on the reserve account.
func TestEntitlements(t *testing.T) {
	out := newMemory()
	h := newHouse(t, testConfig(t, out))
	events := []Event{
		{No: "SH1", Security: id(t, "600000.SH"), Record: friday, Cash: 3_200, Bonus: 300_000_000},
		{No: "SZ1", Security: id(t, "000001.SZ"), Record: friday, Cash: 2_850, Bonus: 150_000_001},
	}
	for _, e := range events {
		if err := h.Announce(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Announce(events[0]); !errors.Is(err, ErrConfig) {
		t.Errorf("an event twice: %v", err)
	}
	play(t, h, friday, smallDay(t)) // account …3 ends with 500 of 600000, account …1 with none
	before := h.Accounts(1)
	play(t, h, monday, nil)

	jsmx := rows(t, out.file(monday, csdc.LayoutJsmx), csdc.ReadJsmx)
	if len(jsmx) != 2 || jsmx[0].Account != "A100000003" || jsmx[0].NetAmount != 160_00 || jsmx[0].Note != "红利清算SH1" ||
		jsmx[0].Entitlement != csdc.EntitlementDividend || jsmx[0].SettlementDate != "20230828" || jsmx[0].OtherDate != "20230825" {
		t.Errorf("jsmx %+v", jsmx)
	}
	zqbd := rows(t, out.file(monday, csdc.LayoutZqbd), csdc.ReadZqbd)
	if len(zqbd) != 1 || zqbd[0].Change != 150 || zqbd[0].Entitlement != csdc.EntitlementBonus || zqbd[0].ChangeKind != csdc.TransferEntitlement {
		t.Errorf("zqbd %+v", zqbd)
	}
	var kinds []string
	for _, r := range rows(t, out.file(monday, csdc.LayoutSJSJG), csdc.ReadSJSJG) {
		kinds = append(kinds, r.Business+" "+r.Account)
		switch {
		case r.Business == csdc.SZDividend && r.Account == "0100000001" && r.NetAmount != 855_00,
			r.Business == csdc.SZBonus && r.Account == "0100000001" && r.SettledQuantity != 450,
			r.Business == csdc.SZBonus && r.Account == "0100000002" && r.SettledQuantity != 105:
			t.Errorf("SJSJG %+v", r)
		}
	}
	if want := []string{"QPPX 0100000001", "QPPX 0100000002", "QPHG 0100000001", "QPHG 0100000002", "ZJJS "}; !slices.Equal(kinds, want) {
		t.Errorf("SJSJG has %q, want %q", kinds, want)
	}
	dz := rows(t, out.file(monday, csdc.LayoutSJSDZ), csdc.ReadSJSDZ)
	if dz[0].Holding != 3_450 {
		t.Errorf("SJSDZ %+v", dz)
	}
	if found := check(t, out, monday, 19, 0); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	var net money.Amount
	for _, s := range settlements(h) {
		if s.Account == shClient {
			net += s.Amount
		}
	}
	if after := h.Accounts(1)[0]; after.Balance != before[0].Balance+net {
		t.Errorf("reserve %s, was %s, settled %s", after.Balance, before[0].Balance, net)
	}
}

// Nobody gets a fraction, and a late announcement is refused.
func TestEntitlementLimits(t *testing.T) {
	h := newHouse(t, testConfig(t, newMemory()))
	play(t, h, friday, nil)
	for name, e := range map[string]Event{
		"over":      {No: "1", Security: id(t, "600000.SH"), Record: friday, Cash: 1},
		"no number": {Security: id(t, "600000.SH"), Record: monday, Cash: 1},
		"pays then": {No: "1", Security: id(t, "600000.SH"), Record: monday, Pay: monday, Cash: 1},
		"market":    {No: "1", Security: 3_830_799, Record: monday, Cash: 1},
	} {
		if err := h.Announce(e); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Invented events are the same for a seed and can be announced.
func TestDrawEvents(t *testing.T) {
	c := testConfig(t, newMemory())
	var securities []market.ID
	for _, p := range c.Holdings {
		securities = append(securities, p.Security)
	}
	slices.Sort(securities)
	securities = slices.Compact(securities)
	events := DrawEvents(3, friday, securities, ppm)
	if len(events) != len(securities) || !slices.Equal(events, DrawEvents(3, friday, securities, ppm)) || len(DrawEvents(3, friday, securities, 0)) != 0 {
		t.Fatalf("events %+v", events)
	}
	h := newHouse(t, c)
	for _, e := range events {
		if err := h.Announce(e); err != nil {
			t.Error(err)
		}
	}
	play(t, h, friday, nil)
	if err := errors.Join(h.Open(monday), h.Clear(slices.Values([]Trade(nil))), h.Release(16*calendar.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(settlements(h)) != 2 {
		t.Errorf("paid %+v", settlements(h))
	}
}
