package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
)

// ErrZone says that a fork was to be used as a centre, a centre as a fork, or that
// a drill was to reach what lies outside of its zone.
var ErrZone = errors.New("this is outside of what a drill may do")

// The files of a fork, beside journal and snapshots.
const (
	forkName  = "fork.json" // what it is, written by the standby
	openName  = "open.json" // written by the drill centre when it writes
	forkDoor  = "door.sock" // where its HTTP door listens
	forkBytes = 64 << 10    // bounds either file
)

// Fork is a copy of a standby's state on which people drill (B108, D14): who
// ordered it, where it begins, and what closes it off.
type Fork struct {
	Run     string    `json:"run"`
	Centre  string    `json:"centre"`
	Cell    uint32    `json:"cell"`
	Began   time.Time `json:"began"`  // by the centre's clock
	Epoch   uint32    `json:"epoch"`  // of the real journal at the fork
	Height  uint64    `json:"height"` // of the last block of business
	Hash    string    `json:"hash"`   // of that block
	Root    string    `json:"root"`   // of the state there
	Maker   uint64    `json:"maker"`  // staff numbers of who ordered it
	Checker uint64    `json:"checker"`
	Order   dr.Order  `json:"order"`
}

// Opened is what a drill centre says of itself when it has begun to write.
type Opened struct {
	Epoch  uint32    `json:"epoch"`  // of the drill
	Height uint64    `json:"height"` // of the drill's first block
	Root   string    `json:"root"`   // of the state before it
	At     time.Time `json:"at"`     // wall clock
	Door   string    `json:"door"`   // path of its socket, empty without a door
}

func readJSON(name string, into any) error {
	text, err := durable.ReadFile(durable.OS{}, filepath.ToSlash(name), forkBytes)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func writeJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return durable.ReplaceFile(durable.OS{}, filepath.ToSlash(name), append(text, '\n'))
}

// zone is the closed world that a drill centre lives in.
type zone struct {
	fork Fork
	dir  string
	dr.Zone
}

// reaches says at which address the counterparty of a configured address is
// played; false when it is not, and then nobody is spoken to.
func (z *zone) reaches(outside Address) (Address, bool) {
	simulator, ok := z.Simulate[string(outside)]
	return Address(simulator), ok
}

// reachesBy is reaches for a counterparty with several ways to it, one of which may
// be played.
func (z *zone) reachesBy(outside Address, paths []PathConfig) (Address, bool) {
	for _, p := range paths {
		if at, ok := z.reaches(p.Address); ok {
			return at, true
		}
	}
	return z.reaches(outside)
}

// door is where the drill centre's HTTP door listens: a socket in the folder,
// which no network reaches.
func (z *zone) door() string { return filepath.Join(z.dir, forkDoor) }

// inZone is a centre's configuration as its fork runs it: in the fork's folder,
// without the other centre, and with those counterparties alone that have a
// simulator on this machine. What is left out is played by echo.
func (c Config) inZone(z *zone) Config {
	c.Centre.Dir, c.Centre.Journal = z.dir, Defaults().Centre.Journal
	c.Peer, c.Health, c.HTTP.Listen, c.Backup = PeerConfig{}, HealthConfig{}, Listen{}, backupDefaults()
	if c.Books.Enabled {
		c.Books = BooksConfig{Enabled: true, Engine: "sqlite"}
	}
	c.Clearing.Inbox, c.Clearing.Requests = z.inside(c.Clearing.Inbox, "inbox"), z.inside(c.Clearing.Requests, "requests")
	c.DayEnd.SettleByItself = false
	var exchanges []ExchangeConfig
	for _, x := range c.Exchanges {
		at, ok := z.reachesBy(x.Address, x.Paths)
		if !ok {
			continue
		}
		x.Address, x.Paths = at, nil
		if x.AfterHours.Address, ok = z.reaches(x.AfterHours.Address); !ok {
			x.AfterHours = AfterHoursConfig{}
		}
		var feeds []QuoteConfig
		for _, q := range x.Quotes {
			if q.Address, ok = z.reaches(q.Address); ok {
				feeds = append(feeds, q)
			}
		}
		x.Quotes = feeds
		exchanges = append(exchanges, x)
	}
	c.Exchanges = exchanges
	var banks []BankConfig
	for _, b := range c.Banks {
		if at, ok := z.reachesBy(b.Address, b.Paths); ok {
			b.Address, b.Paths = at, nil
			banks = append(banks, b)
		}
	}
	c.Banks = banks
	if at, ok := z.reaches(Address(c.Identity.URL)); ok {
		c.Identity.URL = string("http://" + at)
	} else {
		c.Identity.URL = ""
	}
	if !z.Clock.IsZero() {
		c.Clock = ClockConfig{Real: Time(time.Now()), Drill: Time(z.Clock), Speed: 1}
	}
	return c
}

