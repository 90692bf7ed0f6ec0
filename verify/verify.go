// Package verify is the second opinion on a journal: it hashes the chain again,
// adds every account again with books of its own, and checks every law that
// blocks alone can prove. It shares no code with ledger, custody or state, so
// that one mistake cannot hide another.
//
// It must never repair or write anything.
package verify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"sancun/journal"
	"sancun/record"
)

// Source hands out the blocks of a journal in order; journal.Engine has it.
type Source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}

// Verdict is what a verification found.
type Verdict struct {
	Blocks    uint64 `json:"blocks"`
	Records   uint64 `json:"records"`
	Accepted  uint64 `json:"accepted"`
	Rejected  uint64 `json:"rejected"`
	Postings  uint64 `json:"postings"`
	Accounts  int    `json:"accounts"`
	Roots     uint64 `json:"state_roots_compared"`
	Head      string `json:"head_hash"`
	StateRoot string `json:"state_root"` // computed here, from effects alone

	Banks []BankTotal `json:"banks"`
	Laws  []Law       `json:"laws"`
}

// BankTotal is the total-to-detail identity (总分核对) of one bank and currency,
// in minor units: Ledger = Pooled + Reserve + InSettlement.
type BankTotal struct {
	Bank         uint16 `json:"bank"`
	Currency     uint8  `json:"currency"`
	Ledger       int64  `json:"ledger_total"`
	Pooled       int64  `json:"pooled"`
	Reserve      int64  `json:"reserve"`
	InSettlement int64  `json:"in_settlement"` // due from the clearing house and suspense, less fees and interest due
	Balanced     bool   `json:"balanced"`
}

// Law is one law with how often it was checked and where it first broke.
type Law struct {
	Name    string `json:"name"`
	Checked uint64 `json:"checked"`
	Broken  string `json:"broken,omitempty"`
}

// OK says whether there was something to prove and every law held.
func (v *Verdict) OK() bool {
	if v.Blocks == 0 {
		return false
	}
	for _, l := range v.Laws {
		if l.Broken != "" {
			return false
		}
	}
	return true
}

// The laws, by their place in Verdict.Laws.
const (
	lawChain = iota
	lawRecords
	lawState
	lawBalanced
	lawDomains
	lawBounded
	lawBuckets
	lawHolds
	lawTotals
	lawUnits
	lawRejected
	lawAhead
	lawCeilings
	lawBeside
	lawFilings
	lawListed
	lawCount
)

var lawNames = [lawCount]string{
	lawChain:    "every block follows its predecessor: hash, height, epoch, time",
	lawRecords:  "every block's records hash to its records root",
	lawState:    "every state root written equals the root computed from effects alone",
	lawBalanced: "every posting moves one positive amount between two accounts of one unit",
	lawDomains:  "client money and own money never meet in one posting",
	lawBounded:  "no bounded account becomes negative but by a forced correction",
	lawBuckets:  "no hold, payable or receivable is negative",
	lawHolds:    "no hold is taken beyond what is available",
	lawTotals:   "at every block: client ledgers = pooled + reserve + in settlement, per bank and currency",
	lawUnits:    "at every block: positions = units at the clearing house, per security",
	lawRejected: "a rejected command changes nothing",
	lawAhead:    "an order for the next day touches no account before it is released on its day, and none is lost",

	lawBeside: "no orphan is dropped, and none is ended nor a client's data erased but by two people; no file leaves the manifest",

	lawCeilings: "no buy takes net buying of a market or trading unit over the ceiling of its date",
	lawFilings:  "every opening, change and closing of a client is filed once, in one file, and answered once",
	lawListed:   "every client is compared with changed name lists, in order, and one who is met is held",
}

// errBroken stops the reading once nothing further can be trusted.
var errBroken = errors.New("the journal cannot be read further")

// Journal verifies a journal from its first block. The error is the source's own
// failure; broken laws are in the verdict. progress, if set, is called with the
// height now and then.
func Journal(source Source, progress func(height uint64)) (*Verdict, error) {
	c := &checker{books: newBooks(), tables: newTables(), ahead: newAhead(), ceilings: newCeilings(), beside: newBeside(), filings: newFilings()}
	c.verdict.Laws = make([]Law, lawCount)
	for i, name := range lawNames {
		c.verdict.Laws[i].Name = name
	}
	err := source.Read(1, func(b *journal.Block) error {
		if progress != nil && b.Height%1024 == 0 {
			progress(b.Height)
		}
		return c.block(b)
	})
	if errors.Is(err, journal.ErrCorrupt) {
		c.broke(lawChain, "%v", err)
		err = nil
	}
	if errors.Is(err, errBroken) {
		err = nil
	}
	v := &c.verdict
	v.Accounts, v.Head = len(c.books.accounts), fmt.Sprintf("%x", c.previous)
	root := c.tables.root(c.sum(), &c.books)
	v.StateRoot = fmt.Sprintf("%x", root)
	v.Banks = c.books.totals()
	return v, err
}

