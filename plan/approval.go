package plan

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sancun/dr"
)

// ErrApproval refuses an approval or a confirmation; its text says why.
var ErrApproval = errors.New("the signatures of people are refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrApproval, fmt.Sprintf(format, args...))
}

// Approval says that two people want a plan to be carried out as it is written.
// Both signatures cover every other field, so an approval of one text is none of
// another.
type Approval struct {
	Plan    string    `json:"plan"`
	Version int       `json:"version"`
	Hash    Hash      `json:"hash"` // of the text
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Maker   string    `json:"maker"`
	Checker string    `json:"checker"`

	MakerSign   []byte `json:"maker_sign,omitempty"`
	CheckerSign []byte `json:"checker_sign,omitempty"`
}

// approvalDuties are the duties of those who approve a plan: one who carries it
// out, one who decides on it.
var approvalDuties = [2]dr.Duty{dr.DutyOperate, dr.DutyCommand}

func (a *Approval) bytes() ([]byte, error) {
	plain := *a
	plain.MakerSign, plain.CheckerSign = nil, nil
	plain.Issued, plain.Expires = a.Issued.UTC().Truncate(time.Second), a.Expires.UTC().Truncate(time.Second)
	text, err := json.Marshal(&plain)
	return append([]byte("sancun plan approval 1\n"), text...), err
}

// Draft is an approval of a plan without signatures.
func (p *Plan) Draft(maker, checker string, issued time.Time, valid time.Duration) Approval {
	issued = issued.UTC().Truncate(time.Second)
	return Approval{Plan: p.Name, Version: p.Version, Hash: p.Hash, Issued: issued, Expires: issued.Add(valid), Maker: maker, Checker: checker}
}

// Sign adds the signature of a person, who must be its maker or checker.
func (a *Approval) Sign(name string, key ed25519.PrivateKey) error {
	text, err := a.bytes()
	if err != nil {
		return err
	}
	switch name {
	case a.Maker:
		a.MakerSign = ed25519.Sign(key, text)
	case a.Checker:
		a.CheckerSign = ed25519.Sign(key, text)
	default:
		return refuse("%s is neither maker nor checker", name)
	}
	return nil
}

// Check tells whether a plan may be begun at a time. The error is ErrApproval.
func (a *Approval) Check(p *Plan, people []dr.Operator, now time.Time) error {
	switch {
	case a.Plan != p.Name || a.Version != p.Version:
		return refuse("they approve %s version %d, this is %s version %d", a.Plan, a.Version, p.Name, p.Version)
	case a.Hash != p.Hash:
		return refuse("they approve the text %v, this is %v: it was changed afterwards", a.Hash, p.Hash)
	case a.Expires.Before(a.Issued) || a.Expires.Sub(a.Issued) > ApprovedAtMost:
		return refuse("the approval is valid from %s to %s, at most %v is allowed", a.Issued.Format(time.RFC3339), a.Expires.Format(time.RFC3339), ApprovedAtMost)
	case now.Before(a.Issued) || now.After(a.Expires):
		return refuse("the approval is valid from %s to %s, now it is %s", a.Issued.Format(time.RFC3339), a.Expires.Format(time.RFC3339), now.Format(time.RFC3339))
	case now.After(p.Review.Add(24 * time.Hour)):
		return refuse("the plan was to be looked at again by %s", p.Review.Format(time.DateOnly))
	}
	text, err := a.bytes()
	if err != nil {
		return refuse("%v", err)
	}
	maker, err := signer(people, a.Maker, approvalDuties[0], a.Issued, text, a.MakerSign)
	if err != nil {
		return err
	}
	checker, err := signer(people, a.Checker, approvalDuties[1], a.Issued, text, a.CheckerSign)
	if err != nil {
		return err
	}
	return different(maker, checker)
}

// different tells whether two people are two.
func different(a, b dr.Operator) error {
	if a.Name == b.Name || a.Staff == b.Staff || a.Key.Equal(b.Key) {
		return refuse("%s and %s are the same person", a.Name, b.Name)
	}
	return nil
}