// inside is a folder of the fork in the place of one outside, if there is one.
func (z *zone) inside(outside, name string) string {
	if outside == "" {
		return ""
	}
	return filepath.Join(z.dir, name)
}

// dial opens connections to an address, which in a drill must be that of one of
// its simulators.
func (n *Node) dial(to Address) func(context.Context) (net.Conn, error) {
	if n.zone == nil {
		return dialer(to)
	}
	for _, simulator := range n.zone.Simulate {
		if simulator == string(to) {
			return dialer(to)
		}
	}
	return func(context.Context) (net.Conn, error) {
		return nil, fmt.Errorf("%w: %s is no simulator of this drill", ErrZone, to)
	}
}

// OpenFork opens the drill centre on the fork in a folder that a standby made, with
// the standby's own configuration. It checks the order and that the state is what
// the standby had; then it writes, under an epoch of drills, its first block: who
// ordered this and why.
func OpenFork(ctx context.Context, c Config, dir string, log *slog.Logger) (*Node, error) {
	z := &zone{dir: dir}
	if err := readJSON(filepath.Join(dir, forkName), &z.fork); err != nil {
		return nil, fmt.Errorf("what the fork is: %w", err)
	}
	f := &z.fork
	people, err := readPeople(c.Peer.People)
	if err != nil {
		return nil, fmt.Errorf("people who may sign orders: %w", err)
	}
	at := dr.Place{Cell: c.Centre.Cell, Centre: c.Centre.Name, Epoch: f.Epoch, Now: f.Began}
	maker, checker, err := f.Order.Check(at, people)
	if err != nil {
		return nil, err
	}
	if f.Order.Act != dr.ActDrillBegin {
		return nil, fmt.Errorf("%w: the order is to %s", ErrZone, f.Order.Act)
	}
	if z.Zone, err = dr.ParseZone(f.Order.Detail); err != nil {
		return nil, err
	}
	c = c.inZone(z)
	for _, folder := range []string{c.Clearing.Inbox, c.Clearing.Requests} {
		if folder != "" {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return nil, err
			}
		}
	}
	n, err := openOn(ctx, c, log.With(slog.String("drill", f.Run)), ground{fs: durable.OS{}, clock: c.Clock.Clock(), zone: z}, false)
	if err != nil {
		return nil, err
	}
	if err := n.openZone(ctx, record.CallerOf(record.CallerStaff, maker.Staff), record.CallerOf(record.CallerStaff, checker.Staff)); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// openZone begins to write and says so to the standby.
func (n *Node) openZone(ctx context.Context, maker, checker record.Caller) error {
	f := &n.zone.fork
	head, err := n.Core.Stored()
	if err != nil {
		return err
	}
	root := n.Core.Recovery.Root
	if !journal.OfDrill(head.Epoch) { // not opened for a second time
		if head.Height != f.Height || head.Hash.String() != f.Hash || root.String() != f.Root {
			return fmt.Errorf("the fork ends at %d with %v and root %v, the standby said %d, %s and %s: %w", head.Height, head.Hash, root, f.Height, f.Hash, f.Root, ErrDiverged)
		}
	}
	fence, err := n.Core.engine.Fenced()
	if err != nil {
		return err
	}
	if err := n.Core.Promote(ctx, record.Promote{
		Centre: f.Centre, Epoch: max(fence, head.Epoch+1), Plan: f.Run, Reason: f.Order.Reason, Maker: maker, Checker: checker,
	}); err != nil {
		return fmt.Errorf("begin to write on the fork: %w", err)
	}
	if err := n.openGateways(); err != nil {
		return err
	}
	head, err = n.Core.Stored()
	if err != nil {
		return err
	}
	opened := Opened{Epoch: head.Epoch, Height: head.Height, Root: root.String(), At: time.Now()}
	if n.door != nil {
		opened.Door = n.zone.door()
	}
	return writeJSON(filepath.Join(n.zone.dir, openName), &opened)
}

// listenDoor listens where this centre's door is.
func (n *Node) listenDoor() (net.Listener, error) {
	if n.zone == nil {
		return net.Listen("tcp", n.config.HTTP.Listen.String())
	}
	if err := os.Remove(n.zone.door()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", n.zone.door())
}

// played are the markets that echo plays in a drill.
func (n *Node) played(orders map[market.Market]OrderGateway) {
	for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		if orders[of] == nil {
			orders[of] = &echo{core: n.Core, market: of}
		}
	}
}

// playedBank says whether echo answers for a bank.
func (n *Node) playedBank(number uint16) bool {
	return !slices.ContainsFunc(n.config.Banks, func(b BankConfig) bool { return b.Number == number })
}
