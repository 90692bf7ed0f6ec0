package plan

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sancun/dr"
)

// 10,000 forged approvals and confirmations (reliability D17, S7): one approver,
// approving one's own, an ended duty, a replayed signature, another text. None
// passes, and the journal is as it was.
func TestForgeriesAreRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 9))
	for i := range 2_000 {
		if err := forgeApproval(t, random); !errors.Is(err, ErrApproval) {
			t.Fatalf("forged approval %d: %v", i, err)
		}
	}
	s, replays := atGate(t)
	head := s.control.Head()
	for i := range 8_000 {
		c := forgeConfirmation(t, s, replays, random)
		if err := s.run.Take(s.run.Open()[0], &c, s.people, s.now); !errors.Is(err, ErrApproval) {
			t.Fatalf("forged confirmation %d was taken: %v, %+v", i, err, c)
		}
		if i%100 != 0 {
			continue
		}
		if err := s.event(&Event{Kind: EventConfirmed, Said: &c}); !errors.Is(err, ErrApproval) && !errors.Is(err, ErrEvent) {
			t.Fatalf("the fold took forged confirmation %d: %v", i, err)
		}
	}
	if s.control.Head() != head || len(s.run.Open()[0].Said) != 1 {
		t.Fatal("a refused confirmation left a trace")
	}
	if err := s.say("li", Yes); err != nil { // the true one still passes
		t.Fatal(err)
	}
	if err := s.engine.Close(); err != nil {
		t.Fatal(err)
	}
}

