package dr

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sancun/internal/planted"
)

// Act is what an order has a centre do.
type Act string

// The acts that need an order.
const (
	ActHandOver   Act = "hand-over"   // the primary ends its reign, for the epoch of the order
	ActPromote    Act = "promote"     // the standby takes over under the epoch of the order
	ActProtection Act = "protection"  // the primary changes the protection mode
	ActRebase     Act = "rebase"      // a parted centre keeps its orphans and goes back to the common block
	ActWriteAlone Act = "write-alone" // a starting primary writes without having met the other centre
	ActResume     Act = "resume"      // a primary that handed over takes its reign back, because nobody took it
	ActDrillBegin Act = "drill-begin" // the standby opens a fork
	ActDrillEnd   Act = "drill-end"   // and purges it
	ActPath       Act = "path"        // the centre uses another access path to a counterparty: "line path" in Detail
	ActRelease    Act = "release"     // a centre restored from a backup takes up business, under the epoch of the order
)

// Order is an act that two people signed. A centre checks it by itself: whoever
// carries it, a runner of plans or a person with a file, need not be trusted.
//
// Invariants:
//
//  1. Both signatures cover every other field, in the one encoding of bytes.
//  2. Maker and checker are different people, each with a key of their own and
//     the duty that the act needs, and both were on duty when it was signed.
//  3. An order names the epoch it leads to. A centre takes it only while that
//     epoch is the next one for it, so an order carried twice, or late, does nothing.
//  4. It expires.
type Order struct {
	Cell    uint32    `json:"cell"`
	Centre  string    `json:"centre"` // which is to act
	Act     Act       `json:"act"`
	Epoch   uint32    `json:"epoch"` // the epoch the act leads to; of the present reign for acts that begin none
	Run     string    `json:"run"`   // run of the plan it belongs to
	Detail  string    `json:"detail,omitempty"`
	Planned bool      `json:"planned"`
	Reason  string    `json:"reason"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Maker   string    `json:"maker"`
	Checker string    `json:"checker"`

	MakerSign   []byte `json:"maker_sign"`
	CheckerSign []byte `json:"checker_sign"`
}

// ErrOrder refuses an order; its text says why.
var ErrOrder = errors.New("the order is refused")

// Bounds of an order.
const (
	// ValidAtMost bounds how long an order may be carried about: a command group
	// that decides later decides again.
	ValidAtMost = 4 * time.Hour
	reasonMax   = 400
	nameMax     = 40
)

// Operator is a person who may sign orders.
type Operator struct {
	Name   string            `json:"name" yaml:"name"`
	Staff  uint64            `json:"staff" yaml:"staff"` // number in the journal
	Key    ed25519.PublicKey `json:"key" yaml:"-"`
	Duties []Duty            `json:"duties" yaml:"duties"`
	// From and Until bound the qualification (row B88).
	From  time.Time `json:"from" yaml:"from"`
	Until time.Time `json:"until" yaml:"until"`
}

// Duty is what a person may sign for.
type Duty string

// The duties.
const (
	DutyCommand  Duty = "command"  // of the command group: decides on switchovers
	DutyOperate  Duty = "operate"  // carries them out
	DutyVerify   Duty = "verify"   // verifies the business after them
	DutyRehearse Duty = "rehearse" // may order drills
)

// duties says which two duties an act needs: the maker's and the checker's.
var duties = map[Act][2]Duty{
	ActHandOver:   {DutyOperate, DutyCommand},
	ActPromote:    {DutyOperate, DutyCommand},
	ActProtection: {DutyOperate, DutyCommand},
	ActRebase:     {DutyOperate, DutyVerify},
	ActWriteAlone: {DutyOperate, DutyCommand},
	ActDrillBegin: {DutyRehearse, DutyCommand},
	ActDrillEnd:   {DutyRehearse, DutyVerify},
	ActPath:       {DutyOperate, DutyCommand},
	ActRelease:    {DutyOperate, DutyCommand},
}

// orderBytesMax bounds an order as text: its longest fields and signatures, written
// with indents, take less than a quarter of it.
const orderBytesMax = 16 << 10

// ReadOrder reads one order as JSON and nothing behind it. A field that an order
// does not have is refused: whoever signs must see everything that is there. The
// error is ErrOrder; nothing of the order is checked yet.
func ReadOrder(r io.Reader) (o Order, err error) {
	d := json.NewDecoder(io.LimitReader(r, orderBytesMax))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return Order{}, fmt.Errorf("%w: it cannot be read: %w", ErrOrder, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Order{}, fmt.Errorf("%w: something stands behind it, or it has more than %d bytes", ErrOrder, orderBytesMax)
	}
	return o, nil
}

// bytes is what is signed: the order as JSON without its signatures, behind a
// word that no other signature of the house begins with.
func (o *Order) bytes() ([]byte, error) {
	plain := *o
	plain.MakerSign, plain.CheckerSign = nil, nil
	plain.Issued, plain.Expires = o.Issued.UTC().Truncate(time.Second), o.Expires.UTC().Truncate(time.Second)
	text, err := json.Marshal(&plain)
	return append([]byte("sancun order 1\n"), text...), err
}

// Sign adds the signature of a person, who must be the order's maker or checker.
func (o *Order) Sign(name string, key ed25519.PrivateKey) error {
	text, err := o.bytes()
	if err != nil {
		return err
	}
	switch name {
	case o.Maker:
		o.MakerSign = ed25519.Sign(key, text)
	case o.Checker:
		o.CheckerSign = ed25519.Sign(key, text)
	default:
		return fmt.Errorf("%w: %s is neither its maker nor its checker", ErrOrder, name)
	}
	return nil
}

// Digest names an order by everything that was signed.
func (o *Order) Digest() ([32]byte, error) {
	text, err := o.bytes()
	return sha256.Sum256(text), err
}

// Place is the centre that is to carry an order out.
type Place struct {
	Cell   uint32
	Centre string
	Epoch  uint32 // the newest it knows
	Side   Side   // which epochs are its own; 0 when every one is
	Now    time.Time
}

// Side says which epochs a centre may begin, so that two centres that are ordered
// to take over at the same time never write under one number: the outside world
// then refuses the lower one, and each learns who is newer.
type Side uint8

// The sides of a pair.
const (
	SideOdd  Side = 1 // the centre that was started as primary
	SideEven Side = 2 // the other one
)

// Next is the lowest epoch above the given one that belongs to a side.
func (s Side) Next(epoch uint32) uint32 {
	if s.Owns(epoch + 1) {
		return epoch + 1
	}
	return epoch + 2
}

// Owns says whether an epoch belongs to a side; without sides every one does.
func (s Side) Owns(epoch uint32) bool {
	return planted.In(planted.EpochShared) || s == 0 || epoch%2 == uint32(s)%2
}

// Other is the other centre's side.
func (s Side) Other() Side {
	switch s {
	case SideOdd:
		return SideEven
	case SideEven:
		return SideOdd
	}
	return 0
}

// SideOf is the side of a centre that is started in a role when it is new.
func SideOf(start Role) Side {
	if start == Primary {
		return SideOdd
	}
	return SideEven
}

// Leads is the epoch that an order of an act names at a place: a promotion the
// place's own next one, a hand-over the other centre's, any other the present one.
func (p Place) Leads(a Act) uint32 {
	switch {
	case !a.leads():
		return p.Epoch
	case a == ActHandOver:
		return p.Side.Other().Next(p.Epoch)
	}
	return p.Side.Next(p.Epoch)
}

// leads says whether an act begins a new epoch.
func (a Act) leads() bool { return a == ActHandOver || a == ActPromote || a == ActRelease }

// Check tells whether a centre may carry an order out, and who signed it. The
// error is ErrOrder.
func (o *Order) Check(at Place, people []Operator) (maker, checker Operator, err error) {
	refuse := func(format string, args ...any) (Operator, Operator, error) {
		return Operator{}, Operator{}, fmt.Errorf("%w: %s", ErrOrder, fmt.Sprintf(format, args...))
	}
	need, known := duties[o.Act]
	switch {
	case !known:
		return refuse("there is no act %q", o.Act)
	case o.Cell != at.Cell:
		return refuse("it is for cell %d, this is cell %d", o.Cell, at.Cell)
	case o.Centre != at.Centre:
		return refuse("it is for centre %q, this is %q", o.Centre, at.Centre)
	case o.Act.leads() && o.Epoch != at.Leads(o.Act) && !planted.In(planted.OldOrder):
		return refuse("it leads to epoch %d, the next one is %d", o.Epoch, at.Leads(o.Act))
	case !o.Act.leads() && o.Epoch != at.Epoch && !planted.In(planted.OldOrder):
		return refuse("it is for epoch %d, this is %d", o.Epoch, at.Epoch)
	case o.Reason == "" || len(o.Reason) > reasonMax || o.Run == "" || len(o.Run) > nameMax:
		return refuse("it needs a run and a reason of at most %d bytes", reasonMax)
	case o.Expires.Sub(o.Issued) > ValidAtMost || o.Expires.Before(o.Issued):
		return refuse("it is valid from %s to %s, at most %v is allowed", o.Issued.Format(time.RFC3339), o.Expires.Format(time.RFC3339), ValidAtMost)
	case at.Now.Before(o.Issued.Truncate(time.Second)) || at.Now.After(o.Expires):
		return refuse("it is valid from %s to %s, now it is %s", o.Issued.Format(time.RFC3339), o.Expires.Format(time.RFC3339), at.Now.Format(time.RFC3339))
	case o.Maker == o.Checker:
		return refuse("%s made it and checked it; it needs two people", o.Maker)
	}
	text, err := o.bytes()
	if err != nil {
		return refuse("%v", err)
	}
	if maker, err = signer(people, o.Maker, need[0], [2]time.Time{o.Issued, at.Now}, text, o.MakerSign); err != nil {
		return Operator{}, Operator{}, err
	}
	if checker, err = signer(people, o.Checker, need[1], [2]time.Time{o.Issued, at.Now}, text, o.CheckerSign); err != nil {
		return Operator{}, Operator{}, err
	}
	if maker.Staff == checker.Staff || maker.Key.Equal(checker.Key) {
		return refuse("%s and %s are the same person", o.Maker, o.Checker)
	}
	return maker, checker, nil
}

// signer finds a person and verifies the duty, its term, when the order was made
// and when it is carried out, and the signature.
func signer(people []Operator, name string, need Duty, at [2]time.Time, text, sign []byte) (Operator, error) {
	i := slices.IndexFunc(people, func(p Operator) bool { return p.Name == name })
	if i < 0 {
		return Operator{}, fmt.Errorf("%w: nobody called %q may sign orders here", ErrOrder, name)
	}
	p := people[i]
	switch {
	case !slices.Contains(p.Duties, need):
		return Operator{}, fmt.Errorf("%w: %s has not the duty %q", ErrOrder, name, need)
	case at[0].Before(p.From) || at[1].After(p.Until):
		return Operator{}, fmt.Errorf("%w: the qualification of %s runs from %s to %s", ErrOrder, name, p.From.Format(time.DateOnly), p.Until.Format(time.DateOnly))
	case len(p.Key) != ed25519.PublicKeySize || !ed25519.Verify(p.Key, text, sign) && !planted.In(planted.SignatureUnread):
		return Operator{}, fmt.Errorf("%w: the signature of %s is not valid", ErrOrder, name)
	}
	return p, nil
}

// Duties are the duties of the maker and the checker that an act needs; ok is
// false for an act that is not known.
func (a Act) Duties() (maker, checker Duty, ok bool) {
	need, ok := duties[a]
	return need[0], need[1], ok
}

// Text is what is signed under an order, for a runner that shows it to the people.
func (o *Order) Text() ([]byte, error) { return o.bytes() }
