package books

import (
	"bytes"
	"encoding/binary"
)

// The rows of the machine's tables as they lie in a record's effects
// (docs/formats/state.md). Only the fields that enquiries need are read, at
// their offsets; a test compares the offsets with the machine's own encoding.

// Numbers of the machine's tables.
const (
	tableDay         = 2
	tableBanks       = 3
	tableClients     = 4
	tableFunds       = 5
	tableSecurities  = 6
	tableInstruments = 7
	tableOrders      = 8
	tableTransfers   = 9
	tableFreezes     = 12
	tableSteps       = 13
	tableCases       = 14
	tableProposals   = 15
	tableNextOrders  = 23
	tablesMax        = 40
)

// widths are the least lengths of the rows read here, so that no offset lies
// outside a row.
var widths = [tablesMax]int{
	tableDay: 41, tableBanks: 97, tableClients: 94, tableFunds: 107, tableSecurities: 22, tableInstruments: 81,
	tableOrders: 127, tableNextOrders: 127, tableTransfers: 94, tableFreezes: 103, tableSteps: 59, tableCases: 119, tableProposals: 87,
}

// cells reads the fields of an encoded row.
type cells []byte

func (c cells) u8(at int) int64  { return int64(c[at]) }
func (c cells) u16(at int) int64 { return int64(binary.LittleEndian.Uint16(c[at:])) }
func (c cells) u32(at int) int64 { return int64(binary.LittleEndian.Uint32(c[at:])) }
func (c cells) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(c[at:])) }

// text reads a zero-padded text.
func (c cells) text(at, n int) string {
	return clean(string(bytes.TrimRight(c[at:at+n], "\x00")))
}

// fundInfo is what the books keep of a fund account, held in memory because
// rows of other tables name fund accounts by their row, and because the row
// changes with every transfer while these fields hardly ever do.
type fundInfo struct {
	number, client                    int64 // numbers, not rows
	currency, main, state, relation   int64
	bank, relationDate                int64
	closing, closingDate, cardDate    int64
	commission, unconfirmed, nextBank int64
}

func (f *Filler) readFund(c cells) fundInfo {
	return fundInfo{
		number: c.i64(0), client: f.clients[c.u32(8)], bank: c.u16(12), currency: c.u8(14), main: c.u8(15), state: c.u8(16),
		relation: c.u8(17), relationDate: c.u32(38), closingDate: c.u32(42), cardDate: c.u32(46), commission: c.i64(50),
		closing: c.u8(102), unconfirmed: c.u8(104), nextBank: c.u16(105),
	}
}

// business is what the books keep of the row of the business day, which changes
// with every order.
type business struct{ date, next, phase, opened, stopped int64 }

func readDay(c cells) business {
	return business{date: c.u32(0), next: c.u32(4), phase: c.u8(8), opened: c.i64(9), stopped: c.i64(17)}
}

// values appends the columns of an encoded row to args in the order of the
// table's statement in write.go.
type values func(f *Filler, row uint32, c cells, args []any) []any

func bankValues(_ *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.u16(0), c.u8(2), c.u32(3), c.u32(7), c.u32(11), c.i64(15), c.i64(23), c.i64(31), c.u16(39), c.i64(41), c.text(49, 8), c.text(57, 40))
}

func instrumentValues(_ *Filler, row uint32, c cells, args []any) []any {
	return append(args, int64(row), c.u32(0), c.u8(4), c.u8(5), c.u8(6), c.u16(7), c.u32(9), c.i64(41), c.i64(49), c.i64(57), c.i64(65), c.i64(73))
}

func clientValues(_ *Filler, row uint32, c cells, args []any) []any {
	return append(args, int64(row), c.i64(0), c.u8(8), c.u8(9), c.u8(10), c.u8(11), c.u32(28), c.u8(12), c.u8(13), c.u16(14), c.u32(16),
		c.u32(20), c.u32(24), c.u8(92), c.u8(82), c.u8(93), c.u8(83), c.u32(84), []byte(c[32:48]))
}

func fundValues(f *Filler, row uint32, _ cells, args []any) []any {
	i := &f.funds[row]
	return append(args, int64(row), i.number, i.client, i.currency, i.main, i.state, i.relation, i.bank, i.relationDate,
		i.closing, i.closingDate, i.cardDate, i.commission, i.unconfirmed, i.nextBank)
}

func securitiesValues(f *Filler, row uint32, c cells, args []any) []any {
	return append(args, int64(row), f.funds[c.u32(18)].number, c.u8(16), c.u8(17), c.text(0, 10), c.text(10, 6))
}

func orderValues(f *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.i64(0), f.funds[c.u32(8)].number, f.instruments[c.u32(16)].id, c.u8(24), c.u8(25), c.u8(26), c.u8(27), c.u8(28), c.u8(29), c.u8(30),
		c.u16(31), c.u32(33), c.i64(37), c.i64(45), c.i64(53), c.i64(61), c.i64(69), c.i64(77), c.i64(93), c.text(111, 16))
}

func transferValues(f *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.i64(0), f.funds[c.u32(8)].number, c.u16(12), c.u8(14), c.u8(15), c.u8(16), c.u8(17), c.u8(18), c.u8(19), c.u16(20),
		c.u32(22), c.i64(26), c.i64(34), c.i64(42), c.text(50, 20), c.i64(70), c.i64(78), c.i64(86))
}

func freezeValues(f *Filler, row uint32, c cells, args []any) []any {
	instrument := int64(0)
	if of := c.u32(7); of != 0 {
		instrument = f.instruments[of-1].id
	}
	return append(args, int64(row), f.funds[c.u32(0)].number, c.u8(4), c.u8(5), instrument, c.u32(15), c.u32(19), c.u32(23),
		c.i64(31), c.i64(39), c.i64(47), c.i64(55), c.text(63, 40))
}

func stepValues(_ *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.u32(3), c.u16(0), c.u8(2), c.i64(15), c.u32(23), c.i64(7), []byte(c[27:59]))
}

func caseValues(_ *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.i64(0), c.u32(8), c.u32(12), c.u8(16), c.u8(17), c.u8(18), c.u8(19), c.u16(20), c.u8(22), c.i64(23),
		c.i64(31), c.i64(39), c.i64(47), c.text(87, 32), c.i64(55), c.i64(63))
}

func proposalValues(_ *Filler, _ uint32, c cells, args []any) []any {
	return append(args, c.i64(0), c.u16(8), c.u8(10), c.u32(11), c.i64(15), c.i64(23), c.i64(31), c.i64(39), c.i64(47), []byte(c[55:87]))
}

func accountValues(f *Filler, row uint32, _ cells, args []any) []any {
	a := &f.accounts[row]
	return append(args, int64(row), int64(a.key.Kind), int64(a.key.Bank), int64(a.key.Unit), int64(a.key.Owner),
		a.balance, a.buckets[0], a.buckets[1], a.buckets[2], a.buckets[3], a.buckets[4], a.cost, a.changed)
}
