package verify

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"sancun/record"
)

// The front-end control (docs/flows/risk.md): what the orders of a scope, a market
// or one of its trading units, come to on balance on a day has a ceiling. These
// books add the orders up themselves, from the rows that effects write; they begin
// when the first ceiling is set.

// Numbers of the tables looked at, as docs/formats/state.md has them.
const (
	tableSecurities  = 6
	tableInstruments = 7
	tableNetBuys     = 26
	tableCeilings    = 29
)

// scope is a market and a trading unit, none for all units of the market.
type scope struct {
	market uint8
	unit   [6]byte
}

// orderNet is what one order counts, and where.
type orderNet struct {
	of     uint8
	unit   [6]byte
	amount int64
}

// limitRow is one ceiling ever set.
type limitRow struct {
	scope
	own    bool
	from   uint32
	amount int64
}

// ceilings are these books.
type ceilings struct {
	on     bool
	orders map[uint32]orderNet
	sums   map[scope]int64
	limits []limitRow
	known  map[scope]bool // scopes the machine counts

	before  map[scope]int64  // sums before this record, of the scopes it changed
	counted map[scope]int64  // what the machine wrote in this record
	dates   map[scope]uint32 // and for which date
}

func newCeilings() ceilings {
	return ceilings{orders: map[uint32]orderNet{}, sums: map[scope]int64{}, known: map[scope]bool{}}
}

func (c *ceilings) begin() {
	clear(c.before)
	clear(c.counted)
	clear(c.dates)
}

// take sees an effect before the tables have it.
func (c *ceilings) take(t *tables, e record.Effect) {
	le := binary.LittleEndian
	switch {
	case e.Kind == record.EffectClear && e.Code == tableOrders && c.on:
		c.orders, c.sums = map[uint32]orderNet{}, map[scope]int64{}
	case e.Kind != record.EffectPut:
	case e.Code == tableCeilings && len(e.Bytes) >= 24:
		if !c.on {
			c.start(t)
		}
		l := limitRow{scope: scope{e.Bytes[0], [6]byte(e.Bytes[1:7])}, own: e.Bytes[7] == 2, from: le.Uint32(e.Bytes[12:]), amount: int64(le.Uint64(e.Bytes[16:]))}
		c.limits = append(c.limits, l)
	case e.Code == tableOrders && c.on:
		c.change(e.Row, orderOf(t, e.Bytes))
	case e.Code == tableNetBuys && c.on && len(e.Bytes) >= 36:
		s := scope{e.Bytes[0], [6]byte(e.Bytes[1:7])}
		c.dates[s] = le.Uint32(e.Bytes[8:])
		c.counted[s] = int64(le.Uint64(e.Bytes[12:])) + int64(le.Uint64(e.Bytes[20:])) - int64(le.Uint64(e.Bytes[28:]))
	}
}

// start adds the orders of the day up that there are.
func (c *ceilings) start(t *tables) {
	c.on = true
	c.before, c.counted, c.dates = map[scope]int64{}, map[scope]int64{}, map[scope]uint32{}
	if known := t.byNumber[tableOrders]; known != nil {
		for at := 0; at < len(known.rows); at += known.width {
			c.change(uint32(at/known.width), orderOf(t, known.rows[at:at+known.width]))
		}
	}
	clear(c.before) // they were there before
}

// change puts an order's part in the place of what it was.
func (c *ceilings) change(row uint32, now orderNet) {
	was, known := c.orders[row]
	if known && was == now {
		return
	}
	for _, unit := range [...][6]byte{{}, now.unit} {
		s := scope{now.of, unit}
		if _, noted := c.before[s]; !noted {
			c.before[s] = c.sums[s]
		}
		c.sums[s] += now.amount - was.amount
		if unit == now.unit && unit == [6]byte{} {
			break // an account without a unit has one scope
		}
	}
	c.orders[row] = now
}

// orderOf reads what a row of the table of orders counts.
func orderOf(t *tables, row []byte) (n orderNet) {
	le := binary.LittleEndian
	if len(row) < 85 {
		return n
	}
	if security := t.row(tableInstruments, le.Uint32(row[16:])); len(security) >= 4 {
		n.of = uint8(le.Uint32(security) / 1_000_000)
	}
	if account := t.row(tableSecurities, le.Uint32(row[12:])); len(account) >= 16 {
		n.unit = [6]byte(account[10:16])
	}
	value := int64(le.Uint64(row[77:]))
	switch side, state := row[24], row[27]; {
	case side == 2:
		n.amount = -value
	case side == 1 && (state >= 1 && state <= 3 || state == 9):
		price, rest := int64(le.Uint64(row[45:])), int64(le.Uint64(row[53:]))-int64(le.Uint64(row[61:]))-int64(le.Uint64(row[69:]))
		n.amount = value + (price/100)*rest + (price%100*rest+50)/100 // fen of ten-thousandths, half up
	case side == 1:
		n.amount = value
	}
	return n
}

// row returns the bytes of a row, none for one that is not there.
func (t *tables) row(number uint16, row uint32) []byte {
	known := t.byNumber[number]
	if known == nil || int(row) >= len(known.rows)/known.width {
		return nil
	}
	return known.rows[int(row)*known.width:][:known.width]
}

// holds returns the ceiling of a scope on a date, 0 none: the lower of the newest
// of each kind.
func (c *ceilings) holds(s scope, date uint32) int64 {
	var amount [2]int64
	var from [2]uint32
	for _, l := range c.limits {
		kind := 0
		if l.own {
			kind = 1
		}
		if l.scope == s && l.from <= date && l.from >= from[kind] {
			from[kind], amount[kind] = l.from, l.amount
		}
	}
	if amount[1] != 0 && (amount[0] == 0 || amount[1] < amount[0]) {
		return amount[1]
	}
	return amount[0]
}

// verdict says after a record whether it was about net buying, and what is wrong:
// a sum that rose over its ceiling, or one the machine does not have.
func (c *ceilings) verdict(t *tables) (about bool, wrong string) {
	if !c.on {
		return false, ""
	}
	today := uint32(0)
	if day := t.row(tableDay, 0); len(day) >= 4 {
		today = binary.LittleEndian.Uint32(day)
	}
	say := func(format string, args ...any) {
		if wrong == "" {
			wrong = fmt.Sprintf(format, args...)
		}
	}
	for _, s := range ordered(c.before) {
		before, sum := c.before[s], c.sums[s]
		if !c.known[s] || sum == before {
			continue
		}
		about = true
		if limit := c.holds(s, today); sum > before && limit != 0 && sum > limit {
			say("market %d unit %q: net buying rises from %d to %d over the ceiling of %d", s.market, s.unit, before, sum, limit)
		}
		if counted, there := c.counted[s]; !there || counted != sum || c.dates[s] != today {
			say("market %d unit %q: net buying is %d and counted as %d on %d", s.market, s.unit, sum, counted, c.dates[s])
		}
	}
	for _, s := range ordered(c.counted) {
		about = true
		if c.known[s] = true; c.counted[s] != c.sums[s] {
			say("market %d unit %q: net buying is %d and counted as %d", s.market, s.unit, c.sums[s], c.counted[s])
		}
	}
	return about, wrong
}

// ordered lists scopes so that the same journal always gets the same verdict.
func ordered(of map[scope]int64) []scope {
	return slices.SortedFunc(maps.Keys(of), func(a, b scope) int {
		return cmp.Or(cmp.Compare(a.market, b.market), bytes.Compare(a.unit[:], b.unit[:]))
	})
}
