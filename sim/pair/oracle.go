package pair

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"sancun/centre"
	"sancun/custody"
	"sancun/dr"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
	"sancun/state"
)

// errEnough ends a reading early.
var errEnough = errors.New("enough")

// oracle knows what was promised to whom, and compares it with what is so. It has
// its own account of every block, and asks the centres for nothing but that.
//
// The promises:
//
//  1. A block whose append succeeded is there after any crash, until people order
//     a rebasing, which keeps it, or replace the disk.
//  2. In protect, and in available while it waits, nothing is answered, shown or
//     sent out whose block the other centre does not have on disk.
//  3. Two different blocks of one height are never both released, unless one was
//     released in a mode that does not wait; then that one is an orphan.
//  4. What was answered is in the end in the journal, once, or it was answered in
//     a mode that does not wait and is listed as an orphan, with its amount.
//  5. The same key gets the same answer.
//  6. One epoch is written, and spoken to the outside, by one centre.
//  7. The outside world hears only of released blocks, and one thing by one key.
//  8. Two states of one height are equal; a state that differs from the journal's
//     is found within two roots and never serves.
//  9. The books are the sum of the answers.
type oracle struct {
	w        *world
	chain    [2]map[uint64]journal.Hash // durable at a centre, by height
	top      [2]uint64
	mode     [2]replica.Protection
	before   [2]map[uint64]replica.Protection // in force when a block was written
	blocks   map[journal.Hash]*known
	released map[uint64][]release
	out      map[journal.Hash]bool
	answers  map[state.Key]*answer
	order    []*answer // in the order they were first given
	writers  map[uint32]int
	asked    map[uint64][]journal.Hash // blocks that hold a transfer of a serial
	orphans  map[string]centre.Orphan  // by key, or by height and index
	lost     map[journal.Hash]bool     // blocks that only a parted journal has
	let      [2]uint64                 // released by the present reign
}

// known is a block that was durable somewhere once.
type known struct {
	height  uint64
	epoch   uint32
	before  journal.Hash
	records []entry
}

// entry is what the oracle remembers of a record.
type entry struct {
	kind   record.Kind
	key    state.Key
	code   uint16
	ref    uint64
	client int
	amount int64 // moved in the books of the client, when it is done
	id     uint64
}

// release is a block that left a house.
type release struct {
	site    int
	hash    journal.Hash
	epoch   uint32
	promise bool // the other centre had it: it must never be lost
}

// answer is what a key was told first.
type answer struct {
	name string
	state.Answer
	hash    journal.Hash
	amount  int64
	promise bool
}

func newOracle(w *world) oracle {
	o := oracle{
		w: w, blocks: map[journal.Hash]*known{}, released: map[uint64][]release{}, out: map[journal.Hash]bool{}, answers: map[state.Key]*answer{},
		writers: map[uint32]int{}, asked: map[uint64][]journal.Hash{}, orphans: map[string]centre.Orphan{}, lost: map[journal.Hash]bool{},
	}
	for i := range o.chain {
		o.reset(i)
	}
	return o
}

func (o *oracle) reset(i int) {
	o.chain[i], o.before[i] = map[uint64]journal.Hash{}, map[uint64]replica.Protection{}
	o.top[i], o.mode[i] = 0, replica.Protection{Mode: replica.Fast}
}

// waits says whether a mode waits for the other centre.
func waits(p replica.Protection) bool {
	return p.Mode == replica.Protect || p.Mode == replica.Available && !p.Alone
}

// durable is told of every append that succeeded.
func (o *oracle) durable(s *site, b *journal.Block) {
	if b.Height != o.top[s.i]+1 {
		o.w.broken("%s stored block %d behind %d", s.name, b.Height, o.top[s.i])
	}
	if b.Previous != o.chain[s.i][b.Height-1] {
		o.w.broken("%s stored block %d that does not continue its chain", s.name, b.Height)
	}
	if err := b.Check(); err != nil {
		o.w.broken("%s stored block %d: %v", s.name, b.Height, err)
	}
	o.note(s, b)
}

