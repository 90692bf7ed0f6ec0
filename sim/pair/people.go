package pair

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/journal"
	"sancun/sequencer"
)

// people look at both centres and order what they think right. They may be wrong
// about a centre that they cannot see, and sometimes they are wrong without reason.
type people struct {
	w     *world
	list  []dr.Operator
	keys  map[string]ed25519.PrivateKey
	run   int
	busy  int64 // until then an order is under way
	dark  int64 // since when no centre writes that they can see, 0 when one does
	fixed [2]int64
	kept  []dr.Order // carried once, and carried again later
	did   map[string]bool
}

// The people of every run.
const (
	operator  = "operator"
	commander = "commander"
	verifier  = "verifier"
)

// peopleOfRun are made once: keys cost time.
var peopleOfRun, keysOfRun = func() ([]dr.Operator, map[string]ed25519.PrivateKey) {
	keys := map[string]ed25519.PrivateKey{}
	var list []dr.Operator
	for i, p := range []dr.Operator{
		{Name: operator, Staff: 11, Duties: []dr.Duty{dr.DutyOperate}},
		{Name: commander, Staff: 12, Duties: []dr.Duty{dr.DutyCommand}},
		{Name: verifier, Staff: 13, Duties: []dr.Duty{dr.DutyVerify}},
	} {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i + 1)
		keys[p.Name] = ed25519.NewKeyFromSeed(seed)
		p.Key = keys[p.Name].Public().(ed25519.PublicKey)
		p.From, p.Until = time.Unix(0, 0), time.Unix(morning, 0).AddDate(50, 0, 0)
		list = append(list, p)
	}
	return list, keys
}()

func (p *people) begin(w *world) {
	*p = people{w: w, list: peopleOfRun, keys: keysOfRun, did: map[string]bool{}}
	w.every(300*ms, 900*ms, p.look)
	w.every(2*second, 9*second, p.wish)
	if w.chance(2) {
		w.after(w.between(100*ms, 2*second), func() { p.mode() })
	}
}

// sees tells whether people reach a centre's control door.
func (p *people) sees(s *site) bool {
	return s.up && s.asleep <= p.w.now && !p.w.net.cut[s.i][s.i]
}

// look mends what anybody can see: nobody writes, or a centre waits for an order.
func (p *people) look() {
	w := p.w
	if w.now < p.busy {
		return
	}
	a, b := w.sites[0], w.sites[1]
	for _, s := range w.sites {
		p.visit(s)
	}
	if p.sees(a) && a.is(dr.Primary) || p.sees(b) && b.is(dr.Primary) {
		p.dark = 0
		return
	}
	if p.dark == 0 {
		p.dark = w.now
	}
	patience := 2 * second
	if !w.calm {
		patience = w.between(2*second, 8*second)
	}
	if w.now-p.dark < patience {
		return
	}
	p.takeOver()
}

// visit is what people do about one centre.
func (p *people) visit(s *site) {
	o := s.other()
	if !p.sees(s) || p.w.now < p.fixed[s.i] {
		return
	}
	switch {
	case s.is(dr.Fenced) && s.parting != nil && (o.is(dr.Primary) || p.w.calm):
		p.fixed[s.i] = p.w.now + 2*second
		p.order(s, dr.ActRebase, 0, "", false)
	case s.state.Applied.Disagree:
		p.fixed[s.i] = p.w.now + second
		p.w.say("people start %s again: its state differs", s.name)
		s.then(0, func() { s.exit("its state differs") })
	}
}

// takeOver has the better of the centres that can be seen write.
func (p *people) takeOver() {
	var best *site
	for _, s := range p.w.sites {
		if !p.sees(s) || s.rebuilds > 0 || s.tainted > 0 {
			continue
		}
		if best == nil || newer(s.at(), best.at()) {
			best = s
		}
	}
	if best == nil || p.w.calm && !(p.sees(p.w.sites[0]) && p.sees(p.w.sites[1])) {
		return
	}
	if best.is(dr.Fenced) { // the other one wrote what it does not have
		best = best.other()
	}
	switch {
	case best.is(dr.Standby):
		p.order(best, dr.ActPromote, 0, "", false)
	case best.is(dr.Recovering) && !p.sees(best.other()) && !best.other().is(dr.Primary), best.is(dr.Recovering) && p.w.calm:
		p.order(best, dr.ActWriteAlone, 0, "", false)
	}
}