// signer finds a person and verifies the duty, its term and the signature.
func signer(people []dr.Operator, name string, need dr.Duty, at time.Time, text, sign []byte) (dr.Operator, error) {
	i := slices.IndexFunc(people, func(p dr.Operator) bool { return p.Name == name })
	if i < 0 {
		return dr.Operator{}, refuse("nobody called %q may sign here", name)
	}
	p := people[i]
	switch {
	case !slices.Contains(p.Duties, need):
		return p, refuse("%s has not the duty %q", name, need)
	case at.Before(p.From) || at.After(p.Until):
		return p, refuse("the qualification of %s runs from %s to %s", name, p.From.Format(time.DateOnly), p.Until.Format(time.DateOnly))
	case len(p.Key) != ed25519.PublicKeySize || !ed25519.Verify(p.Key, text, sign):
		return p, refuse("the signature of %s is not valid", name)
	}
	return p, nil
}

// Answer is what a person says at a gate or a hold.
type Answer string

// The answers. At a gate: yes and no. At a hold: the others.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	Retry    Answer = "retry"     // do the step again
	Skip     Answer = "skip"      // go on without it
	WasDone  Answer = "was-done"  // an act of unknown outcome was done
	NotDone  Answer = "not-done"  // it was not
	TurnBack Answer = "roll-back" // undo what was done
	Abandon  Answer = "abandon"   // end the run as it is: people take over
)

var holdAnswers = []Answer{Retry, Skip, WasDone, NotDone, TurnBack, Abandon}

// Confirmation is what one person says at one gate of one run. It is of no use at
// another gate, in another attempt, in another run, or for another plan.
type Confirmation struct {
	Run    string    `json:"run"`
	Plan   Hash      `json:"plan"`
	Step   string    `json:"step"` // empty at a hold
	Gate   int       `json:"gate"` // the number of the gate or hold in the run: each is opened once
	Answer Answer    `json:"answer"`
	Name   string    `json:"name"`
	Remark string    `json:"remark,omitempty"`
	At     time.Time `json:"at"`
	Orders []Signed  `json:"orders,omitempty"`
	Drafts Hash      `json:"drafts"` // of the orders that the gate shows
	Sign   []byte    `json:"sign,omitempty"`
}

// Signed is a person's signature under the order of an act.
type Signed struct {
	Act  string `json:"act"` // the step, or step/undo
	Sign []byte `json:"sign"`
}

func (c *Confirmation) bytes() ([]byte, error) {
	plain := *c
	plain.Sign = nil
	plain.At = c.At.UTC().Truncate(time.Second)
	text, err := json.Marshal(&plain)
	return append([]byte("sancun plan confirmation 1\n"), text...), err
}

// Draft is an order that a gate shows to be signed, and the act it is for.
type Draft struct {
	Act   string   `json:"act"`
	Order dr.Order `json:"order"`
}

func draftsHash(all []Draft) Hash {
	var text []byte
	for i := range all {
		plain, err := all[i].Order.Text()
		if err != nil {
			return Hash{} // an order that cannot be written matches nothing
		}
		text = append(append(append(text, all[i].Act...), '\n'), plain...)
	}
	return HashOf(text)
}

// Sign fills in what a person says at an open gate, with the signatures under its
// orders.
func (g *Gate) Sign(run string, plan Hash, name string, answer Answer, remark string, at time.Time, key ed25519.PrivateKey) (Confirmation, error) {
	c := Confirmation{Run: run, Plan: plan, Step: g.Step, Gate: g.Number, Answer: answer, Name: name, Remark: remark, At: at.UTC().Truncate(time.Second), Drafts: draftsHash(g.Drafts)}
	if answer == Yes {
		for i := range g.Drafts {
			o := g.Drafts[i].Order
			if err := o.Sign(name, key); err != nil {
				return c, err
			}
			sign := o.MakerSign
			if name == o.Checker {
				sign = o.CheckerSign
			}
			c.Orders = append(c.Orders, Signed{g.Drafts[i].Act, sign})
		}
	}
	text, err := c.bytes()
	c.Sign = ed25519.Sign(key, text)
	return c, err
}

// Gate is a place where people must say something: a step with a second person or
// by hand, or a hold.
type Gate struct {
	Number int
	Step   string // empty at a hold
	Of     string // the step a hold is about
	Asks   string
	Need   []dr.Duty // who must say it, each once
	Opened time.Time
	Drafts []Draft
	Said   []Confirmation
}

