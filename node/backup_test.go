package node

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"sancun/backup"
	"sancun/centre"
	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/internal/soak"
	"sancun/journal"
	"sancun/record"
	"sancun/verify"
)

// blocksOnly keeps restored blocks in memory.
type blocksOnly struct{ all []*journal.Block }

func (s *blocksOnly) Block(b *journal.Block) error {
	s.all = append(s.all, b.Clone())
	return nil
}

func (s *blocksOnly) File(_ backup.Class, _ string, _ int64, content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return err
}

func ageKey(t *testing.T) (*age.X25519Identity, backup.Recipients, backup.Identities) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	fine(t, err)
	r, err := backup.ParseRecipients([]string{id.Recipient().String()})
	fine(t, err)
	i, err := backup.ParseIdentities(strings.NewReader(id.String()))
	fine(t, err)
	return id, r, i
}

// At 500 heights drawn by chance, what is restored leads to the root that the
// running centre had there; at some of them through a folder and its snapshot.
func TestRestoredRootsAreEqual(t *testing.T) {
	core := open(t, t.TempDir())
	defer func() { fine(t, core.Close()) }()
	disk := faultfs.New()
	fine(t, disk.MakeDir("far"))
	folder := &backup.Folder{FS: disk, Dir: "far"}
	_, readers, reader := ageKey(t)
	_, keepers, _ := ageKey(t)
	sign, err := backup.NewKey()
	fine(t, err)
	roots := map[uint64]journal.Hash{}
	note := func() uint64 {
		root, height, err := core.Root(t.Context())
		fine(t, err)
		roots[height] = root
		return height
	}
	take := func(kind backup.Kind) {
		height := note()
		head, err := core.position(height)
		fine(t, err)
		_, err = folder.Take(t.Context(), backup.Take{
			Kind: kind, Centre: "one", Cell: 1, Blocks: core, Head: head, Root: roots[height], Snapshot: core.openNewest,
			Recipients: readers, KeyRecipients: keepers, Sign: sign, Now: func() time.Time { return time.Unix(int64(height), 0) },
		})
		fine(t, err)
	}
	fill(t, core, 1)
	const last = 380
	for i := range last - 11 {
		must(t, core, &record.LedgerTransfer{Debit: 0, Credit: uint32(1 + i%9), Amount: int64(i + 1)})
		switch height := note(); height {
		case 90:
			_, err := core.Snapshot(t.Context())
			fine(t, err)
		case 120, 300:
			take(backup.Full)
		case 200, 270, 350:
			take(backup.Incremental)
		}
	}
	take(backup.Incremental)
	o := backup.Restore{Identities: reader, Signers: []backup.Signer{backup.SignerOf(sign)}}
	run := soak.Begin(t, 500, 7)
	rng := rand.New(rand.NewPCG(run.Seed, 7))
	for i := range run.Count {
		o.Height = 12 + rng.Uint64N(last-11)
		if o.Number = 0; o.Height <= 270 && i%3 == 0 {
			o.Number = 3
		}
		var into blocksOnly
		_, err := folder.Restore(t.Context(), o, &into)
		fine(t, err)
		m := core.newMachine()
		for _, b := range into.all {
			fine(t, centre.ApplyBlock(m, b))
		}
		if got := journal.Hash(m.Root()); got != roots[o.Height] {
			t.Fatalf("height %d: root %v, the centre had %v", o.Height, got, roots[o.Height])
		}
		run.Done++
	}
	for _, o.Height = range []uint64{50, 89, 90, 119, 200, 300, last} {
		o.Number = 0
		dir := filepath.Join(t.TempDir(), "restored")
		r, err := RestoreBackup(t.Context(), folder, dir, o, time.Now)
		fine(t, err)
		again, err := OpenCore(CoreConfig{Dir: dir, Standby: true})
		fine(t, err)
		if again.Recovery.Root != roots[o.Height] || (again.Recovery.Snapshot == 90) != (o.Height >= 90) {
			t.Errorf("height %d: %+v, %+v", o.Height, again.Recovery, r)
		}
		fine(t, again.Abandon())
	}
}

