package verify

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// account is an account as these books see it: plainly, with its key spelt out.
type account struct {
	key     [16]byte
	kind    uint16
	bank    uint16
	unit    uint32
	owner   uint64
	balance int64
	buckets [5]int64
	dirty   bool
}

// domain tells client money (1), own money (2), securities (3) and general (4)
// apart: it is the hundreds of the kind (docs/formats/record.md).
func (a *account) domain() uint16 { return a.kind / 100 }

// debitSide says whether the account grows when debited.
func (a *account) debitSide() bool {
	switch a.kind {
	case 102, 103, 104, 105, 201, 205, 302, 402:
		return true
	}
	return false
}

// bounded says whether the account may not become negative.
func (a *account) bounded() bool {
	switch a.kind {
	case 101, 102, 301, 401:
		return true
	}
	return false
}

// available is the balance less holds and what today's trades take, plus what
// they bring.
func (a *account) available() int64 {
	b := &a.buckets
	return a.balance - b[0] - b[1] - b[2] - b[3] + b[4]
}

type pair struct {
	bank uint16
	unit uint32
}

// sums are the two sides of the total-to-detail identity.
type sums struct {
	ledger, pooled, reserve, settlement int64
}

// books are the naive books: a list, and running sums per bank and security.
type books struct {
	accounts []account
	banks    map[pair]*sums
	units    map[uint32]int64 // positions less custody, per security
	touched  map[pair]bool    // banks changed in this block
	counted  map[uint32]bool  // securities changed in this block
	changed  []uint32         // accounts changed since the last root
}

func newBooks() books {
	return books{banks: map[pair]*sums{}, units: map[uint32]int64{}, touched: map[pair]bool{}, counted: map[uint32]bool{}}
}

func (b *books) open(row uint32, key [16]byte) error {
	if int(row) != len(b.accounts) {
		return fmt.Errorf("account %d opens after %d others", row, len(b.accounts))
	}
	b.accounts = append(b.accounts, account{
		key:  key,
		kind: binary.LittleEndian.Uint16(key[0:]), bank: binary.LittleEndian.Uint16(key[2:]),
		unit: binary.LittleEndian.Uint32(key[4:]), owner: binary.LittleEndian.Uint64(key[8:]),
	})
	b.touch(row)
	return nil
}

func (b *books) touch(row uint32) {
	if a := &b.accounts[row]; !a.dirty {
		a.dirty = true
		b.changed = append(b.changed, row)
	}
}

// add books one side of a posting.
func (b *books) add(row uint32, amount int64, debit bool) {
	a := &b.accounts[row]
	if a.debitSide() != debit {
		amount = -amount
	}
	a.balance += amount
	b.touch(row)
	switch {
	case a.kind/100 == 1:
		b.sum(a, amount)
	case a.kind == 301:
		b.units[a.unit] += amount
		b.counted[a.unit] = true
	case a.kind == 302:
		b.units[a.unit] -= amount
		b.counted[a.unit] = true
	}
}

func (b *books) sum(a *account, amount int64) {
	p := pair{a.bank, a.unit}
	s := b.banks[p]
	if s == nil {
		s = &sums{}
		b.banks[p] = s
	}
	switch a.kind {
	case 101:
		s.ledger += amount
	case 102:
		s.pooled += amount
	case 103:
		s.reserve += amount
	case 104, 105:
		s.settlement += amount
	case 106, 107:
		s.settlement -= amount
	}
	b.touched[p] = true
}

// shift moves a bucket and returns what is wrong with it, if anything.
func (b *books) shift(row uint32, bucket uint8, delta int64) string {
	if int(row) >= len(b.accounts) || bucket < 1 || bucket > 5 {
		return fmt.Sprintf("bucket %d of account %d does not exist", bucket, row)
	}
	a := &b.accounts[row]
	a.buckets[bucket-1] += delta
	b.touch(row)
	if a.buckets[bucket-1] < 0 {
		return fmt.Sprintf("bucket %d of account %d becomes %d", bucket, row, a.buckets[bucket-1])
	}
	return ""
}

// unbalanced returns the first bank changed in this block whose total is not
// its detail.
func (b *books) unbalanced() (bad string) {
	for p := range b.touched {
		if s := b.banks[p]; s.ledger != s.pooled+s.reserve+s.settlement {
			bad = fmt.Sprintf("bank %d unit %d: ledgers %d, pooled %d + reserve %d + in settlement %d", p.bank, p.unit, s.ledger, s.pooled, s.reserve, s.settlement)
		}
	}
	clear(b.touched)
	return bad
}

// miscounted returns the first security changed in this block whose positions
// are not what the clearing house holds.
func (b *books) miscounted() (bad string) {
	for unit := range b.counted {
		if b.units[unit] != 0 {
			bad = fmt.Sprintf("unit %d: positions exceed units at the clearing house by %d", unit, b.units[unit])
		}
	}
	clear(b.counted)
	return bad
}

// totals lists the identity of every bank and currency.
func (b *books) totals() []BankTotal {
	var all []BankTotal
	for p, s := range b.banks {
		all = append(all, BankTotal{
			Bank: p.bank, Currency: uint8(p.unit), Ledger: s.ledger, Pooled: s.pooled, Reserve: s.reserve,
			InSettlement: s.settlement, Balanced: s.ledger == s.pooled+s.reserve+s.settlement,
		})
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].Bank < all[j].Bank || all[i].Bank == all[j].Bank && all[i].Currency < all[j].Currency
	})
	return all
}

// encode lays an account out as docs/formats/state.md draws it.
func (a *account) encode(dst []byte) {
	copy(dst, a.key[:])
	binary.LittleEndian.PutUint64(dst[16:], uint64(a.balance))
	for i, v := range a.buckets {
		binary.LittleEndian.PutUint64(dst[24+8*i:], uint64(v))
	}
}