// checker walks the blocks.
type checker struct {
	verdict  Verdict
	books    books
	tables   tables
	ahead    ahead
	ceilings ceilings
	beside   beside
	filings  filings
	height   uint64
	epoch    uint32
	time     int64
	kind     journal.HashKind
	previous [32]byte
	rooted   uint64   // the last block with a state root, 0 before the first
	earlier  [32]byte // root of the state after it
}

func (c *checker) broke(law int, format string, args ...any) {
	if l := &c.verdict.Laws[law]; l.Broken == "" {
		l.Broken = fmt.Sprintf("block %d: ", c.height) + fmt.Sprintf(format, args...)
	}
}

func (c *checker) checked(law int) { c.verdict.Laws[law].Checked++ }

func (c *checker) sum() func([]byte) [32]byte { return sumKind(c.kind) }

func (c *checker) block(b *journal.Block) error {
	c.checked(lawChain)
	if b.Height != c.height+1 || b.Epoch < c.epoch || b.Time < c.time || [32]byte(b.Previous) != c.previous {
		c.broke(lawChain, "block %d of epoch %d does not follow block %d of epoch %d", b.Height, b.Epoch, c.height, c.epoch)
		return errBroken
	}
	c.height, c.epoch, c.time, c.kind = b.Height, b.Epoch, b.Time, b.Kind
	c.previous = headerHash(c.sum(), b)
	c.verdict.Blocks++
	var leaves [][32]byte
	for body := b.Body; len(body) > 0; {
		if len(body) < 4 || int(binary.LittleEndian.Uint32(body)) > len(body) || binary.LittleEndian.Uint32(body) < record.HeadBytes {
			c.broke(lawRecords, "a record has an impossible length")
			return errBroken
		}
		n := binary.LittleEndian.Uint32(body)
		leaves = append(leaves, c.sum()(append([]byte{0}, body[:n]...)))
		if err := c.record(body[:n]); err != nil {
			c.broke(lawRecords, "record %d: %v", len(leaves)-1, err)
			return errBroken
		}
		body = body[n:]
	}
	c.checked(lawRecords)
	if got := merkle(c.sum(), leaves); got != [32]byte(b.RecordsRoot) {
		c.broke(lawRecords, "records hash to %x, the header says %x", got, b.RecordsRoot)
	}
	c.endOfBlock(b)
	return nil
}

// endOfBlock checks the laws that hold between blocks.
func (c *checker) endOfBlock(b *journal.Block) {
	c.checked(lawTotals)
	if bad := c.books.unbalanced(); bad != "" {
		c.broke(lawTotals, "%s", bad)
	}
	c.checked(lawUnits)
	if bad := c.books.miscounted(); bad != "" {
		c.broke(lawUnits, "%s", bad)
	}
	if !b.HasStateRoot {
		return
	}
	c.checked(lawState)
	c.verdict.Roots++
	if c.rooted == 0 {
		c.earlier = c.sum()([]byte{2}) // nothing yet
	}
	root, of := c.earlier, c.rooted
	c.earlier, c.rooted = c.tables.root(c.sum(), &c.books), b.Height
	if !b.EarlierRoot {
		root, of = c.earlier, c.rooted
	}
	if root != [32]byte(b.StateRoot) {
		c.broke(lawState, "effects up to block %d lead to %x, the header says %x", of, root, b.StateRoot)
	}
}

func (c *checker) record(src []byte) error {
	v, err := record.Parse(src)
	if err != nil {
		return err
	}
	c.verdict.Records++
	effects := 0
	c.ahead.begin()
	c.ceilings.begin()
	c.beside.begin(v.Kind)
	c.filings.begin(v)
	err = v.EachEffect(func(e record.Effect) error {
		effects++
		c.ahead.take(e)
		c.ceilings.take(&c.tables, e)
		c.beside.take(e)
		c.filings.take(&c.tables, e)
		return c.effect(e)
	})
	if about, wrong := c.ahead.verdict(); about {
		c.checked(lawAhead)
		if wrong != "" {
			c.broke(lawAhead, "%s", wrong)
		}
	}
	if about, wrong := c.ceilings.verdict(&c.tables); about {
		c.checked(lawCeilings)
		if wrong != "" {
			c.broke(lawCeilings, "%s", wrong)
		}
	}
	if about, wrong := c.beside.verdict(); about {
		c.checked(lawBeside)
		if wrong != "" {
			c.broke(lawBeside, "%s", wrong)
		}
	}
	c.compliance()
	if v.Code == record.Accepted {
		c.verdict.Accepted++
		return err
	}
	c.verdict.Rejected++
	c.checked(lawRejected)
	if effects > 0 {
		c.broke(lawRejected, "a record rejected with %s has %d effects", v.Code, effects)
	}
	return err
}

