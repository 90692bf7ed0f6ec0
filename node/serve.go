package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"sancun/api"
	"sancun/books"
	"sancun/gateway/clearing"
	"sancun/gateway/identity"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/postgres"
	"sancun/market"
	"sancun/vault"
)

// Node is one running centre with everything around its core. Open makes it, Run
// runs it, Close ends it.
type Node struct {
	Core      *Core
	Vault     *vault.Vault
	Books     *books.Books // nil when the configuration leaves them out
	Owners    *Owners
	Register  identity.Register // nil when nobody is asked
	Exchanges map[market.Market]*Exchange
	// AfterHours is Shanghai's line for after-hours orders; nil without one.
	AfterHours *Exchange
	Quotes     map[market.Market]*Quotes

	// Launch starts drill centres; nil has none. It is set before Run.
	Launch Launch

	config    Config
	clock     Clock
	zone      *zone // nil but in the drill centre on a fork
	log       *slog.Logger
	keys      *vault.FileStore
	banks     map[uint16]*seat
	bankFiles map[uint16]*bankFiles // of every bank of the configuration; never changed
	dayEnd    *DayEnd
	filler    atomic.Pointer[books.Filler]
	dispatch  *dispatch
	door      *api.API
	unitsLock sync.Mutex
	units     []*unit // guarded by unitsLock
	peer      *peer   // nil without a second centre
	scrub     *scrub
	data      *dataWatch
	backups   *backups     // nil when nothing is backed up
	restored  *Restored    // nil unless the folder came from a backup
	gateways  sync.RWMutex // held while the gateways below and dispatch are changed
	intake    atomic.Pointer[clearing.Intake]
	register  *identity.Client
	screen    atomic.Pointer[screen] // nil without name lists
	compare   *comparing             // nil without name lists
	passwords *vault.Passwords
	paths     *paths        // never changed
	snapshot  atomic.Uint64 // height of the last one
}

// passwordsAtOnce bounds argon2id: 19 MiB and 20 ms of a core each, so that a
// flood of withdrawals at a bank's counter leaves the other core to trading.
const passwordsAtOnce = 2

// Open opens the centre of a configuration: the journal is recovered, the newest
// snapshot that holds is loaded and the rest replayed. Nothing is said to anybody
// before Run. The caller closes it, also when Run was never called. It returns
// journal.ErrLocked when another process has the journal.
func Open(c Config, log *slog.Logger) (*Node, error) {
	return openOn(context.Background(), c, log, ground{fs: durable.OS{}, clock: c.Clock.Clock()}, false)
}

// Await opens a centre whose journal other nodes may have, and waits for its turn
// while another one serves. It returns the context's error when that ends first.
func Await(ctx context.Context, c Config, log *slog.Logger) (*Node, error) {
	return openOn(ctx, c, log, ground{fs: durable.OS{}, clock: c.Clock.Clock()}, c.Centre.Journal.Engine == "postgres")
}

// ground is what a centre does not decide itself: where its journal and snapshots
// lie, and what time it is.
type ground struct {
	fs    durable.FS
	clock Clock
	zone  *zone
}

// openOn opens a centre on another file system, or with another time.
func openOn(ctx context.Context, c Config, log *slog.Logger, o ground, await bool) (*Node, error) {
	clock := o.clock
	n := &Node{
		config: c, clock: clock, zone: o.zone, log: log.With(slog.String("centre", c.Centre.Name)),
		Exchanges: map[market.Market]*Exchange{}, Quotes: map[market.Market]*Quotes{}, banks: map[uint16]*seat{}, bankFiles: map[uint16]*bankFiles{},
	}
	n.dayEnd = newDayEnd(n)
	n.scrub, n.data = &scrub{n: n}, newDataWatch(c.Peer.Data, clock.Now)
	for i := range c.Banks {
		number := c.Banks[i].Number
		n.bankFiles[number] = &bankFiles{number: number, folder: n.bankFolder(number), news: &n.dayEnd.news}
	}
	core, err := c.core()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Centre.Dir, 0o700); err != nil {
		return nil, err
	}
	if n.paths, err = openPaths(&c); err != nil {
		return nil, fmt.Errorf("access paths: %w", err)
	}
	if n.restored, err = readRestored(c.Centre.Dir); err != nil {
		return nil, err
	}
	if n.restored != nil && core.Postgres != nil {
		return nil, fmt.Errorf("its journal lies in the folder, not in a database: %w", ErrIsolated)
	}
	second := c.Peer.Name != "" && n.restored == nil
	core.FS, core.Now, core.Log, core.Standby, core.Shield = o.fs, clock.Now, n.log, await || second || o.zone != nil || n.restored != nil, second
	core.Drill = o.zone != nil
	if n.Core, err = n.openMended(ctx, core); err != nil {
		return nil, err
	}
	if await {
		if err := n.Core.Await(ctx); err != nil {
			return nil, errors.Join(err, n.Core.Close())
		}
	}
	n.snapshot.Store(n.Core.Recovery.Snapshot)
	for _, part := range []func() error{n.openPeer, n.openVault, n.openBooks, n.openFirstGateways, n.openRegister, n.openScreen, n.openBackup, n.openDoor} {
		if err := part(); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.report()
	return n, nil
}

// report says what was found at the start.
func (n *Node) report() {
	r := &n.Core.Recovery
	head, _ := n.Core.Head()
	n.log.Info("centre opened", slog.String("store", r.Store), slog.Uint64("snapshot", r.Snapshot), slog.String("passed_over", r.Skipped),
		slog.Uint64("replayed", r.Replayed), slog.Uint64("height", head.Height), slog.Uint64("epoch", uint64(n.Core.Epoch())),
		slog.String("root", r.Root.String()), slog.Duration("took", r.Took), slog.Bool("drill", !n.clock.Drill.IsZero()))
}