func newer(a, b journal.Position) bool {
	return a.Epoch > b.Epoch || a.Epoch == b.Epoch && a.Height > b.Height
}

// wish is what people do though nothing is wrong, and sometimes what they should not.
func (p *people) wish() {
	w := p.w
	if w.calm || w.now < p.busy {
		return
	}
	s := w.anySite()
	switch w.rng.IntN(8) {
	case 0, 1, 2:
		p.switchOver()
	case 3, 4:
		p.mode()
	case 5: // wrongly: the other one may be well, cut off or dead
		if s.rebuilds == 0 && s.tainted == 0 {
			p.order(s, dr.ActPromote, 0, "", false)
		}
	case 6: // wrongly: nobody made sure that nobody else writes
		if s.rebuilds == 0 {
			p.order(s, dr.ActWriteAlone, 0, "", false)
		}
	case 7:
		p.forge(s)
	}
}

// mode changes the protection mode.
func (p *people) mode() {
	for _, s := range p.w.sites {
		if s.is(dr.Primary) {
			mode := []string{"protect", "protect", "fast", "available 300"}[p.w.rng.IntN(4)]
			p.order(s, dr.ActProtection, 0, mode, false)
			return
		}
	}
}

// switchOver is the planned one: the primary hands over, the standby takes over.
func (p *people) switchOver() {
	for _, s := range p.w.sites {
		if s.is(dr.Primary) && p.sees(s) {
			next := s.side().Other().Next(centre.Newest(s.writing, s.epoch, s.at(), s.station.Highest()))
			p.busy = p.w.now + 9*second
			p.order(s, dr.ActHandOver, next, "", true)
			return
		}
	}
}

// forge carries orders that must be refused.
func (p *people) forge(s *site) {
	if !p.sees(s) {
		return
	}
	switch {
	case len(p.kept) > 0 && p.w.chance(2):
		o := p.kept[p.w.rng.IntN(len(p.kept))]
		p.w.say("an old order is carried again: %s to %s for epoch %d", o.Act, o.Centre, o.Epoch)
		for _, s := range p.w.sites {
			if s.name == o.Centre && p.sees(s) {
				p.carry(s, o)
			}
		}
	default:
		o := p.draft(s, dr.ActPromote, 0, "", false)
		o.Checker = o.Maker
		p.sign(&o)
		if _, _, err := o.Check(s.place(), p.list); err == nil {
			p.w.broken("an order of one person was taken")
		}
		o = p.draft(s, dr.ActPromote, 0, "", false)
		p.sign(&o)
		o.Reason = "another one"
		if _, _, err := o.Check(s.place(), p.list); err == nil {
			p.w.broken("an order that was changed after it was signed was taken")
		}
	}
}

func (s *site) side() dr.Side { return dr.SideOf([]dr.Role{dr.Primary, dr.Standby}[s.i]) }

func (s *site) place() dr.Place {
	return dr.Place{Cell: cell, Centre: s.name, Epoch: centre.Newest(s.writing, s.epoch, s.at(), s.station.Highest()), Side: s.side(), Now: s.wall()}
}

func (p *people) draft(s *site, act dr.Act, epoch uint32, detail string, planned bool) dr.Order {
	p.run++
	at := s.place()
	if epoch == 0 {
		epoch = at.Epoch
		if act == dr.ActPromote {
			epoch = at.Side.Next(at.Epoch)
		}
	}
	issued := time.Unix(morning, 0).Add(time.Duration(p.w.now)).UTC().Truncate(time.Second)
	o := dr.Order{
		Cell: cell, Centre: s.name, Act: act, Epoch: epoch, Run: fmt.Sprint("run-", p.run), Detail: detail, Planned: planned, Reason: "the simulation",
		Issued: issued, Expires: issued.Add(time.Hour), Maker: operator, Checker: commander,
	}
	if act == dr.ActRebase {
		o.Checker = verifier
	}
	return o
}