// backedUp is a small centre with a backup section, and those who may open archives.
type backedUp struct {
	t       *testing.T
	config  Config
	dir     string
	reader  backup.Identities
	keeper  backup.Identities
	signers []backup.Signer
	prover  string // path of its key
}

func newBackedUp(t *testing.T) *backedUp {
	t.Helper()
	b := &backedUp{t: t, config: small(t), dir: t.TempDir()}
	_, readers, reader := ageKey(t)
	_, keepers, keeper := ageKey(t)
	b.reader, b.keeper = reader, keeper
	c := &b.config.Backup
	*c = backupDefaults()
	c.Local, c.Remote, c.Immutable = b.dir+"/near", b.dir+"/far", false
	fine(t, os.Mkdir(c.Local, 0o700))
	fine(t, os.Mkdir(c.Remote, 0o700))
	c.Recipients, c.KeyRecipients = readers.Names(), keepers.Names()
	c.SignKey, b.prover = b.key("sign"), b.key("prover")
	key, err := ReadSignKey(c.SignKey)
	fine(t, err)
	b.signers = []backup.Signer{backup.SignerOf(key)}
	proves, err := ReadSignKey(b.prover)
	fine(t, err)
	c.Provers = []string{backup.SignerOf(proves).String()}
	return b
}