// note puts a block at the end of a centre's chain.
func (o *oracle) note(s *site, b *journal.Block) {
	hash := b.Hash()
	i := s.i
	o.chain[i][b.Height], o.top[i], o.before[i][b.Height] = hash, b.Height, o.mode[i]
	for _, raw := range b.Records() {
		if v, err := record.Parse(raw); err == nil {
			o.modeOf(i, v)
		}
	}
	if o.blocks[hash] != nil {
		return
	}
	k := &known{height: b.Height, epoch: b.Epoch, before: b.Previous}
	for _, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err != nil {
			o.w.broken("block %d: %v", b.Height, err)
			return
		}
		e := entryOf(v)
		k.records = append(k.records, e)
		if v.Code == record.Accepted && (v.Kind == record.KindAskDeposit || v.Kind == record.KindAskWithdrawal) {
			o.asked[v.Ref] = append(o.asked[v.Ref], hash)
		}
	}
	o.blocks[hash] = k
	if b.Height > 1 { // the first block is the cell's, on both disks
		if who, known := o.writers[b.Epoch]; known && who != i {
			o.w.broken("both centres write under epoch %d: %s wrote block %d", b.Epoch, s.name, b.Height)
		}
		o.writers[b.Epoch] = i
	}
}

func (o *oracle) modeOf(i int, v record.View) {
	_ = v.EachEffect(func(e record.Effect) error { // Parse has read them
		if e.Kind == record.EffectPut && e.Code == custody.TableCentre {
			var row custody.Centre
			row.Decode(e.Bytes)
			o.mode[i] = replica.Protection{Mode: replica.Mode(max(row.Mode, 0)), Alone: row.Alone == 1}
			if row.Mode == 0 {
				o.mode[i].Mode = replica.Fast
			}
		}
		return nil
	})
}

func entryOf(v record.View) entry {
	e := entry{kind: v.Kind, key: v.Key, code: uint16(v.Code), ref: v.Ref}
	cmd, err := v.Cmd()
	if err != nil || v.Code != record.Accepted {
		return e
	}
	switch c := cmd.(type) {
	case *record.BankDeposit:
		e.client, e.amount = int(c.Fund-fundOf(0)), int64(c.Amount)
	case *record.AskWithdrawal:
		e.client, e.amount, e.id = int(c.Fund-fundOf(0)), -int64(c.Amount), v.Ref
	case *record.AskDeposit:
		e.client, e.amount, e.id = int(c.Fund-fundOf(0)), int64(c.Amount), v.Ref
	case *record.BankAnswered:
		e.id = c.Transfer
	}
	return e
}

// opened compares the journal of a starting centre with what it promised.
func (o *oracle) opened(s *site) error {
	had, top := o.chain[s.i], o.top[s.i]
	o.reset(s.i)
	o.let[s.i] = 0
	err := s.engine.Read(1, func(b *journal.Block) error {
		if err := b.Check(); err != nil {
			return err
		}
		if was, known := had[b.Height]; known && was != b.Hash() {
			o.w.broken("%s has another block at height %d than it stored", s.name, b.Height)
		}
		if b.Previous != o.chain[s.i][b.Height-1] {
			o.w.broken("%s: block %d does not continue its chain", s.name, b.Height)
		}
		o.note(s, b)
		return nil
	})
	if err != nil {
		o.chain[s.i], o.top[s.i] = had, top
		return err
	}
	if o.top[s.i] < top {
		o.w.broken("%s lost blocks %d to %d, which it had stored", s.name, o.top[s.i]+1, top)
	}
	return nil
}

// wiped forgets the chain of a centre whose disk was replaced; it gives the height
// that it must reach again.
func (o *oracle) wiped(s *site) uint64 {
	top := o.top[s.i]
	o.reset(s.i)
	return top
}

