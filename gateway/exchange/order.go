package exchange

import (
	"errors"
	"fmt"
	"time"

	"sancun/market"
	"sancun/money"
)

// ClOrdID is our number of a message at the exchange: ten digits or letters,
// unique for a trading unit and a day.
type ClOrdID [10]byte

// String returns the ID without padding.
func (id ClOrdID) String() string {
	n := len(id)
	for n > 0 && (id[n-1] == ' ' || id[n-1] == 0) {
		n--
	}
	return string(id[:n])
}

// clOrdID reads an ID as the wire has it.
func clOrdID(text string) (id ClOrdID) {
	copy(id[:], text)
	return id
}

// The letters that mark the cancels of one order: a repeated cancel takes the
// next one, so that the exchange does not take it for the first.
const (
	cancelFirst = 'C'
	cancelLast  = 'Z'
)

// CancelID returns the ClOrdID of a cancel of an order: the order's own with its
// first digit, zero below a thousand million orders, replaced by a letter.
// Attempt counts the cancels of the order from 0; a higher one than there are
// letters gives the last letter.
func CancelID(order ClOrdID, attempt int) ClOrdID {
	order[0] = byte(min(cancelFirst+max(attempt, 0), cancelLast))
	return order
}

// Owner says on whose behalf an order is placed.
type Owner uint8

// The owners.
const (
	Person      Owner = 1
	Institution Owner = 2
	Proprietary Owner = 3
)

// Order is a durable order on its way to the exchange.
type Order struct {
	ClOrdID  ClOrdID
	Account  string // securities account
	PBU      string // trading unit: six characters in Shenzhen, five digits in Shanghai
	Branch   string
	Security market.ID
	Side     uint8 // as in record.NewOrder: 1 buy, 2 sell, 3 subscribe
	Category uint8 // as in record.NewOrder: 1 auction, 2 after-hours, 3 non-trading
	Type     market.OrderType
	Owner    Owner // Person when zero
	Price    money.Price
	Quantity money.Quantity
	Time     time.Time // of the block that holds it
}

// Cancel is a durable request to cancel what is left of an order.
type Cancel struct {
	ClOrdID  ClOrdID // of this request; see CancelID
	Original ClOrdID // of the order
	Account  string
	PBU      string
	Branch   string
	Security market.ID
	Side     uint8 // of the order
	Category uint8 // of the order
	Owner    Owner
	Quantity money.Quantity // of the order
	Time     time.Time
}

// The numbers of record.NewOrder that decide the message; a test compares them
// with the machine's own.
const (
	sideBuy       uint8 = 1
	sideSell      uint8 = 2
	sideSubscribe uint8 = 3

	categoryAuction    uint8 = 1
	categoryAfterHours uint8 = 2
	categoryNonTrading uint8 = 3
)

// errUnsendable reports an order or a cancel that the exchange's format has no
// place for.
var errUnsendable = errors.New("no message of this exchange can carry it")

func unsendable(what string, n uint8) error { return fmt.Errorf("%s %d: %w", what, n, errUnsendable) }

// entry is an order or a cancel inside the gateway.
type entry struct {
	order    Order
	original ClOrdID // of a cancel: the order's; zero for an order
	cancel   bool
	done     bool // its outcome is known, or was reported as known
	sent     bool // on the wire in this connection
	stuck    bool // sent too often, or the platform has closed: the outcome stays unknown
	sends    int  // how often it was put on the wire, over all connections
	silences int  // how often it went unanswered for too long
	at       time.Time
}

func (e *entry) id() ClOrdID { return e.order.ClOrdID }

func entryOf(c Cancel) *entry {
	return &entry{cancel: true, original: c.Original, order: Order{
		ClOrdID: c.ClOrdID, Account: c.Account, PBU: c.PBU, Branch: c.Branch, Security: c.Security, Side: c.Side,
		Category: c.Category, Owner: c.Owner, Quantity: c.Quantity, Time: c.Time,
	}}
}

// next gives a cancel its next letter; false when there is none left.
func (e *entry) next() bool {
	if !e.cancel || e.order.ClOrdID[0] < cancelFirst || e.order.ClOrdID[0] >= cancelLast {
		return false
	}
	e.order.ClOrdID[0]++
	return true
}