// core is the part of a configuration that the core needs.
func (c *Config) core() (CoreConfig, error) {
	kind, err := journal.ParseHashKind(c.Centre.Hash)
	if err != nil {
		return CoreConfig{}, err
	}
	core := CoreConfig{
		Dir: c.Centre.Dir, Cell: c.Centre.Cell, Hash: kind, Answers: c.Centre.Answers, SegmentBytes: int64(c.Centre.SegmentBytes),
	}
	j := &c.Centre.Journal
	if j.Engine != "postgres" {
		return core, nil
	}
	dsn, err := j.DSN.Resolve()
	if err != nil {
		return core, fmt.Errorf("address of the journal: %w", err)
	}
	promise, err := postgres.ParsePromise(j.Promise)
	if err != nil {
		return core, err
	}
	host, err := os.Hostname()
	if err != nil {
		return core, err
	}
	core.Postgres = &PostgresPlace{
		DSN: dsn.Plain(), Promise: promise, Patience: time.Duration(j.Patience),
		Holder: c.Centre.Name + "@" + host + ":" + c.Centre.Dir, Lease: time.Duration(j.Lease),
	}
	return core, nil
}

// DayEnd is the evening of this centre.
func (n *Node) DayEnd() *DayEnd { return n.dayEnd }

// DayFiles are the files that the evening of this centre works on.
func (n *Node) DayFiles() DayFiles { return DayFiles{n.dayEnd} }

// Clock is the time of this centre.
func (n *Node) Clock() Clock { return n.clock }

// Log is where this centre writes.
func (n *Node) Log() *slog.Logger { return n.log }

func (n *Node) openVault() error {
	ring, err := vault.LoadKeyFile(n.config.Vault.KeyFile)
	if err != nil {
		return err
	}
	if n.keys, err = vault.OpenFileStore(durable.OS{}, filepath.ToSlash(filepath.Join(n.config.Centre.Dir, "vault"))); err != nil {
		return err
	}
	var store vault.KeyStore = n.keys
	var shelf *keyShelf
	if n.peer != nil {
		shelf = newKeyShelf(n.keys, n.Core.shield)
		store = shelf
		n.Core.shield.keep()
	}
	if n.Vault, err = vault.New(vault.Config{Keys: ring, Store: store, Rand: rand.Reader, Audit: api.JournalReveals(n.Core)}); err != nil {
		return err
	}
	if n.peer != nil {
		n.peer.keys = &keyKeeper{goods: n.peer.goods, vault: n.Vault, shelf: shelf}
	}
	if _, err = n.erase(context.Background(), 0); err != nil {
		return err
	}
	n.passwords, err = vault.NewPasswords(vault.DefaultPasswordCost, passwordsAtOnce, rand.Reader)
	n.Owners = &Owners{core: n.Core, vault: n.Vault, passwords: n.passwords}
	return err
}

func (n *Node) openRegister() error {
	c := &n.config.Identity
	if c.URL == "" {
		return nil
	}
	token, err := c.Token.Resolve()
	if err != nil {
		return fmt.Errorf("token of the identity register: %w", err)
	}
	n.register, err = identity.NewClient(identity.Config{
		Base: c.URL, Token: token, Timeout: time.Duration(c.Timeout), AtOnce: c.AtOnce, FaceScoreMin: c.FaceScoreMin,
	})
	if err == nil {
		n.Register = n.register
	}
	return err
}

func (n *Node) openScreen() error {
	if len(n.config.Identity.Lists) == 0 {
		return nil
	}
	s, err := openScreen(n.Vault, n.config.Identity.Lists)
	if err != nil {
		return err
	}
	n.screen.Store(s)
	n.compare = &comparing{n: n, wake: make(chan struct{}, 1)}
	return nil
}

// Close ends a node whose Run has returned: it writes a snapshot and closes the
// files. After a failure of the store there is no snapshot.
func (n *Node) Close() error { return errors.Join(n.closeBeside(), n.Core.Close()) }

// closeBeside closes everything but the core.
func (n *Node) closeBeside() error {
	var errs []error
	if n.register != nil {
		n.register.Close()
	}
	n.closeGateways()
	if n.peer != nil {
		errs = append(errs, n.dropDrill("the centre stopped"), n.peer.close())
	}
	if in := n.intake.Swap(nil); in != nil {
		errs = append(errs, in.Close())
	}
	if n.Books != nil {
		errs = append(errs, n.Books.Close())
	}
	if f := n.filler.Load(); f != nil {
		errs = append(errs, f.Close())
	}
	if n.keys != nil {
		errs = append(errs, n.keys.Close())
	}
	return errors.Join(errs...)
}

// Serve runs a node until ctx ends and closes it. It returns nil after a clean
// stop; Hint and ExitCode say what to make of an error.
func (n *Node) Serve(ctx context.Context) error {
	err := n.Run(ctx)
	if err == nil {
		n.log.Info("stopping: what was taken in is finished, then a snapshot is written")
	}
	err = errors.Join(err, n.Close())
	if err != nil {
		n.log.Error("centre stopped", slog.Any("error", err), slog.String("hint", Hint(err)))
		return err
	}
	head, _ := n.Core.Head()
	n.log.Info("centre stopped", slog.Uint64("height", head.Height))
	return nil
}