// rebased compares what a rebasing kept with what stood behind the common block.
func (o *oracle) rebased(s *site, r centre.Rebased) {
	listed := 0
	for height := r.Common + 1; height <= o.top[s.i]; height++ {
		hash := o.chain[s.i][height]
		o.lost[hash] = true
		listed += len(o.blocks[hash].records)
		delete(o.chain[s.i], height)
	}
	o.top[s.i] = min(o.top[s.i], r.Common)
	if listed != len(r.Orphans) {
		o.w.broken("%s parted with %d records and %d are listed", s.name, listed, len(r.Orphans))
	}
	text, err := s.disk.Bytes(r.List)
	if err != nil || (len(text) == 0) != (listed == 0) {
		o.w.broken("%s: the list of orphans %s is not there: %v", s.name, r.List, err)
	}
	for _, one := range r.Orphans {
		o.w.Orphans++
		o.w.OrphanFen += one.Cash
		name := one.Key
		if name == "" {
			name = fmt.Sprint(one.Height, " ", one.Index, " ", one.Epoch)
		}
		o.orphans[name] = one
	}
	o.w.say("%s went back to %d: %d orphans kept", s.name, r.Common, len(r.Orphans))
}

// holds says whether a centre has everything that another one has.
func (o *oracle) holds(a, b *site) bool {
	return o.top[a.i] >= o.top[b.i] && o.chain[a.i][o.top[b.i]] == o.chain[b.i][o.top[b.i]]
}

// lets is told before a centre answers: what the shield has opened is released.
func (o *oracle) lets(s *site) {
	for height := o.let[s.i] + 1; height <= s.shield.Opened(); height++ {
		o.let[s.i] = height
		o.release(s, height)
	}
}

func (o *oracle) release(s *site, height uint64) {
	hash, there := o.chain[s.i][height]
	if !there {
		o.w.broken("%s released block %d, which it has not stored", s.name, height)
		return
	}
	other := 1 - s.i
	both := o.chain[other][height] == hash || o.w.sites[other].rebuilds >= height
	promised := waits(o.mode[s.i]) && waits(o.before[s.i][height])
	if promised && !both && !o.promised(height, hash) {
		o.w.broken("%s released block %d in %v, and the other centre does not have it", s.name, height, o.mode[s.i].Mode)
	}
	if o.out[hash] {
		if promised && both {
			o.promise(height, hash)
		}
		return
	}
	for _, r := range o.released[height] {
		if r.epoch == o.blocks[hash].epoch {
			o.w.broken("FORK: two blocks of height %d and epoch %d were released", height, r.epoch)
		}
		if r.promise || promised && !o.lost[r.hash] {
			o.w.broken("FORK: block %d of epoch %d and of epoch %d were both released, one under a promise", height, r.epoch, o.blocks[hash].epoch)
		}
	}
	o.out[hash] = true
	o.released[height] = append(o.released[height], release{site: s.i, hash: hash, epoch: o.blocks[hash].epoch, promise: promised && both})
}

func (o *oracle) promised(height uint64, hash journal.Hash) bool {
	return slices.ContainsFunc(o.released[height], func(r release) bool { return r.hash == hash && r.promise })
}

func (o *oracle) promise(height uint64, hash journal.Hash) {
	for i := range o.released[height] {
		if r := &o.released[height][i]; r.hash == hash {
			r.promise = true
		}
	}
}

