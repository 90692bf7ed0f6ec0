package dr

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// people are four operators with their private keys.
func people() ([]Operator, map[string]ed25519.PrivateKey) {
	keys := map[string]ed25519.PrivateKey{}
	var all []Operator
	for i, p := range []Operator{
		{Name: "operator-1", Staff: 11, Duties: []Duty{DutyOperate, DutyRehearse}},
		{Name: "commander-1", Staff: 12, Duties: []Duty{DutyCommand}},
		{Name: "both", Staff: 13, Duties: []Duty{DutyOperate, DutyCommand, DutyVerify}},
		{Name: "expired", Staff: 14, Duties: []Duty{DutyOperate, DutyCommand}, Until: morning.Add(-time.Hour)},
	} {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i + 1)
		keys[p.Name] = ed25519.NewKeyFromSeed(seed)
		p.Key = keys[p.Name].Public().(ed25519.PublicKey)
		p.From = morning.AddDate(0, -6, 0)
		if p.Until.IsZero() {
			p.Until = morning.AddDate(0, 6, 0)
		}
		all = append(all, p)
	}
	return all, keys
}

var here = Place{Cell: 1, Centre: "south", Epoch: 4, Now: morning.Add(time.Minute)}

func draft() Order {
	return Order{
		Cell: 1, Centre: "south", Act: ActPromote, Epoch: 5, Run: "failover-7", Reason: "the main centre is lost",
		Issued: morning, Expires: morning.Add(time.Hour), Maker: "operator-1", Checker: "commander-1",
	}
}

func signed(t *testing.T, o Order, keys map[string]ed25519.PrivateKey) Order {
	t.Helper()
	for _, name := range []string{o.Maker, o.Checker} {
		if err := o.Sign(name, keys[name]); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestOrderOfTwoPeopleIsTakenOnce(t *testing.T) {
	all, keys := people()
	o := signed(t, draft(), keys)
	carried, err := json.Marshal(&o) // as it travels
	if err != nil {
		t.Fatal(err)
	}
	var got Order
	if err := json.Unmarshal(carried, &got); err != nil {
		t.Fatal(err)
	}
	maker, checker, err := got.Check(here, all)
	if err != nil || maker.Staff != 11 || checker.Staff != 12 {
		t.Fatalf("signed by %v and %v: %v", maker.Staff, checker.Staff, err)
	}
	after := here
	after.Epoch = 5
	if _, _, err := got.Check(after, all); !errors.Is(err, ErrOrder) {
		t.Fatalf("carried a second time: %v", err)
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	all, keys := people()
	for _, tt := range []struct {
		name  string
		spoil func(*Order, *Place)
	}{
		{"one person", func(o *Order, _ *Place) { o.Maker, o.Checker = "both", "both" }},
		{"no duty to operate", func(o *Order, _ *Place) { o.Maker = "commander-1"; o.Checker = "both" }},
		{"no duty to command", func(o *Order, _ *Place) { o.Maker = "both"; o.Checker = "operator-1" }},
		{"qualification ended", func(o *Order, _ *Place) { o.Maker = "expired" }},
		{"another cell", func(o *Order, _ *Place) { o.Cell = 2 }},
		{"another centre", func(o *Order, _ *Place) { o.Centre = "north" }},
		{"an epoch too far", func(o *Order, _ *Place) { o.Epoch = 6 }},
		{"an epoch too old", func(o *Order, _ *Place) { o.Epoch = 4 }},
		{"no such act", func(o *Order, _ *Place) { o.Act = "stop" }},
		{"no reason", func(o *Order, _ *Place) { o.Reason = "" }},
		{"no run", func(o *Order, _ *Place) { o.Run = "" }},
		{"valid too long", func(o *Order, _ *Place) { o.Expires = o.Issued.Add(ValidAtMost + time.Second) }},
		{"expired", func(_ *Order, p *Place) { p.Now = morning.Add(2 * time.Hour) }},
		{"not yet", func(_ *Order, p *Place) { p.Now = morning.Add(-time.Minute) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, at := draft(), here
			tt.spoil(&o, &at)
			o = signed(t, o, keys)
			if _, _, err := o.Check(at, all); !errors.Is(err, ErrOrder) {
				t.Fatalf("taken: %v", err)
			}
		})
	}
}

// 10,000 forgeries (reliability S7): whatever is changed after the signatures,
// swapped between orders or signed by the wrong key is refused.
func TestForgedOrdersAreRefused(t *testing.T) {
	all, keys := people()
	random := rand.New(rand.NewPCG(1, 2))
	other := draft()
	other.Act, other.Epoch, other.Run = ActProtection, 4, "protection-1"
	other = signed(t, other, keys)
	names := []string{"operator-1", "commander-1", "both", "expired", "nobody"}
	for i := range 10_000 {
		o := signed(t, draft(), keys)
		switch random.IntN(12) {
		case 0:
			o.Centre = "north"
		case 1:
			o.Epoch += uint32(1 + random.IntN(9))
		case 2:
			o.Reason += " "
		case 3:
			o.Planned = !o.Planned
		case 4:
			o.Expires = o.Expires.Add(time.Duration(1+random.IntN(3600)) * time.Second)
		case 5:
			o.MakerSign[random.IntN(64)] ^= byte(1 + random.IntN(255))
		case 6:
			o.CheckerSign[random.IntN(64)] ^= byte(1 + random.IntN(255))
		case 7:
			o.MakerSign, o.CheckerSign = o.CheckerSign, o.MakerSign
		case 8:
			o.MakerSign, o.CheckerSign = other.MakerSign, other.CheckerSign
		case 9:
			o.Checker = names[random.IntN(len(names))]
			if o.Checker == "commander-1" {
				o.Checker = "both"
			}
		case 10:
			o.Detail = "protect"
		case 11:
			o.CheckerSign = nil
		}
		if maker, checker, err := o.Check(here, all); !errors.Is(err, ErrOrder) {
			t.Fatalf("forgery %d was taken as of %s and %s: %+v", i, maker.Name, checker.Name, o)
		}
	}
}

func TestRolesFollowOnlyAsDrawn(t *testing.T) {
	for r := range roleNames {
		if got, err := ParseRole(r.String()); err != nil || got != r {
			t.Errorf("role %v reads back as %v, %v", r, got, err)
		}
	}
	for _, tt := range []struct {
		from, to Role
		ok       bool
	}{
		{Standby, Primary, true}, {Primary, Standby, true}, {Fenced, Primary, false}, {Fenced, Standby, true}, {Drill, Primary, false},
		{Isolated, Fenced, true}, {Recovering, Primary, true}, {Recovering, Drill, false}, {Primary, Drill, false}, {Standby, Isolated, false},
	} {
		if err := tt.to.Follows(tt.from); (err == nil) != tt.ok {
			t.Errorf("from %v to %v: %v, want allowed %v", tt.from, tt.to, err, tt.ok)
		}
	}
}