func (b *backedUp) key(name string) string {
	b.t.Helper()
	key, err := backup.NewKey()
	fine(b.t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	fine(b.t, err)
	path := filepath.Join(b.dir, name+".key")
	fine(b.t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return path
}

func (b *backedUp) remote() *backup.Folder { return backup.OSFolder(b.config.Backup.Remote, false) }

// run runs a node until what was asked for is done.
func (b *backedUp) run(n *Node, during func()) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	during()
	stop()
	fine(b.t, <-ended)
}

// A running centre takes archives by itself and when asked, copies them, and tells
// their state; a proof from elsewhere is seen; what is lost here comes back from there.
func TestCentreIsBackedUp(t *testing.T) {
	b := newBackedUp(t)
	n, err := Open(b.config, quiet())
	fine(t, err)
	inhabit(t, n)
	fine(t, os.MkdirAll(filepath.Join(b.config.Centre.Dir, "files", "bank001"), 0o700))
	fine(t, os.WriteFile(filepath.Join(b.config.Centre.Dir, "files", "bank001", "B01.txt"), []byte("rows"), 0o600))
	var state BackupState
	b.run(n, func() {
		// The first full one is due at once; then one is asked for.
		for _, kind := range []backup.Kind{backup.Full, backup.Incremental, backup.Incremental} {
			if state, err = TakeBackup(t.Context(), b.config, kind, quiet(), func(BackupRun) {}); err != nil {
				t.Fatal(err)
			}
			if state.Last == nil || state.Last.Kind != kind {
				t.Fatalf("asked for %s: %+v", kind, state.Last)
			}
		}
		s, err := n.Status(t.Context())
		fine(t, err)
		if s.Backup == nil || s.Backup.Archives != state.Archives || s.Backup.Copied != state.Archives {
			t.Errorf("health says %+v", s.Backup)
		}
	})
	root, height, err := n.Core.Root(t.Context())
	fine(t, err)
	fine(t, n.Close())
	if codes := alarmCodes(state.Alarms); !slices.Equal(codes, []string{backup.AlarmProofLate}) {
		t.Errorf("alarms %v", codes)
	}
	b.prove(root, height)
	// The local disk is lost, the centre stopped: the copy brings everything back first.
	fine(t, os.RemoveAll(b.config.Backup.Local))
	if gone, err := TakeBackup(t.Context(), b.config, backup.Full, quiet(), func(BackupRun) {}); !errors.Is(err, backup.ErrFolder) || !slices.Contains(alarmCodes(gone.Alarms), backup.AlarmFailed) {
		t.Errorf("without the folder: %+v, %v", gone.Alarms, err)
	}
	fine(t, os.Mkdir(b.config.Backup.Local, 0o700))
	after, err := TakeBackup(t.Context(), b.config, backup.Incremental, quiet(), func(BackupRun) {})
	if err != nil || after.Archives != state.Archives+1 || len(after.Alarms) != 0 || after.Proof == nil || !after.Proof.Good {
		t.Errorf("after the loss of a disk: %+v, %v", after, err)
	}
	// Both are lost: that is told, and nothing begins anew by itself.
	for _, dir := range []string{b.config.Backup.Local, b.config.Backup.Remote} {
		fine(t, os.RemoveAll(dir))
		fine(t, os.Mkdir(dir, 0o700))
	}
	if lost, err := TakeBackup(t.Context(), b.config, backup.Full, quiet(), func(BackupRun) {}); !errors.Is(err, backup.ErrRolledBack) || !slices.Contains(alarmCodes(lost.Alarms), backup.AlarmRolledBack) {
		t.Errorf("after the loss of both: %+v, %v", lost.Alarms, err)
	}
}

func alarmCodes(all []backup.Alarm) (codes []string) {
	for _, a := range all {
		codes = append(codes, a.Code)
	}
	return codes
}

// prove proves the copy as the proving machine does.
func (b *backedUp) prove(root journal.Hash, height uint64) {
	b.t.Helper()
	p, err := ProveBackup(b.t.Context(), b.remote(), b.t.TempDir(), backup.Restore{Identities: b.reader, Signers: b.signers}, "prover", b.config.Clock.Clock().Now)
	fine(b.t, err)
	if !p.Good || p.Found != root || p.Height != height || p.Records == 0 {
		b.t.Errorf("the proof says %+v, the centre has %v at %d", p, root, height)
	}
	key, err := ReadSignKey(b.prover)
	fine(b.t, err)
	fine(b.t, b.remote().PutProof(p, key))
}

// A restored folder opens as a centre that speaks to nobody, and sancun verify
// agrees with it; two people release it, under the next epoch.
func TestRestoredCentreIsIsolated(t *testing.T) {
	b := newBackedUp(t)
	n, err := Open(b.config, quiet())
	fine(t, err)
	inhabit(t, n)
	root, height, err := n.Core.Root(t.Context())
	fine(t, err)
	fine(t, n.Close())
	_, err = TakeBackup(t.Context(), b.config, backup.Full, quiet(), func(BackupRun) {})
	fine(t, err)
	c := b.config
	c.Centre.Dir = b.dir + "/restored"
	o := backup.Restore{Identities: b.reader, KeyIdentities: b.keeper, Signers: b.signers}
	r, err := RestoreBackup(t.Context(), b.remote(), c.Centre.Dir, o, time.Now)
	if err != nil || r.Height != height || r.Root != root || r.Keys == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := RestoreBackup(t.Context(), b.remote(), c.Centre.Dir, o, time.Now); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restored twice: %v", err)
	}
	store, err := OpenJournal(c.Centre.Dir, 1)
	fine(t, err)
	if v, err := verify.Journal(store, nil); err != nil || !v.OK() || v.StateRoot != root.String() {
		t.Errorf("the second opinion: %+v, %v", v, err)
	}
	fine(t, store.Close())
	// Counterparties are configured, and none is spoken to: a line would be refused
	// by the port it dials, and would show as a unit.
	c.Peer = PeerConfig{Name: "other", Start: "primary"}
	c.Banks = []BankConfig{{Number: 1, Code: "BANK01", Format: "fixed24", Address: free(t)}}
	n, err = Open(c, quiet())
	fine(t, err)
	b.run(n, func() {
		s, err := n.Status(t.Context())
		fine(t, err)
		if s.Ready || s.Restored == nil || s.Height != height || len(s.Banks) != 0 || len(s.Exchanges) != 0 || s.Backup != nil {
			t.Errorf("it serves: %+v", s)
		}
		for _, u := range n.listed() {
			if u.name != "snapshots" && u.name != "books" {
				t.Errorf("it runs %s", u.name)
			}
		}
		if _, err := n.Core.Submit(t.Context(), record.Request{Cmd: &record.OpenDay{Date: 20230829, Next: 20230830}}); !errors.Is(err, ErrNotWriting) {
			t.Errorf("it takes business: %v", err)
		}
		if key, err := n.Vault.Key(testClient); err != nil || key == nil {
			t.Errorf("the keys of clients: %v", err)
		}
	})
	fine(t, n.Close())
	if _, err := TakeBackup(t.Context(), c, backup.Full, quiet(), func(BackupRun) {}); !errors.Is(err, ErrIsolated) {
		t.Errorf("it is backed up: %v", err)
	}
	c.Peer, c.Banks = PeerConfig{}, nil
	b.release(c)
}