// answered is told of every answer as it leaves a centre.
func (o *oracle) answered(s *site, q *op, a state.Answer) {
	hash, there := o.chain[s.i][a.Height]
	switch {
	case !there:
		o.w.broken("%s answered %q from block %d, which it has not stored", s.name, q.name, a.Height)
		return
	case !o.out[hash]:
		o.w.broken("%s answered %q from block %d, which is not released", s.name, q.name, a.Height)
		return
	case s.tainted > 0 && s.state.Applied.Disagree:
		o.w.broken("%s answered though its state differs", s.name)
	}
	promise := o.promised(a.Height, hash)
	was := o.answers[q.request.Key]
	first := &answer{name: q.name, Answer: a, hash: hash, promise: promise}
	for _, e := range o.blocks[hash].records {
		if e.key == q.request.Key {
			first.amount = max(e.amount, -e.amount)
		}
	}
	if was == nil || o.lost[was.hash] && was.hash != hash {
		if was != nil {
			o.w.say("%q was answered from an orphan and now from block %d", q.name, a.Height)
		}
		o.answers[q.request.Key] = first
		o.order = append(o.order, first)
		o.w.Answers++
		return
	}
	o.w.Again++
	was.promise = was.promise || promise
	if was.hash != hash && !was.promise && !promise { // two centres that have parted
		o.order = append(o.order, first)
		return
	}
	if was.Code != a.Code || was.Ref != a.Ref || was.hash != hash {
		o.w.broken("%q was answered %d with reference %d from block %d, and now %d with %d from block %d",
			q.name, was.Code, was.Ref, was.Height, a.Code, a.Ref, a.Height)
	}
}

// looked is told of every enquiry as its answer leaves a centre.
func (o *oracle) looked(s *site, height uint64) {
	o.w.Reads++
	if hash, there := o.chain[s.i][height]; !there || !o.out[hash] {
		o.w.broken("%s showed block %d, which is not released", s.name, height)
	}
}

// sends is told of what leaves for the bank.
func (o *oracle) sends(s *site, id uint64) {
	if !slices.ContainsFunc(o.asked[id], func(h journal.Hash) bool { return o.out[h] && o.chain[s.i][o.blocks[h].height] == h }) {
		o.w.broken("%s sent transfer %d to the bank, and its block is not released", s.name, id)
	}
}

// effect is told of what the bank carries out for the first time.
func (o *oracle) effect(s *site, id uint64) {
	o.w.say("the bank carries out transfer %d for %s", id, s.name)
}

// disagrees is told of a copy whose state differs.
func (o *oracle) disagrees(s *site, err error) {
	if errors.Is(err, centre.ErrDiverged) && s.tainted == 0 && !o.taint(s) {
		o.w.broken("%s applied the same blocks and has another state: %v", s.name, err)
	}
}

// taint says whether a snapshot may hold what memory lied about.
func (o *oracle) taint(s *site) bool {
	_, err := s.snapshots().Heights()
	return err == nil && !errors.Is(err, fs.ErrNotExist) && s.w.lied[s.i]
}

// applied compares the states of both centres where they are equally far, and
// wants a state that differs found.
func (o *oracle) applied(s *site) {
	a := s.state.Applied
	if s.rebuilds > 0 && a.Height >= s.rebuilds {
		s.rebuilds = 0
	}
	if s.tainted > 0 && a.Height > s.tainted+2*rootEvery+1 && !a.Disagree {
		o.w.broken("%s has a wrong state since block %d and did not find it until %d", s.name, s.tainted, a.Height)
	}
}

// agreed says whether both centres are one again.
func (w *world) agreed() bool {
	a, b := w.sites[0], w.sites[1]
	if !a.up || !b.up || a.station == nil || b.station == nil {
		return false
	}
	if !(a.is(dr.Primary) && b.is(dr.Standby) || a.is(dr.Standby) && b.is(dr.Primary)) {
		return false
	}
	for _, s := range w.sites {
		if s.rebuilds > 0 || s.tainted > 0 || s.spoilt || s.state.Applied.Disagree {
			return false
		}
	}
	for _, c := range w.clients {
		if c.op != nil {
			return false
		}
	}
	p, s := a, b
	if b.is(dr.Primary) {
		p, s = b, a
	}
	head := p.at()
	return w.now > troubleFor+3*second && head == s.at() && s.state.Applied.Height == head.Height && !p.hand.Waiting() && len(p.box.open) == 0 && p.box.ready
}