func forgeApproval(t *testing.T, random *rand.Rand) error {
	people, keys := persons()
	p, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	a := p.Draft("wang", "li", monday.Add(-time.Hour), 90*24*time.Hour)
	sign := func(names ...string) {
		for _, name := range names {
			if err := a.Sign(name, keys[name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := monday
	switch random.IntN(12) {
	case 0: // one person
		sign("wang")
	case 1: // the same person twice
		a.Maker, a.Checker = "zhao", "zhao"
		sign("zhao")
		a.CheckerSign = a.MakerSign
	case 2: // an ended qualification
		a.Checker = "past"
		sign("wang", "past")
	case 3: // without the duty
		a.Maker, a.Checker = "li", "zhao"
		sign("li", "zhao")
	case 4: // another text
		sign("wang", "li")
		p, _ = Parse([]byte(good + "\n# one more word " + string(rune('a'+random.IntN(26)))))
	case 5: // of another version
		sign("wang", "li")
		p.Version++
	case 6: // prolonged behind the signatures
		sign("wang", "li")
		a.Expires = a.Expires.Add(time.Duration(1+random.IntN(1000)) * time.Second)
	case 7: // too late
		sign("wang", "li")
		at = a.Expires.Add(time.Duration(1+random.IntN(1000)) * time.Second)
	case 8: // a flipped bit
		sign("wang", "li")
		a.MakerSign[random.IntN(64)] ^= 1 << random.IntN(8)
	case 9: // signatures exchanged
		sign("wang", "li")
		a.MakerSign, a.CheckerSign = a.CheckerSign, a.MakerSign
	case 10: // one person under two names
		people[0].Key = people[1].Key
		a.MakerSign = nil
		sign("li")
		forged := a
		if err := forged.Sign("wang", keys["li"]); err != nil {
			t.Fatal(err)
		}
		a = forged
	case 11: // approved for ever
		a.Expires = a.Issued.Add(ApprovedAtMost + time.Duration(1+random.IntN(1000))*time.Hour)
		sign("wang", "li")
	}
	return a.Check(p, people, at)
}

// atGate is a run whose gate wang has passed and li has not, and confirmations of li
// for an earlier gate, an earlier run and another answer.
func atGate(t *testing.T) (*teller, []Confirmation) {
	s := newTeller(t)
	var err error
	if s.plan, err = Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	var replays []Confirmation
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"earlier", "present"} {
		must(s.begin(name, []Pair{{"to", "south"}}))
		must(s.event(&Event{Kind: EventChecked, Step: "look", Phase: Pre, Outcome: OK}))
		must(s.openGate("decide"))
		if name == "earlier" {
			c, err := s.run.Open()[0].Sign(s.run.Name, s.run.Plan.Hash, "li", Yes, "", s.now, s.keys["li"])
			must(err)
			replays = append(replays, c)
			must(s.say("li", No))
			must(s.event(&Event{Kind: EventTurned}))
			must(s.event(&Event{Kind: EventEnded, Outcome: RolledBack, Safe: "before"}))
		}
	}
	must(s.say("wang", Yes))
	return s, replays
}

func forgeConfirmation(t *testing.T, s *teller, replays []Confirmation, random *rand.Rand) Confirmation {
	t.Helper()
	g := s.run.Open()[0]
	sign := func(name, with string, answer Answer, at time.Time) Confirmation {
		c, err := g.Sign(s.run.Name, s.run.Plan.Hash, name, answer, "", at, s.keys[with])
		if err != nil && len(g.Drafts) == 0 {
			t.Fatal(err)
		}
		return c
	}
	c := sign("li", "li", Yes, s.now)
	switch random.IntN(14) {
	case 0: // wang again
		return sign("wang", "wang", Yes, s.now)
	case 1: // wang for li
		return sign("li", "wang", Yes, s.now)
	case 2: // somebody who is not asked
		c.Name = []string{"zhao", "past", "nobody"}[random.IntN(3)]
	case 3: // a replay of an earlier run
		return replays[0]
	case 4: // a replay dressed up for this run
		c = replays[0]
		c.Run, c.Gate, c.Drafts = s.run.Name, g.Number, draftsHash(g.Drafts)
	case 5: // of another plan
		c.Plan[random.IntN(32)] ^= 1
	case 6: // of another gate
		c.Gate += 1 + random.IntN(5)
	case 7: // another answer behind the signature
		c.Answer = No
	case 8: // an answer of a hold
		return sign("li", "li", holdAnswers[random.IntN(len(holdAnswers))], s.now)
	case 9: // signed long before, or in time to come
		return sign("li", "li", Yes, s.now.Add([]time.Duration{-25 * time.Hour, time.Hour}[random.IntN(2)]))
	case 10: // an order not signed
		c.Orders = slices.Clone(c.Orders)[:random.IntN(len(c.Orders))]
	case 11: // an order signed by somebody else
		c.Orders = slices.Clone(c.Orders)
		c.Orders[random.IntN(len(c.Orders))].Sign = g.Said[0].Orders[0].Sign
	case 12: // a flipped bit
		c.Sign = slices.Clone(c.Sign)
		c.Sign[random.IntN(64)] ^= 1 << random.IntN(8)
	case 13: // a remark added behind the signature
		c.Remark = "yes, of course"
	}
	return c
}

// A duty that was taken away, or a term that ended since the run began, counts: the
// present list of people decides.
func TestDutyTakenAwayInBetween(t *testing.T) {
	s, _ := atGate(t)
	g := s.run.Open()[0]
	c, err := g.Sign(s.run.Name, s.run.Plan.Hash, "li", Yes, "", s.now, s.keys["li"])
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*dr.Operator){
		"duty":  func(p *dr.Operator) { p.Duties = []dr.Duty{dr.DutyVerify} },
		"term":  func(p *dr.Operator) { p.Until = s.now.Add(-time.Second) },
		"key":   func(p *dr.Operator) { p.Key = s.people[2].Key },
		"name":  func(p *dr.Operator) { p.Name = "lee" },
		"staff": func(p *dr.Operator) { p.Staff = 11 }, // the same person as wang
	} {
		now := slices.Clone(s.people)
		change(&now[1])
		if err := s.run.Take(g, &c, now, s.now); !errors.Is(err, ErrApproval) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.run.Take(g, &c, s.people, s.now); err != nil {
		t.Error(err)
	}
	if err := s.engine.Close(); err != nil {
		t.Fatal(err)
	}
}
