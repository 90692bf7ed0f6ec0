package exchange

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/record"
)

// The bounds of quotes and their reasons.
const (
	// sourcesMax: two feeds, as the exchanges offer.
	sourcesMax = 2
	// listMax bounds the list of a day: a market has some ten thousand securities.
	listMax = 100_000
	// loadRowsMax and quoteRowsMax are what the machine takes in one command.
	loadRowsMax  = 1_000
	issueRowsMax = 500
	quoteRowsMax = 5_000
	// quoteRows is how many rows a command of reference prices has at most, where
	// the options name none: it shares a block with orders.
	quoteRows = 2_000
	// ReferenceEvery is how often reference prices become records at most, where
	// the options name no interval: as often as the exchanges publish.
	ReferenceEvery = 3 * time.Second
)

// Source is how one feed of quotes is reached.
type Source struct {
	Dial  Dial
	Logon Logon
}

// QuoteOptions of Quotes.
type QuoteOptions struct {
	Market  market.Market
	Sources []Source // one or two
	Now     func() time.Time
	Timer   Timer // RealTimer when nil
	Submit  Submitter

	// Rules are the trading rules of a date.
	Rules func(calendar.Date) (*market.Day, error)
	// Known is what the machine holds of the market's securities.
	Known func(ctx context.Context, m market.Market) ([]Known, error)
	// Issues lists what takes subscriptions on a date, on any market, from the
	// calendar of issues. An error means that the calendar does not say: nothing is
	// open then, and the list is loaded without it. Nil means no calendar.
	Issues func(calendar.Date) ([]record.IssueData, error)

	Every   time.Duration // ReferenceEvery when zero
	RowsMax int           // rows of one command of reference prices
	// Loaded is called once a day with the list and its differences, before it is
	// submitted; Minute with every minute bar. Both may be nil; they must be quick
	// and must not call Quotes.
	Loaded func(Static)
	Minute func(Bar)
	// Whole is called with the date of a list once the machine holds all of it, and
	// again after a restart; what it returns ends Run, and it is called again when
	// Run begins anew. It may be nil.
	Whole func(context.Context, calendar.Date) error

	LockStep bool
}

func (o *QuoteOptions) complete() error {
	if o.Market != market.Shenzhen && o.Market != market.Shanghai {
		return fmt.Errorf("market %s: %w", o.Market, ErrOptions)
	}
	if len(o.Sources) == 0 || len(o.Sources) > sourcesMax {
		return fmt.Errorf("%d sources, one or two: %w", len(o.Sources), ErrOptions)
	}
	if o.Now == nil || o.Submit == nil || o.Rules == nil || o.Known == nil {
		return fmt.Errorf("quotes without Now, Submit, Rules or Known: %w", ErrOptions)
	}
	if o.Timer == nil {
		o.Timer = RealTimer
	}
	if o.Every == 0 {
		o.Every = ReferenceEvery
	}
	if o.RowsMax == 0 {
		o.RowsMax = quoteRows
	}
	if o.Every < 0 || o.RowsMax < 0 || o.RowsMax > quoteRowsMax {
		return fmt.Errorf("every %s, %d rows: %w", o.Every, o.RowsMax, ErrOptions)
	}
	o.Sources = slices.Clone(o.Sources)
	for i := range o.Sources {
		if o.Sources[i].Dial == nil {
			return fmt.Errorf("source %d without Dial: %w", i, ErrOptions)
		}
		if err := o.Sources[i].Logon.complete(o.Market); err != nil {
			return err
		}
	}
	return nil
}

// Quotes is our side of an exchange's market data. It keeps up to two sources
// and follows one, the active: the first whose list is whole, and another when a
// snapshot of the active is missing and none of the other's. What the active one
// shows becomes the static data of the day, reference prices and bars.
type Quotes struct {
	o QuoteOptions

	mu      sync.Mutex
	sources []*source // guarded by mu
	active  int       // guarded by mu; -1 before the first list
	board   map[market.ID]*Snapshot
	refs    *references
	bars    *Bars
	listOf  calendar.Date // the day whose list was taken
	loading []Security    // a list waiting to be loaded
	early   []Security    // a list of a business date that is not open yet
	opened  calendar.Date // the last business date that has opened
	count   QuoteCounts
	detail  string

	wake chan struct{} // capacity 1: there may be something to submit

	// Owned by the goroutine of Drain.
	links []*link
	spare []event
}

// QuoteCounts are what has been counted.
type QuoteCounts struct {
	Snapshots  uint64 // taken from the active source
	Switches   uint64 // from one source to the other
	Securities uint64 // loaded
	References uint64 // rows of reference prices submitted
	Commands   uint64 // of reference prices
	Refused    uint64 // commands the machine refused; a case for people
	Busy       uint64
}