// where is what a run that does not come together looks like.
func (w *world) where() (text string) {
	for _, s := range w.sites {
		role := "down"
		if s.up && s.station != nil {
			role = s.station.Role().String()
		}
		head := s.at()
		text += fmt.Sprintf("%s %s at %d of epoch %d, applied %d, rebuilds %d, tainted %d, spoilt %v; ", s.name, role, head.Height, head.Epoch, s.appliedHeight(), s.rebuilds, s.tainted, s.spoilt)
	}
	for _, c := range w.clients {
		if c.op != nil {
			text += fmt.Sprintf("%q waits; ", c.op.name)
		}
	}
	return text
}

func (s *site) appliedHeight() uint64 { return s.state.Applied.Height }

// last compares everything when both centres are one again.
func (w *world) last() {
	o := &w.oracle
	a, b := w.sites[0], w.sites[1]
	if a.state.Machine.Root() != b.state.Machine.Root() {
		w.broken("the two states of height %d have other roots", a.at().Height)
	}
	final := map[journal.Hash]bool{}
	for _, hash := range o.chain[0] {
		final[hash] = true
	}
	for height, all := range o.released {
		for _, r := range all {
			if !final[r.hash] && (r.promise || !o.lost[r.hash]) {
				w.broken("block %d of epoch %d was released and is lost (promised %v, kept as orphan %v)", height, r.epoch, r.promise, o.lost[r.hash])
			}
		}
	}
	for _, a := range o.order {
		if final[a.hash] {
			continue
		}
		w.Lost++
		kept, listed := o.orphans[hex.EncodeToString(a.Key[:])]
		switch {
		case a.promise:
			w.broken("%q was answered under a promise and is lost", a.name)
		case !listed:
			w.broken("%q was answered and is lost, and no orphan lists it", a.name)
		case a.Code == 0 && kept.Cash != a.amount:
			w.broken("%q is an orphan of %d fen, listed with %d", a.name, a.amount, kept.Cash)
		}
	}
	o.books(final)
}

// books adds the journal up and compares with both states and with the bank.
func (o *oracle) books(final map[journal.Hash]bool) {
	w := o.w
	var cash [clientsOfRun]int64
	keys := map[state.Key]bool{}
	open := map[uint64]entry{}
	for height := uint64(1); height <= o.top[0]; height++ {
		for _, e := range o.blocks[o.chain[0][height]].records {
			if e.key != (state.Key{}) && keys[e.key] {
				w.broken("one key stands twice in the journal, again in block %d", height)
			}
			keys[e.key] = true
			if e.code != 0 {
				continue
			}
			switch e.kind {
			case record.KindBankDeposit, record.KindAskWithdrawal:
				cash[e.client] += e.amount
			}
			if e.kind == record.KindAskDeposit || e.kind == record.KindAskWithdrawal {
				open[e.id] = e
			}
			if e.kind == record.KindBankAnswered {
				if was := open[e.id]; was.kind == record.KindAskDeposit {
					cash[was.client] += was.amount
				}
				delete(open, e.id)
				if _, done := w.bank.effects[e.id]; !done {
					w.broken("transfer %d is done here and not at the bank", e.id)
				}
			}
		}
	}
	for n := range cash {
		for _, s := range w.sites {
			if got := balance(s.state.Machine, n); got != openingFen+cash[n] {
				w.broken("client %d has %d at %s, the answers add up to %d", n, got, s.name, openingFen+cash[n])
			}
		}
	}
	for _, id := range w.bank.order {
		inFinal := slices.ContainsFunc(o.asked[id], func(h journal.Hash) bool { return final[h] })
		inLost := slices.ContainsFunc(o.asked[id], func(h journal.Hash) bool { return o.lost[h] })
		if !inFinal && !inLost {
			w.broken("the bank carried out transfer %d, which is in no journal and no list", id)
		}
	}
}