// release lets the restored centre go, by an order that is forged in every way first.
func (b *backedUp) release(c Config) {
	t := b.t
	t.Helper()
	c.Backup.People = filepath.Join(b.dir, "people.yaml")
	text := "people:\n"
	keys := map[string]string{"wang": b.key("wang"), "li": b.key("li")}
	for i, name := range []string{"wang", "li"} {
		key, err := ReadSignKey(keys[name])
		fine(t, err)
		public := backup.SignerOf(key)
		text += fmt.Sprintf("  - {name: %s, staff: %d, key: %q, duties: [operate, command], from: 2020-01-01T00:00:00Z, until: 2099-01-01T00:00:00Z}\n", name, i+1, hex.EncodeToString(public[:]))
	}
	fine(t, os.WriteFile(c.Backup.People, []byte(text), 0o600))
	now := time.Now()
	order := func(change func(*dr.Order), signs ...string) dr.Order {
		o := dr.Order{
			Cell: 1, Centre: c.Centre.Name, Act: dr.ActRelease, Epoch: 2, Run: "rebuild-1", Reason: "both disks were lost", Issued: now.UTC(), Expires: now.Add(time.Hour).UTC(), Maker: "wang", Checker: "li",
		}
		change(&o)
		for _, name := range signs {
			key, err := ReadSignKey(keys[name])
			fine(t, err)
			fine(t, o.Sign(name, key))
		}
		return o
	}
	for name, o := range map[string]dr.Order{
		"one person":     order(func(*dr.Order) {}, "wang"),
		"no person":      order(func(*dr.Order) {}),
		"an old epoch":   order(func(o *dr.Order) { o.Epoch = 1 }, "wang", "li"),
		"another act":    order(func(o *dr.Order) { o.Act = dr.ActPromote }, "wang", "li"),
		"another centre": order(func(o *dr.Order) { o.Centre = "south" }, "wang", "li"),
	} {
		if err := Release(c, o, now); !errors.Is(err, dr.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fine(t, Release(c, order(func(*dr.Order) {}, "wang", "li"), now))
	n, err := Open(c, quiet())
	fine(t, err)
	if n.Core.Epoch() != 2 || !n.Core.Writing() || n.restored != nil {
		t.Errorf("released it has epoch %d, writing %t", n.Core.Epoch(), n.Core.Writing())
	}
	must(t, n.Core, &record.StopDay{Date: 20230825})
	fine(t, n.Close())
	if err := Release(c, order(func(*dr.Order) {}, "wang", "li"), now); !errors.Is(err, ErrRole) {
		t.Errorf("released twice: %v", err)
	}
}

// A folder in which a restore ended half way opens as nothing.
func TestHalfRestored(t *testing.T) {
	b := newBackedUp(t)
	n, err := Open(b.config, quiet())
	fine(t, err)
	inhabit(t, n)
	fine(t, n.Close())
	_, err = TakeBackup(t.Context(), b.config, backup.Full, quiet(), func(BackupRun) {})
	fine(t, err)
	_, _, stranger := ageKey(t)
	c := b.config
	c.Centre.Dir = b.dir + "/half"
	if _, err := RestoreBackup(t.Context(), b.remote(), c.Centre.Dir, backup.Restore{Identities: stranger, Signers: b.signers}, time.Now); !errors.Is(err, backup.ErrIdentity) {
		t.Fatalf("by a stranger: %v", err)
	}
	if _, err := Open(c, quiet()); !errors.Is(err, ErrUnfinished) {
		t.Errorf("half restored it opens: %v", err)
	}
	// A bad proof is told, and no error of the prover.
	key, err := ReadSignKey(b.config.Backup.SignKey)
	fine(t, err)
	chain, err := b.remote().Chain(b.signers)
	fine(t, err)
	m := chain[0].Manifest
	m.Root = journal.Hash{1}
	text, err := m.Sign(key)
	fine(t, err)
	name := filepath.Join(b.config.Backup.Remote, "00000001.manifest")
	fine(t, os.Remove(name))
	fine(t, os.WriteFile(name, text, 0o400))
	p, err := ProveBackup(t.Context(), b.remote(), t.TempDir(), backup.Restore{Identities: b.reader, Signers: b.signers}, "prover", time.Now)
	if err != nil || p.Good || !strings.Contains(p.Failure, "root") {
		t.Errorf("another root in the manifest: %+v, %v", p, err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) == 0 {
		t.Error(err)
	}
}

// The section is checked whole.
func TestBackupSection(t *testing.T) {
	b := newBackedUp(t)
	for key, change := range map[string]func(*BackupConfig){
		"backup.local":             func(c *BackupConfig) { c.Local = "" },
		"backup.remote":            func(c *BackupConfig) { c.Remote += "/not-mounted" },
		"backup.recipients":        func(c *BackupConfig) { c.Recipients = nil },
		"backup.key_recipients":    func(c *BackupConfig) { c.KeyRecipients = c.Recipients },
		"backup.sign_key":          func(c *BackupConfig) { c.SignKey = b.config.Vault.KeyFile },
		"backup.signers":           func(c *BackupConfig) { c.Signers = []string{"x"} },
		"backup.provers":           func(c *BackupConfig) { c.Provers = []string{"x"} },
		"backup.full_days":         func(c *BackupConfig) { c.FullDays = 32 },
		"backup.incremental_every": func(c *BackupConfig) { c.IncrementalEvery = 1 },
		"backup.late_after":        func(c *BackupConfig) { c.LateAfter = c.IncrementalEvery },
		"backup.prove_within":      func(c *BackupConfig) { c.ProveWithin = 1 },
		"backup.bytes_per_second":  func(c *BackupConfig) { c.BytesPerSecond = 1 },
		"backup.reach_days":        func(c *BackupConfig) { c.ReachDays = 1 },
		"backup.keys_days":         func(c *BackupConfig) { c.KeysDays = 32 },
	} {
		var k checker
		k.backup(&b.config.Backup)
		if len(k.problems) != 0 {
			t.Fatalf("the good one: %v", k.problems)
		}
		c := b.config.Backup
		change(&c)
		k.backup(&c)
		if len(k.problems) != 1 || k.problems[0].Key != key {
			t.Errorf("%s: %v", key, k.problems)
		}
	}
}

// A journal in a database is backed up while it is written, in slices, and comes
// back into a folder.
func TestDatabaseIsBackedUp(t *testing.T) {
	core, err := OpenCore(reignConfig(database(t), t.TempDir(), "a", time.Minute))
	fine(t, err)
	defer func() { fine(t, core.Close()) }()
	fill(t, core, 60)
	root, height, err := core.Root(t.Context())
	fine(t, err)
	head, err := core.position(height)
	fine(t, err)
	fill(t, core, 80) // what comes later is not in the archive
	disk := faultfs.New()
	fine(t, disk.MakeDir("far"))
	folder := &backup.Folder{FS: disk, Dir: "far"}
	_, readers, reader := ageKey(t)
	_, keepers, _ := ageKey(t)
	sign, err := backup.NewKey()
	fine(t, err)
	_, err = folder.Take(t.Context(), backup.Take{
		Kind: backup.Full, Centre: "a", Cell: 1, Blocks: core.unhurried(), Head: head, Root: root, Recipients: readers, KeyRecipients: keepers, Sign: sign, Now: time.Now,
	})
	fine(t, err)
	r, err := RestoreBackup(t.Context(), folder, filepath.Join(t.TempDir(), "restored"), backup.Restore{Identities: reader, Signers: []backup.Signer{backup.SignerOf(sign)}}, time.Now)
	if err != nil || r.Root != root || r.Height != height {
		t.Errorf("%+v, %v", r, err)
	}
}

// Slices give every block once, in order, and errors as they are.
func TestSlices(t *testing.T) {
	core := open(t, t.TempDir())
	defer func() { fine(t, core.Close()) }()
	fill(t, core, 20)
	var got []uint64
	fine(t, sliced{core.engine, 7}.Read(3, func(b *journal.Block) error { got = append(got, b.Height); return nil }))
	if len(got) != 28 || got[0] != 3 || got[27] != 30 {
		t.Errorf("heights %v", got)
	}
	if err := (sliced{core.engine, 7}).Read(1, func(*journal.Block) error { return io.ErrUnexpectedEOF }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an error of the reader: %v", err)
	}
}

// A run that stands still does not hide that the newest archive is old.
func TestStandingRunIsAnAlarm(t *testing.T) {
	b := newBackedUp(t)
	s, err := newBackups(&b.config.Backup)
	fine(t, err)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	s.n = &Node{config: b.config, clock: Clock{tell: func() time.Time { return now }}}
	s.state.Last = &BackupBrief{Number: 3, Made: now.Add(-2 * time.Hour)}
	if got := alarmCodes(s.told().Alarms); len(got) != 0 {
		t.Errorf("two hours old: %v", got)
	}
	now = now.Add(2 * time.Hour)
	for range 2 {
		if got := alarmCodes(s.told().Alarms); !slices.Equal(got, []string{backup.AlarmLate}) {
			t.Errorf("four hours old: %v", got)
		}
	}
}

// While an archive is held back in the middle of a block, business goes on: the
// writer, snapshots and enquiries wait for nothing that a backup holds.
func TestBackupHoldsNobodyUp(t *testing.T) {
	core := open(t, t.TempDir())
	defer func() { fine(t, core.Close()) }()
	fill(t, core, 40)
	root, height, err := core.Root(t.Context())
	fine(t, err)
	head, err := core.position(height)
	fine(t, err)
	disk := faultfs.New()
	fine(t, disk.MakeDir("far"))
	folder := &backup.Folder{FS: disk, Dir: "far"}
	_, readers, reader := ageKey(t)
	_, keepers, _ := ageKey(t)
	sign, err := backup.NewKey()
	fine(t, err)
	held, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	ended := make(chan error, 1)
	go func() {
		_, err := folder.Take(t.Context(), backup.Take{
			Kind: backup.Full, Centre: "one", Cell: 1, Blocks: core.unhurried(), Head: head, Root: root, Recipients: readers, KeyRecipients: keepers, Sign: sign, Now: time.Now,
			Pace: &backup.Pace{BytesPerSecond: 1, Sleep: func(context.Context, time.Duration) error {
				once.Do(func() { close(held) })
				<-free
				return nil
			}},
		})
		ended <- err
	}()
	<-held
	for i := range 20 {
		must(t, core, &record.LedgerTransfer{Debit: 0, Credit: uint32(1 + i%9), Amount: 1})
	}
	_, err = core.Snapshot(t.Context())
	fine(t, err)
	if now, _ := core.Head(); now.Height != height+20 {
		t.Errorf("height %d, want %d", now.Height, height+20)
	}
	close(free)
	fine(t, <-ended)
	r, err := RestoreBackup(t.Context(), folder, filepath.Join(t.TempDir(), "restored"), backup.Restore{Identities: reader, Signers: []backup.Signer{backup.SignerOf(sign)}}, time.Now)
	if err != nil || r.Height != height || r.Root != root {
		t.Errorf("%+v, %v", r, err)
	}
}
