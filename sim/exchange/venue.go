package exchange

import (
	"errors"
	"fmt"

	"sancun/calendar"
	"sancun/market"
)

// Market is the exchange simulated: Shenzhen or Shanghai.
type Market = market.Market

// The markets that can be simulated.
const (
	Shenzhen = market.Shenzhen
	Shanghai = market.Shanghai
)

// streetPBU is the trading unit of the Street: the first of the table.
const streetPBU PBU = 0

// VenueConfig is what a Venue needs to know before the day.
type VenueConfig struct {
	Market     Market
	Securities []Security
	// PBUs are the members' trading units; the Street's is added in front.
	PBUs []string
	// Session is the timetable; the built-in one of today if it has no windows.
	Session calendar.Session
}

// Venue is the matching core of one exchange for one day. It is not safe for
// concurrent use: Exchange holds a lock around it.
type Venue struct {
	market  Market
	session calendar.Session
	now     calendar.TimeOfDay
	window  calendar.Window

	books  []book
	byCode map[Code]int32
	pbus   []string
	byPBU  map[string]PBU

	// chunks hold the entries; an entry never moves, so pointers to it stay good.
	chunks    [][]entry
	orders    OrderNo   // entries handed out
	free      []OrderNo // entries of finished Street orders
	tickets   []Ticket
	byClOrdID map[clKey]OrderNo
	strange   map[int32]Code      // codes not listed here, by ticket
	originals map[OrderNo]ClOrdID // what each cancel request names
	pending   []OrderNo           // taken between 9:25 and 9:30

	trades     []trade
	executions int64
	events     []Event
	street     *street
	// interrupted are the books whose Volatility keeps them from trading now.
	interrupted []int32
	dirty       []int32 // books whose snapshot would differ from the last one taken
}

type clKey struct {
	pbu PBU
	id  ClOrdID
}

// Errors of the Venue. Refusals of orders are not errors but events.
var (
	ErrClock   = errors.New("the exchange clock does not go back")
	ErrUnknown = errors.New("not known to this exchange")
)

// NewVenue prepares a day. It returns ErrSecurity for unusable static data.
func NewVenue(c VenueConfig) (*Venue, error) {
	v := &Venue{
		market: c.Market, session: c.Session,
		byCode: make(map[Code]int32, len(c.Securities)), byPBU: make(map[string]PBU, len(c.PBUs)),
		byClOrdID: make(map[clKey]OrderNo), originals: make(map[OrderNo]ClOrdID), strange: make(map[int32]Code),
		pbus:  []string{"STREET"},
		books: make([]book, 0, len(c.Securities)),
	}
	if len(v.session.Windows) == 0 {
		v.session = calendar.BuiltinSessions()[0]
	}
	if err := checkSession(&v.session); err != nil {
		return nil, err
	}
	v.window = v.session.Windows[0]
	if c.Market != Shenzhen && c.Market != Shanghai {
		return nil, fmt.Errorf("%s: %w", c.Market, ErrUnknown)
	}
	for _, s := range c.Securities {
		if err := s.check(); err != nil {
			return nil, err
		}
		if _, twice := v.byCode[s.Code]; twice {
			return nil, fmt.Errorf("%s twice: %w", s.Code, ErrSecurity)
		}
		v.byCode[s.Code] = int32(len(v.books))
		v.books = append(v.books, newBook(s, int32(len(v.books))))
	}
	for _, name := range c.PBUs {
		if _, twice := v.byPBU[name]; twice {
			return nil, fmt.Errorf("trading unit %s twice", name)
		}
		v.byPBU[name] = PBU(len(v.pbus))
		v.pbus = append(v.pbus, name)
	}
	return v, nil
}

// PBU returns the number of a trading unit by its code.
func (v *Venue) PBU(name string) (PBU, bool) {
	p, ok := v.byPBU[name]
	return p, ok
}

// Now returns the exchange's time of day and phase.
func (v *Venue) Now() (calendar.TimeOfDay, calendar.Phase) { return v.now, v.window.Phase }

// book returns the book of a code, or nil.
func (v *Venue) book(c Code) *book {
	if i, ok := v.byCode[c]; ok {
		return &v.books[i]
	}
	return nil
}

// entry returns the order with a number that was handed out.
func (v *Venue) entry(no OrderNo) *entry {
	return &v.chunks[no/chunkOrders][no%chunkOrders]
}

// codeOf returns the code of an order's security as the order has it.
func (v *Venue) codeOf(e *entry) string {
	if e.security < 0 {
		return v.strange[e.ticket].String()
	}
	return v.books[e.security].Code.String()
}

// locate notes the security of an order or request and returns its book, or nil.
func (v *Venue) locate(e *entry, c Code) *book {
	b := v.book(c)
	if b == nil {
		e.security = -1
		v.strange[e.ticket] = c
		return nil
	}
	e.security = b.index
	return b
}

// used says whether a trading unit has used an order number today.
func (v *Venue) used(p PBU, id ClOrdID) bool {
	_, used := v.byClOrdID[clKey{p, id}]
	return used
}

// take hands out an entry for a member's message, or nil when the day is full.
func (v *Venue) take(p PBU, t *Ticket) (OrderNo, *entry) {
	no, e := v.allocate()
	if e == nil {
		return noOrder, nil
	}
	v.tickets = append(v.tickets, *t)
	*e = entry{prev: noOrder, next: noOrder, original: noOrder, ticket: int32(len(v.tickets) - 1), at: v.now, pbu: p}
	return no, e
}

// full says whether the day can hold another order and its cancel.
func (v *Venue) full() bool { return v.orders >= ordersMax-2 }

func (v *Venue) allocate() (OrderNo, *entry) {
	if v.orders == ordersMax {
		return noOrder, nil
	}
	if int(v.orders) == len(v.chunks)*chunkOrders {
		v.chunks = append(v.chunks, make([]entry, chunkOrders))
	}
	no := v.orders
	v.orders++
	return no, v.entry(no)
}

// recycle gives the entry of a finished Street order back.
func (v *Venue) recycle(no OrderNo, e *entry) {
	if e.pbu == streetPBU {
		e.flags = 0
		v.free = append(v.free, no)
		v.street.gone(no, e)
	}
}

// touch notes that the picture of b has changed.
func (v *Venue) touch(b *book) {
	if !b.dirty {
		b.dirty = true
		v.dirty = append(v.dirty, b.index)
	}
}