func (p *people) sign(o *dr.Order) {
	for _, name := range []string{o.Maker, o.Checker} {
		if err := o.Sign(name, p.keys[name]); err != nil {
			p.w.broken("an order cannot be signed: %v", err)
		}
	}
}

// order has two people sign an order and carries it.
func (p *people) order(s *site, act dr.Act, epoch uint32, detail string, planned bool) {
	if !p.sees(s) || s.station == nil {
		return
	}
	o := p.draft(s, act, epoch, detail, planned)
	p.sign(&o)
	p.kept = append(p.kept, o)
	p.busy = max(p.busy, p.w.now+300*ms)
	p.w.after(p.w.between(1*ms, 60*ms), func() { p.carry(s, o) })
}

// carry brings an order to a centre, which checks it, as Node.Obey does.
func (p *people) carry(s *site, o dr.Order) {
	s.then(0, func() {
		maker, checker, err := o.Check(s.place(), p.list)
		if err == nil {
			err = centre.Admits(s.station.Role(), o.Act)
		}
		if err != nil {
			p.w.say("%s refuses to %s: %v", s.name, o.Act, err)
			return
		}
		if o.Act == dr.ActPromote && (s.tainted > 0 || s.rebuilds > 0) {
			return // people look at a centre's state before they have it write
		}
		if o.Epoch != s.place().Leads(o.Act) {
			p.w.broken("%s takes an order to %s for epoch %d, it should be %d", s.name, o.Act, o.Epoch, s.place().Leads(o.Act))
		}
		p.w.say("%s is ordered to %s, epoch %d %s", s.name, o.Act, o.Epoch, o.Detail)
		p.obey(s, &o, maker, checker)
	})
}

func (p *people) obey(s *site, o *dr.Order, maker, checker dr.Operator) {
	switch o.Act {
	case dr.ActHandOver:
		s.handOver(o, func(head journal.Position, err error) { p.handedOver(s, o, head, err) })
	case dr.ActPromote:
		if err := s.promote(o, maker, checker); err != nil {
			p.w.say("%s did not take over: %v", s.name, err)
			return
		}
		p.w.Promotions++
	case dr.ActProtection:
		c, err := centre.SetProtection(o)
		if err != nil {
			p.w.broken("the mode %q does not read: %v", o.Detail, err)
			return
		}
		proposal, approval := centre.Proposed(c, o.Reason, maker, checker)
		for _, b := range []*sequencer.Batch{proposal, approval} {
			_ = s.submit(b, func(*sequencer.Batch) {})
		}
	case dr.ActWriteAlone:
		s.turn(dr.Primary, "writes without having met the other centre")
	case dr.ActRebase:
		p.rebase(s)
	}
}

// handedOver goes on with a planned switchover.
func (p *people) handedOver(s *site, o *dr.Order, head journal.Position, err error) {
	p.w.say("%s handed over at %d: %v", s.name, head.Height, err)
	p.busy = p.w.now + 500*ms
	if err != nil {
		return
	}
	other := s.other()
	p.w.after(p.w.between(1*ms, 400*ms), func() {
		if other.rebuilds > 0 || other.tainted > 0 || other.at().Height < head.Height && !p.w.chance(8) {
			return // it has not everything: they look again
		}
		p.order(other, dr.ActPromote, o.Epoch, "", true)
	})
}

// rebase has a fenced centre go back to the common block, as Node.Again does.
func (p *people) rebase(s *site) {
	common := s.parting
	if common == nil || !s.become(dr.Recovering, centre.Newest(false, s.epoch, s.at(), s.station.Highest()), "goes back to the common block") {
		return
	}
	_ = s.engine.Close() // nothing is written by it
	done, err := centre.Rebase(centre.RebaseOptions{FS: s.disk, Dir: folder, Cell: cell, SegmentBytes: segmentBytes}, common.Common)
	if err != nil {
		s.exit("it does not go back: %v", err)
		return
	}
	p.w.oracle.rebased(s, done)
	if s.become(dr.Standby, common.Common.Epoch, "went back to the common block") {
		s.exit("it begins again behind %d", done.Common)
	}
}