// NewQuotes makes the quotes of a market. It returns ErrOptions.
func NewQuotes(o QuoteOptions) (*Quotes, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	q := &Quotes{
		o: o, active: -1, board: map[market.ID]*Snapshot{}, refs: newReferences(o.Every, o.RowsMax), bars: NewBars(),
		wake: make(chan struct{}, 1), links: make([]*link, len(o.Sources)),
	}
	for range o.Sources {
		q.sources = append(q.sources, &source{state: SourceOffline})
	}
	return q, nil
}

func (q *Quotes) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// hear takes what source i has said.
func (q *Quotes) hear(i int, events []event) error {
	now := q.o.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.sources[i]
	for k := range events {
		fresh, err := s.receive(&events[k], now)
		if err != nil {
			return err
		}
		if events[k].kind == evSecurity && s.state == SourceComplete {
			q.whole(i)
		}
		q.arbitrate()
		if fresh && q.active == i {
			q.show(events[k].snapshot)
		}
	}
	if len(q.loading) > 0 || q.refs.due(now) {
		q.ring()
	}
	return nil
}

// whole takes a complete list: the first of a day is loaded.
func (q *Quotes) whole(i int) {
	list := q.sources[i].list
	if len(list) == 0 || list[0].Date == q.listOf {
		return
	}
	q.listOf, q.loading, q.early = list[0].Date, list, nil
	q.bars, q.board = NewBars(), map[market.ID]*Snapshot{}
}

// arbitrate chooses the active source. A complete one is kept; when the active
// one is not complete and the other is, the other takes over with all it has
// shown meanwhile.
func (q *Quotes) arbitrate() {
	if q.active >= 0 && q.sources[q.active].state == SourceComplete {
		return
	}
	next := slices.IndexFunc(q.sources, func(s *source) bool { return s.state == SourceComplete })
	if next < 0 || next == q.active {
		return
	}
	if q.active >= 0 {
		q.count.Switches++
	}
	q.active = next
	latest := q.sources[next].latest
	ids := make([]market.ID, 0, len(latest))
	for id := range latest {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		q.show(latest[id])
	}
}

// show takes a snapshot of the active source, unless a later one is shown.
func (q *Quotes) show(s *Snapshot) {
	if before := q.board[s.ID]; before != nil && s.Seq < before.Seq && !s.At.After(before.At) {
		return
	}
	q.count.Snapshots++
	q.board[s.ID] = s
	q.refs.add(s)
	if bar, ok := q.bars.Add(s); ok && q.o.Minute != nil {
		q.o.Minute(bar)
	}
}

// Latest returns the last snapshot of a security; false before the first.
func (q *Quotes) Latest(id market.ID) (Snapshot, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.board[id]
	if s == nil {
		return Snapshot{}, false
	}
	return *s, true
}

// DayBar and MinuteBar return the running bars of a security.
func (q *Quotes) DayBar(id market.ID) (Bar, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bars.Day(id)
}

// MinuteBar returns the running minute of a security.
func (q *Quotes) MinuteBar(id market.ID) (Bar, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bars.Minute(id)
}

// SourceStatus is one feed for consoles and metrics.
type SourceStatus struct {
	State     SourceState
	Since     time.Time
	LastHeard time.Time
	LastSeq   uint64
	Snapshots uint64
	Gaps      uint64
	Connects  uint64
	Detail    string
}

// QuoteStatus is Quotes for consoles and metrics.
type QuoteStatus struct {
	Market  market.Market
	Active  int // the source followed; -1 before the first list
	ListOf  calendar.Date
	Changed int // securities whose reference price waits for its interval
	Detail  string
	Sources []SourceStatus
	QuoteCounts
}

// Status returns a picture of the quotes. It may be called from any goroutine.
func (q *Quotes) Status() QuoteStatus {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := QuoteStatus{Market: q.o.Market, Active: q.active, ListOf: q.listOf, Changed: len(q.refs.changed), Detail: q.detail, QuoteCounts: q.count}
	for _, s := range q.sources {
		out.Sources = append(out.Sources, SourceStatus{
			State: s.state, Since: s.since, LastHeard: s.heardAt, LastSeq: s.last,
			Snapshots: s.snapshots, Gaps: s.gaps, Connects: s.connects, Detail: s.detail,
		})
	}
	return out
}