// Hold says whether two people are asked how to go on.
func (g *Gate) Hold() bool { return g.Step == "" }

// Take verifies a confirmation for a gate of a run. The person must be the one who
// has the duty in this run, on duty now and when it was signed. The error is
// ErrApproval.
func (r *Run) Take(g *Gate, c *Confirmation, people []dr.Operator, now time.Time) error {
	answers := []Answer{Yes, No}
	if g.Hold() {
		answers = holdAnswers
	}
	switch {
	case c.Run != r.Name:
		return refuse("it is for run %q, this is %q", c.Run, r.Name)
	case c.Plan != r.Plan.Hash:
		return refuse("it is for the plan %v, this is %v", c.Plan, r.Plan.Hash)
	case c.Step != g.Step || c.Gate != g.Number:
		return refuse("it is for gate %d of %q, open is gate %d of %q", c.Gate, c.Step, g.Number, g.Step)
	case c.Drafts != draftsHash(g.Drafts):
		return refuse("it is for other orders than the gate shows")
	case !slices.Contains(answers, c.Answer):
		return refuse("%q is no answer here; there are %v", c.Answer, answers)
	case len(c.Remark) > titleMax:
		return refuse("the remark has %d bytes, at most %d", len(c.Remark), titleMax)
	case c.At.Before(g.Opened.Truncate(time.Second).Add(-aheadAtMost)) || now.Sub(c.At) > ConfirmedAtMost || c.At.Sub(now) > aheadAtMost:
		return refuse("it was signed at %s; the gate was opened at %s, and now it is %s", c.At.Format(time.RFC3339), g.Opened.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	text, err := c.bytes()
	if err != nil {
		return refuse("%v", err)
	}
	p, err := r.speaker(g, c, people, text)
	if err != nil {
		return err
	}
	if now.After(p.Until) {
		return refuse("the qualification of %s ended on %s", p.Name, p.Until.Format(time.DateOnly))
	}
	return g.orders(c, p)
}

// speaker verifies who speaks, and that nobody speaks twice.
func (r *Run) speaker(g *Gate, c *Confirmation, people []dr.Operator, text []byte) (p dr.Operator, err error) {
	duty, ok := r.dutyOf(g, c.Name)
	if !ok {
		return p, refuse("%s is not asked here; asked are %v", c.Name, r.asked(g))
	}
	if p, err = signer(people, c.Name, duty, c.At, text, c.Sign); err != nil {
		return p, err
	}
	for i := range g.Said {
		before := slices.IndexFunc(people, func(o dr.Operator) bool { return o.Name == g.Said[i].Name })
		if before < 0 {
			return p, refuse("%s, who spoke before, may not sign here any more", g.Said[i].Name)
		}
		if err := different(people[before], p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// orders verifies the signatures under the orders of a gate.
func (g *Gate) orders(c *Confirmation, p dr.Operator) error {
	if c.Answer != Yes {
		if len(c.Orders) > 0 {
			return refuse("it signs orders and says %s", c.Answer)
		}
		return nil
	}
	if len(c.Orders) != len(g.Drafts) {
		return refuse("it signs %d orders, the gate shows %d", len(c.Orders), len(g.Drafts))
	}
	for i, d := range g.Drafts {
		text, err := d.Order.Text()
		if err != nil || c.Orders[i].Act != d.Act || !ed25519.Verify(p.Key, text, c.Orders[i].Sign) {
			return refuse("the signature of %s under the order for %s is not valid", c.Name, d.Act)
		}
	}
	return nil
}

// dutyOf is the duty for which a person is asked at a gate.
func (r *Run) dutyOf(g *Gate, name string) (dr.Duty, bool) {
	for _, d := range g.Need {
		if who, ok := Find(r.People, string(d)); ok && who == name {
			return d, true
		}
	}
	return "", false
}

func (r *Run) asked(g *Gate) (all []string) {
	for _, d := range g.Need {
		who, _ := Find(r.People, string(d))
		all = append(all, fmt.Sprintf("%s (%s)", who, d))
	}
	return all
}
