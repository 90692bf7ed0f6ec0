package books

import (
	"sancun/journal"
	"sancun/record"
)

// changes are what was folded since the last commit. Rows of the machine's
// tables keep only their last bytes, so that a hot row is written once a commit.
type changes struct {
	waiting   int // records
	blocks    []block
	days      []dayChange
	moved     []uint32 // rows of accounts
	entries   []entry
	units     []unitEntry
	closed    []closedDay
	closings  []closing
	closes    []closePrice
	fills     []fill
	transfers []owned // new ones
	orders    []owned
	contracts []contract
	sealed    []sealed
	passwords []hashed
	words     []word
	audit     []deed
	rows      [tablesMax]latest
}

type block struct {
	height, time, records int64
	hash                  journal.Hash
}

type dayChange struct {
	business
	height int64
}

type entry struct{ fund, date, height, at, n, bank, code, amount, balance, ref, against int64 }

type unitEntry struct{ fund, date, height, at, n, instrument, code, amount, balance, cost, ref int64 }

type closedDay struct{ date, height int64 }

// closing is an account's figures at the closing of a date.
type closing struct {
	row, date, balance int64
	buckets            [5]int64
	cost               int64
}

type closePrice struct{ date, instrument, price int64 }

type fill struct {
	fund, date, height, at, order, instrument, side, price, quantity int64
	exec                                                             string
}

// owned says whose a transfer or order is.
type owned struct{ fund, number int64 }

type contract struct{ fund, height, at, date, kind, bank, relation, closing int64 }

// Parts of a client's sealed fields by the command that brought them.
const (
	partOpening  = 1
	partContact  = 2
	partIdentity = 3
	partFactor   = 4
)

type sealed struct {
	client, part int64
	fields       []byte
}

type hashed struct {
	client, which int64
	hash          string
}

// Parts of the words of a proposal.
const (
	wordMaker   = 1
	wordChecker = 2
)

type word struct {
	proposal, part int64
	payload        []byte
	reason         string
}

type deed struct {
	height, at int64
	record.Head
}

// latest keeps the last bytes of each row under its key. The bytes lie in one
// buffer that is used again, because a commit has tens of thousands.
type latest struct {
	places map[uint64]int // key to place in list
	list   []kept
	bytes  []byte
}

type kept struct {
	key      uint64
	row      uint32
	from, to int
}

func newChanges() changes {
	var c changes
	for i := range c.rows {
		c.rows[i].places = map[uint64]int{}
	}
	return c
}

// put keeps a copy of the bytes under key, over what was there. Rows of one
// table have one length.
func (l *latest) put(key uint64, row uint32, c cells) {
	if at, ok := l.places[key]; ok {
		k := &l.list[at]
		k.row = row
		copy(l.bytes[k.from:k.to], c)
		return
	}
	l.places[key] = len(l.list)
	l.list = append(l.list, kept{key, row, len(l.bytes), len(l.bytes) + len(c)})
	l.bytes = append(l.bytes, c...)
}

// reset empties the changes after a commit and keeps their memory.
func (c *changes) reset() {
	c.waiting = 0
	c.blocks, c.days, c.moved = c.blocks[:0], c.days[:0], c.moved[:0]
	c.entries, c.fills, c.contracts = c.entries[:0], c.fills[:0], c.contracts[:0]
	c.transfers, c.orders = c.transfers[:0], c.orders[:0]
	c.units, c.closed, c.closings, c.closes = c.units[:0], c.closed[:0], c.closings[:0], c.closes[:0]
	clear(c.sealed)
	clear(c.passwords)
	clear(c.words)
	c.sealed, c.passwords, c.words, c.audit = c.sealed[:0], c.passwords[:0], c.words[:0], c.audit[:0]
	for i := range c.rows {
		l := &c.rows[i]
		clear(l.places)
		l.list, l.bytes = l.list[:0], l.bytes[:0]
	}
}