// publish submits a list that waits and the reference prices that are due.
func (q *Quotes) publish(ctx context.Context) error {
	q.mu.Lock()
	list := q.loading
	q.mu.Unlock()
	if len(list) > 0 {
		if err := q.load(ctx, list); err != nil {
			return err
		}
	}
	now := q.o.Now()
	q.mu.Lock()
	var commands []record.Command
	if q.refs.due(now) {
		commands = q.refs.take(now)
	}
	q.mu.Unlock()
	for _, c := range commands {
		code, err := q.submit(ctx, c)
		if err != nil {
			return err
		}
		if code != record.Accepted {
			continue
		}
		q.mu.Lock()
		q.count.Commands++
		q.count.References += uint64(len(c.(*record.Quotes).Rows))
		q.mu.Unlock()
	}
	return nil
}

// DayOpened tells that a business date has opened: a list of it that came too early
// is loaded now. It may be called from any goroutine.
func (q *Quotes) DayOpened(date calendar.Date) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = date
	if len(q.early) > 0 && q.early[0].Date == date {
		q.loading, q.early = q.early, nil
		q.ring()
	}
}

// load brings the list of the day into the machine.
func (q *Quotes) load(ctx context.Context, list []Security) error {
	day, err := q.o.Rules(list[0].Date)
	if err != nil {
		return fmt.Errorf("rules of %s: %w", list[0].Date, err)
	}
	known, err := q.o.Known(ctx, q.o.Market)
	if err != nil {
		return fmt.Errorf("%w: securities of %s in the machine: %w", errMachine, q.o.Market, err)
	}
	static := BuildStatic(list, day, known, q.o.Issues)
	if q.o.Loaded != nil {
		q.o.Loaded(static)
	}
	refused := map[uint32]bool{}
	for rows := range slices.Chunk(static.unloaded(known), loadRowsMax) {
		code, err := q.submit(ctx, &record.LoadInstruments{Date: uint32(static.Date), Rows: rows})
		if err != nil {
			return err
		}
		if code == record.WrongDate || code == record.NotOpenedDay {
			q.tooEarly(list)
			return nil
		}
		ok := code == record.Accepted
		q.mu.Lock()
		for i := range rows {
			refused[rows[i].ID] = !ok
		}
		if ok {
			q.count.Securities += uint64(len(rows))
		}
		q.mu.Unlock()
	}
	if err := q.loadIssues(ctx, &static, refused); err != nil {
		return err
	}
	if q.o.Whole != nil {
		if err := q.o.Whole(ctx, static.Date); err != nil {
			return fmt.Errorf("%w: after the list of %s: %w", errMachine, q.o.Market, err)
		}
	}
	q.taken(&static, list, refused)
	return nil
}

// loadIssues enters the issues whose codes the machine has taken.
func (q *Quotes) loadIssues(ctx context.Context, static *Static, refused map[uint32]bool) error {
	var rows []record.IssueData
	for _, i := range static.Issues {
		if !refused[i.Code] {
			rows = append(rows, i)
		}
	}
	for rows := range slices.Chunk(rows, issueRowsMax) {
		if _, err := q.submit(ctx, &record.LoadIssues{Date: uint32(static.Date), Rows: rows}); err != nil {
			return err
		}
	}
	return nil
}

// tooEarly keeps a list until its business date opens. If it has opened since the
// machine refused the list, loading it is tried again.
func (q *Quotes) tooEarly(list []Security) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.loading) > 0 && q.loading[0].Date == list[0].Date && q.opened != list[0].Date {
		q.loading, q.early = nil, list
	}
}

// taken notes what the machine holds of a list now.
func (q *Quotes) taken(static *Static, list []Security, refused map[uint32]bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range static.Rows {
		id := market.ID(static.Rows[i].ID)
		no, now := refused[uint32(id)]
		q.refs.loaded[id] = !no
		if now { // loading has emptied its prices in the machine
			q.refs.sent[id] = record.QuoteData{ID: uint32(id), Status: static.Rows[i].Status}
			if s := q.board[id]; s != nil {
				q.refs.add(s)
			}
		}
	}
	if len(q.loading) > 0 && q.loading[0].Date == list[0].Date {
		q.loading = nil
	}
}

// submit hands one command to the machine and returns its outcome.
func (q *Quotes) submit(ctx context.Context, c record.Command) (record.Code, error) {
	var busy uint64
	o := Options{Market: q.o.Market, Submit: q.o.Submit, Timer: q.o.Timer}
	answers, err := submit(ctx, &o, []record.Request{{Caller: record.CallerOf(record.CallerExchange, uint64(q.o.Market)), Cmd: c}}, &busy)
	if err == nil && len(answers) != 1 {
		err = fmt.Errorf("%w: %d answers to one request", errMachine, len(answers))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count.Busy += busy
	if err != nil {
		return 0, err
	}
	code := record.Code(answers[0].Code)
	if code != record.Accepted {
		q.count.Refused++
		q.detail = fmt.Sprintf("the machine refused %T: %s", c, code)
	}
	return code, nil
}
