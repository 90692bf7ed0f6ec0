package ledger

import (
	"encoding/binary"

	"sancun/state"
)

// Kind is the number of an account kind. Numbers are written to disk.
type Kind uint16

// Kinds of accounts that hold client money. Client money and the broker's own
// money never meet in one posting (law L2, row K5).
const (
	ClientCash    Kind = 101 // 客户证券资金台账: what we owe a client
	Pooled        Kind = 102 // 汇总账户: money of all clients at one bank
	ClientReserve Kind = 103 // 客户备付金: their money at the clearing house, by bank and market
	InSettlement  Kind = 104 // 在途交收: due from (+) or to (−) the clearing house, by bank and market
	Suspense      Kind = 105 // 单边账挂账: differences with a bank not yet worked off
	InterestDue   Kind = 106 // 应付客户利息: received from banks, not yet posted to clients
	FeesDue       Kind = 107 // 应划佣金: commission charged to clients, not yet drawn to own funds
)

// Kinds of accounts that hold the broker's own money.
const (
	OwnBank      Kind = 201 // 自有资金账户
	FeeIncome    Kind = 202 // 手续费收入
	InterestKept Kind = 203 // 利差收入
	Rounding     Kind = 204 // 尾差: cents between our fees and the clearing house's (row K39)
	OwnLoss      Kind = 205 // 差错损失: differences written off by two people
	OwnEquity    Kind = 206 // opening balance of the own books
)

// Kinds of accounts that count securities.
const (
	Position Kind = 301 // 客户持仓: units we hold for a client
	Custody  Kind = 302 // 登记结算持有: units registered at the clearing house, by market
)

// Kinds for ledgers without custody rules, for other books and for measuring.
const (
	General      Kind = 401 // may not go below zero
	GeneralWorld Kind = 402 // the other side of General; unbounded
)

type nature struct {
	debit   bool // grows on the debit side: what we have, not what we owe
	bounded bool // may not become negative
	domain  uint8
}

const (
	domainClient     uint8 = 1
	domainOwn        uint8 = 2
	domainSecurities uint8 = 3
	domainGeneral    uint8 = 4
)

// natureOf is a switch and not a map because every posting asks twice.
func natureOf(k Kind) (nature, bool) {
	switch k {
	case ClientCash:
		return nature{false, true, domainClient}, true
	case Pooled:
		return nature{true, true, domainClient}, true
	case ClientReserve, InSettlement, Suspense:
		return nature{true, false, domainClient}, true
	case InterestDue, FeesDue:
		return nature{false, false, domainClient}, true
	case OwnBank, OwnLoss:
		return nature{true, false, domainOwn}, true
	case FeeIncome, InterestKept, Rounding, OwnEquity:
		return nature{false, false, domainOwn}, true
	case Position:
		return nature{false, true, domainSecurities}, true
	case Custody:
		return nature{true, false, domainSecurities}, true
	case General:
		return nature{false, true, domainGeneral}, true
	case GeneralWorld:
		return nature{true, false, domainGeneral}, true
	}
	return nature{}, false
}

// Key names an account: its kind, bank (0 when none), unit (a currency number,
// or UnitSecurity plus the instrument's row) and owner (fund account row,
// market or 0).
type Key struct {
	Kind  Kind
	Bank  uint16
	Unit  uint32
	Owner uint64
}

// UnitSecurity is the first unit that counts securities; below it are currencies.
const UnitSecurity uint32 = 1 << 16

// Bytes returns the key in its sixteen bytes: kind, bank, unit, owner.
func (k Key) Bytes() (b state.Key) {
	binary.LittleEndian.PutUint16(b[0:], uint16(k.Kind))
	binary.LittleEndian.PutUint16(b[2:], k.Bank)
	binary.LittleEndian.PutUint32(b[4:], k.Unit)
	binary.LittleEndian.PutUint64(b[8:], k.Owner)
	return b
}

// KeyFrom reads what Bytes wrote.
func KeyFrom(b state.Key) Key {
	return Key{
		Kind:  Kind(binary.LittleEndian.Uint16(b[0:])),
		Bank:  binary.LittleEndian.Uint16(b[2:]),
		Unit:  binary.LittleEndian.Uint32(b[4:]),
		Owner: binary.LittleEndian.Uint64(b[8:]),
	}
}

// Bucket is a part of an account that is not a posting: what is reserved of it
// and what the day's trades will bring or take at settlement.
type Bucket uint8

// The buckets. A hold (冻结) is counted by kind (row K6).
const (
	HeldOrder    Bucket = 1 // for open orders
	HeldTransfer Bucket = 2 // for transfers in flight
	HeldOther    Bucket = 3 // judicial, subscription, manual …
	Payable      Bucket = 4 // today's trades will take it at settlement
	Receivable   Bucket = 5 // today's trades will bring it at settlement
)

// Account is one row: 64 bytes, no pointers. Balance is in the natural sign of
// its kind: positive is what the kind is for.
type Account struct {
	Key     state.Key
	Balance int64
	Buckets [5]int64
}

// AccountWidth is the encoded size of an Account.
const AccountWidth = 64

// Encode writes the account: key, balance, buckets 1 to 5.
func (a *Account) Encode(dst []byte) {
	copy(dst, a.Key[:])
	binary.LittleEndian.PutUint64(dst[16:], uint64(a.Balance))
	for i, v := range a.Buckets {
		binary.LittleEndian.PutUint64(dst[24+8*i:], uint64(v))
	}
}

// Decode reads what Encode wrote.
func (a *Account) Decode(src []byte) {
	a.Key = state.Key(src[:16])
	a.Balance = int64(binary.LittleEndian.Uint64(src[16:]))
	for i := range a.Buckets {
		a.Buckets[i] = int64(binary.LittleEndian.Uint64(src[24+8*i:]))
	}
}

// In returns the figure of one bucket.
func (a *Account) In(b Bucket) int64 { return a.Buckets[b-1] }

// Held returns the sum of all holds.
func (a *Account) Held() int64 {
	return a.In(HeldOrder) + a.In(HeldTransfer) + a.In(HeldOther)
}

// Available (可用) is what new orders may use: the balance less holds and what
// today's trades take, plus what today's sales bring (row K6, domain facts B.5).
func (a *Account) Available() int64 {
	return a.Balance - a.Held() - a.In(Payable) + a.In(Receivable)
}

// Withdrawable (可取) is what may leave for the bank today: purchases use up
// today's sale proceeds first, and what is left of those stays until the next
// trading day. It is never above Available and never negative.
func (a *Account) Withdrawable() int64 {
	fromSales := max(0, a.In(Receivable)-a.In(Payable)-a.In(HeldOrder))
	return max(0, a.Available()-fromSales)
}

// Sellable (可卖) is how many units may be sold now. Units bought today count
// only where the instrument is turned over on the same day (row K35).
func (a *Account) Sellable(sameDay bool) int64 {
	units := a.Balance - a.Held() - a.In(Payable)
	if sameDay {
		units += a.In(Receivable)
	}
	return units
}

// TableAccounts is the number of the table of accounts.
const TableAccounts uint16 = 1