// compliance checks what a record did for the supervisor and about name lists.
func (c *checker) compliance() {
	if about, wrong := c.filings.verdict(&c.tables); about {
		c.checked(lawFilings)
		if wrong != "" {
			c.broke(lawFilings, "%s", wrong)
		}
	}
	if about, wrong := c.filings.compared(&c.tables); about {
		c.checked(lawListed)
		if wrong != "" {
			c.broke(lawListed, "%s", wrong)
		}
	}
}

func (c *checker) effect(e record.Effect) error {
	switch e.Kind {
	case record.EffectOpen:
		return c.books.open(e.Row, e.Key)
	case record.EffectPost:
		c.verdict.Postings++
		return c.post(e)
	case record.EffectShift:
		c.checked(lawBuckets)
		if bad := c.books.shift(e.Row, e.Bucket, e.Amount); bad != "" {
			c.broke(lawBuckets, "%s", bad)
			return nil
		}
		c.checked(lawHolds)
		if a := &c.books.accounts[e.Row]; e.Bucket <= 3 && e.Amount > 0 && a.available() < 0 {
			c.broke(lawHolds, "a hold of %d leaves account %d with %d available", e.Amount, e.Row, a.available())
		}
		return nil
	case record.EffectPut:
		return c.tables.put(e.Code, e.Row, e.Bytes)
	case record.EffectClear:
		c.tables.clear(e.Code)
		return nil
	}
	return fmt.Errorf("effect of kind %d", e.Kind)
}

func (c *checker) post(e record.Effect) error {
	if int(e.Debit) >= len(c.books.accounts) || int(e.Credit) >= len(c.books.accounts) {
		return fmt.Errorf("posting on an account that was never opened: %d, %d", e.Debit, e.Credit)
	}
	d, k := &c.books.accounts[e.Debit], &c.books.accounts[e.Credit]
	c.checked(lawBalanced)
	if e.Amount <= 0 || d.unit != k.unit || e.Debit == e.Credit {
		c.broke(lawBalanced, "posting of %d from unit %d to unit %d", e.Amount, k.unit, d.unit)
	}
	c.checked(lawDomains)
	if d.domain() != k.domain() {
		c.broke(lawDomains, "posting between kind %d and kind %d", d.kind, k.kind)
	}
	c.books.add(e.Debit, e.Amount, true)
	c.books.add(e.Credit, e.Amount, false)
	c.checked(lawBounded)
	if e.Code != codeForced && (d.bounded() && d.balance < 0 && !d.debitSide() || k.bounded() && k.balance < 0 && k.debitSide()) {
		c.broke(lawBounded, "posting %d leaves %d and %d", e.Code, d.balance, k.balance)
	}
	return nil
}

// codeForced is the posting code of a correction that an outsider's books force
// (docs/formats/record.md).
const codeForced = 52

// headerHash lays the 136 bytes of a header out as docs/formats/journal.md draws
// them and hashes them.
func headerHash(sum func([]byte) [32]byte, b *journal.Block) [32]byte {
	var h bytes.Buffer
	le := binary.LittleEndian
	flags := byte(0)
	if b.HasStateRoot {
		flags = 1
	}
	if b.EarlierRoot {
		flags |= 2
	}
	h.WriteString("SCB1")
	h.Write([]byte{1, 0, byte(b.Kind), flags})
	h.Write(le.AppendUint32(nil, b.Cell))
	h.Write(le.AppendUint32(nil, b.Epoch))
	h.Write(le.AppendUint64(nil, b.Height))
	h.Write(le.AppendUint64(nil, uint64(b.Time)))
	h.Write(b.Previous[:])
	h.Write(b.RecordsRoot[:])
	h.Write(b.StateRoot[:])
	h.Write(le.AppendUint32(nil, b.Count))
	h.Write(le.AppendUint32(nil, b.BodyBytes))
	return sum(h.Bytes())
}

// merkle is the tree hash of RFC 6962 over leaf hashes, written as its recursive
// definition.
func merkle(sum func([]byte) [32]byte, leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sum(nil)
	case 1:
		return leaves[0]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	left, right := merkle(sum, leaves[:split]), merkle(sum, leaves[split:])
	return sum(append(append([]byte{1}, left[:]...), right[:]...))
}
