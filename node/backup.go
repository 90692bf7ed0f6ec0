package node

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sancun/backup"
	"sancun/internal/durable"
	"sancun/journal"
)

// backups is the backing up of this centre.
type backups struct {
	n       *Node
	local   *backup.Folder
	remote  *backup.Folder // nil without a second copy
	sign    ed25519.PrivateKey
	signers []backup.Signer
	provers []backup.Signer
	readers backup.Recipients
	keepers backup.Recipients
	when    backup.Schedule

	mu    sync.Mutex
	state BackupState // guarded by mu
	// Touched by the unit only.
	chain  backup.Chain
	proofs []backup.Proof
	looked time.Time
	saved  time.Time
}

// BackupState is what a centre says of its backups, for health, readiness and the
// command line. It holds no personal data.
type BackupState struct {
	Local    string         `json:"local"`
	Remote   string         `json:"remote,omitempty"`
	Archives int            `json:"archives"`
	Last     *BackupBrief   `json:"last,omitempty"`
	Full     *BackupBrief   `json:"full,omitempty"`
	Proof    *backup.Proof  `json:"proof,omitempty"` // the newest
	Copied   int            `json:"copied"`          // archives that the second copy holds
	Run      *BackupRun     `json:"run,omitempty"`   // under way, or the last one
	Alarms   []backup.Alarm `json:"alarms"`
	Time     time.Time      `json:"time"` // when it was judged
	broken   []backup.Alarm // found by runs and looks, until a later one finds it well
}

// BackupBrief is an archive in short.
type BackupBrief struct {
	Number uint64       `json:"number"`
	Kind   backup.Kind  `json:"kind"`
	Made   time.Time    `json:"made"`
	Height uint64       `json:"height"`
	Bytes  int64        `json:"bytes"`
	Digest journal.Hash `json:"manifest"`
}

// BackupRun is one run.
type BackupRun struct {
	ID      string      `json:"id,omitempty"` // of the request, empty for the schedule's
	Kind    backup.Kind `json:"kind"`
	Began   time.Time   `json:"began"`
	Ended   time.Time   `json:"ended"` // zero while it runs
	Step    string      `json:"step"`
	Done    uint64      `json:"done"`
	Total   uint64      `json:"total"`
	Archive uint64      `json:"archive,omitempty"`
	Failure string      `json:"failure,omitempty"`
	Hint    string      `json:"hint,omitempty"`
}

// The names in the folder of a centre, below backup/.
const (
	backupFolder  = "backup"
	backupRequest = "request.json" // what a person asked for
	backupTold    = "state.json"   // what the centre says
	backupLast    = "last.json"    // the newest archive known
	backupNoteMax = 1 << 20
)

// The beats of backing up.
const (
	// backupBeat is how often is looked whether anything is to be done.
	backupBeat = time.Second
	// backupLook is how often the folders are looked at: a proof comes from elsewhere.
	backupLook = 10 * time.Minute
	// backupAgain is the pause after a failed run, so that a full disk is not
	// written to all the time.
	backupAgain = 5 * time.Minute
)

// openBackup prepares the backing up of the configuration. A restored centre backs
// nothing up, because its folder is not the journal's of before, and a drill does
// not, because it plays.
func (n *Node) openBackup() error {
	c := &n.config.Backup
	if c.Local == "" || n.restored != nil || n.zone != nil {
		return nil
	}
	b, err := newBackups(c)
	if err != nil {
		return err
	}
	b.n, n.backups = n, b
	return nil
}

func newBackups(c *BackupConfig) (*backups, error) {
	b := &backups{local: backup.OSFolder(filepath.ToSlash(c.Local), c.Immutable)}
	if c.Remote != "" {
		b.remote = backup.OSFolder(filepath.ToSlash(c.Remote), c.Immutable)
	}
	var err error
	if b.sign, err = ReadSignKey(c.SignKey); err != nil {
		return nil, fmt.Errorf("key that signs archives: %w", err)
	}
	if b.signers, err = signersOf(c.Signers); err != nil {
		return nil, err
	}
	b.signers = append([]backup.Signer{backup.SignerOf(b.sign)}, b.signers...)
	if b.provers, err = signersOf(c.Provers); err != nil {
		return nil, err
	}
	if b.readers, err = backup.ParseRecipients(c.Recipients); err != nil {
		return nil, err
	}
	if b.keepers, err = backup.ParseRecipients(c.KeyRecipients); err != nil {
		return nil, err
	}
	b.when = backup.Schedule{
		FullDays: c.FullDays, FullAt: time.Duration(c.FullAt) * time.Millisecond, IncrementalEvery: time.Duration(c.IncrementalEvery), Where: beijing,
	}
	b.state = BackupState{Local: c.Local, Remote: c.Remote, Alarms: []backup.Alarm{}}
	return b, nil
}

// runBackups takes archives when they are due or asked for, until ctx ends.
func (n *Node) runBackups(ctx context.Context) error {
	b := n.backups
	var failed time.Time
	for {
		now := n.clock.Now()
		if b.looked.IsZero() || now.Sub(b.looked) >= backupLook || now.Before(b.looked) {
			b.look(now)
		}
		kind, id, err := b.asked()
		if err != nil {
			n.log.Warn("a request for a backup cannot be read", slog.Any("error", err))
		}
		due := id != ""
		if !due && (failed.IsZero() || time.Since(failed) >= backupAgain) {
			kind, due = b.when.Due(b.chain, now)
		}
		if head, _ := n.Core.Head(); due && head.Height > 0 {
			failed = time.Time{}
			if err := b.run(ctx, kind, id); err != nil && ctx.Err() == nil {
				failed = time.Now()
			}
		}
		if err := pause(ctx, backupBeat); err != nil {
			return nil
		}
	}
}

// asked takes what a person asked for out of the folder of the centre.
func (b *backups) asked() (backup.Kind, string, error) {
	name := b.path(backupRequest)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	err = errors.Join(err, os.Remove(name))
	var r BackupRun
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && (r.ID == "" || r.Kind != backup.Full && r.Kind != backup.Incremental) {
		err = fmt.Errorf("it asks for %q", r.Kind)
	}
	return r.Kind, r.ID, err
}

func (b *backups) path(name string) string {
	return filepath.Join(b.n.config.Centre.Dir, backupFolder, name)
}

// run takes one archive, copies it, reads both copies back, and removes what the
// rules let go. Failures are kept as alarms.
func (b *backups) run(ctx context.Context, kind backup.Kind, id string) error {
	b.tell(func(s *BackupState) { s.Run = &BackupRun{ID: id, Kind: kind, Began: b.n.clock.Now(), Step: "blocks"} })
	b.save()
	a, err := b.take(ctx, kind)
	if err == nil {
		err = b.copy(ctx, &a)
	}
	if err == nil {
		err = b.prune(ctx)
	}
	if err == nil {
		err = b.scrub(ctx)
	}
	b.tell(func(s *BackupState) {
		s.Run.Ended, s.Run.Step, s.Run.Archive = b.n.clock.Now(), "", a.Number
		s.broken = nil
		if err != nil {
			s.Run.Failure, s.Run.Hint = err.Error(), Hint(err)
			s.broken = []backup.Alarm{{Code: backupAlarm(err), Text: err.Error(), Advice: Hint(err)}}
		}
	})
	b.look(b.n.clock.Now())
	if err != nil {
		b.n.log.Error("a backup failed", slog.String("kind", string(kind)), slog.Any("error", err), slog.String("hint", Hint(err)))
		return err
	}
	b.n.log.Info("backup written", slog.Uint64("archive", a.Number), slog.String("kind", string(a.Kind)), slog.Uint64("height", a.Head.Height), slog.Int64("bytes", a.Bytes()))
	return nil
}

func backupAlarm(err error) string {
	switch {
	case errors.Is(err, errCopy):
		return backup.AlarmCopy
	case errors.Is(err, backup.ErrRolledBack):
		return backup.AlarmRolledBack
	case errors.Is(err, backup.ErrTampered), errors.Is(err, backup.ErrMissing), errors.Is(err, backup.ErrSigner):
		return backup.AlarmDamaged
	}
	return backup.AlarmFailed
}

// errCopy marks what went wrong with the second copy.
var errCopy = errors.New("the second copy")

// take adds an archive to the local folder. A journal that does not go on from the
// archive before, as after a takeover, gets a full one.
func (b *backups) take(ctx context.Context, kind backup.Kind) (backup.Archive, error) {
	if err := b.whole(ctx); err != nil {
		return backup.Archive{}, err
	}
	o, err := b.order(ctx, kind)
	if err != nil {
		return backup.Archive{}, err
	}
	a, err := b.local.Take(ctx, o)
	if kind == backup.Incremental && (errors.Is(err, backup.ErrParted) || errors.Is(err, backup.ErrNoFull)) {
		b.n.log.Warn("a full archive is taken instead of an incremental one", slog.Any("error", err))
		o.Kind = backup.Full
		a, err = b.local.Take(ctx, o)
	}
	if err != nil {
		return a, err
	}
	text, err := json.Marshal(BackupBrief{Number: a.Number, Kind: a.Kind, Made: a.Made, Height: a.Head.Height, Bytes: a.Bytes(), Digest: a.Digest})
	if err != nil {
		return a, err
	}
	return a, b.write(backupLast, text)
}

// whole brings archives back from the second copy that the local one has lost, and
// refuses to go on when both lack one that is known.
func (b *backups) whole(ctx context.Context) error {
	chain, err := b.local.Chain(b.signers)
	if err != nil {
		return err
	}
	if b.remote != nil {
		far, err := b.remote.Chain(b.signers)
		if err == nil && len(far) > len(chain) {
			b.n.log.Warn("the local folder of backups lacks archives; they are brought back from the second copy", slog.Int("there", len(chain)), slog.Int("of", len(far)))
			if _, err := b.local.Mirror(ctx, b.remote, b.signers, b.pace()); err != nil {
				return err
			}
			chain = far
		}
	}
	known, err := b.known()
	if err != nil || known == nil {
		return err
	}
	if !chain.Holds(known.Digest) {
		return fmt.Errorf("archive %d of %s: %w", known.Number, known.Made.Format(time.RFC3339), backup.ErrRolledBack)
	}
	return nil
}

// known is the newest archive that this centre has written, nil for none.
func (b *backups) known() (*BackupBrief, error) {
	text, err := os.ReadFile(b.path(backupLast))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var known BackupBrief
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("%s: %w", b.path(backupLast), err)
	}
	return &known, nil
}

func (b *backups) pace() *backup.Pace {
	return &backup.Pace{BytesPerSecond: int64(b.n.config.Backup.BytesPerSecond), Sleep: pause}
}

// rootWithin bounds the wait for the root: in mode protect nothing is answered while
// the other centre is lost, and the backup must say so instead of waiting too.
const rootWithin = time.Minute

// order says what an archive is made of. Requests wait only while the root is
// hashed, as at every snapshot.
func (b *backups) order(ctx context.Context, kind backup.Kind) (backup.Take, error) {
	core := b.n.Core
	within, done := context.WithTimeout(ctx, rootWithin)
	defer done()
	root, height, err := core.Root(within)
	if err != nil {
		return backup.Take{}, err
	}
	head, err := core.position(height)
	if err != nil {
		return backup.Take{}, err
	}
	fence, err := core.engine.Fenced()
	if err != nil {
		return backup.Take{}, err
	}
	return backup.Take{
		Kind: kind, Centre: b.n.config.Centre.Name, Cell: b.n.config.Centre.Cell, Blocks: core.unhurried(), Head: head, Root: root, Fence: fence,
		Snapshot: core.openNewest, Files: os.DirFS(filepath.Join(b.n.config.Centre.Dir, "files")), Keys: b.n.keys.Image,
		Recipients: b.readers, KeyRecipients: b.keepers, Sign: b.sign, Signers: b.signers, Now: b.n.clock.Now, Pace: b.pace(),
		Progress: b.progress,
	}, nil
}

// progress tells how far a run is, and whoever watches the folder now and then.
func (b *backups) progress(done, total uint64) {
	b.tell(func(s *BackupState) { s.Run.Done, s.Run.Total = done, total })
	if time.Since(b.saved) >= backupBeat {
		b.saved = time.Now()
		b.save()
	}
}

// unhurried reads the journal for somebody who takes hours: from a database in
// slices, so that no query is open for longer than one.
func (c *Core) unhurried() backup.Source {
	if c.shared == nil {
		return c.engine
	}
	return sliced{c.engine, sliceBlocks}
}

type sliced struct {
	engine journal.Engine
	blocks int
}

// sliceBlocks is how many blocks one query gives.
const sliceBlocks = 4096

// Read gives blocks as journal.Engine does.
func (s sliced) Read(from uint64, fn func(*journal.Block) error) error {
	for {
		count := 0
		err := s.engine.Read(from, func(b *journal.Block) error {
			if count++; count > s.blocks {
				return errReached
			}
			from = b.Height + 1
			return fn(b)
		})
		if !errors.Is(err, errReached) || count <= s.blocks {
			return err
		}
	}
}

// position reads the place of a durable block; height 0 is the empty journal.
func (c *Core) position(height uint64) (at journal.Position, err error) {
	if height == 0 {
		return journal.Position{Cell: c.config.Cell}, nil
	}
	err = c.engine.Read(height, func(b *journal.Block) error {
		at = b.Position()
		return errReached
	})
	if errors.Is(err, errReached) {
		return at, nil
	}
	if err == nil {
		err = fmt.Errorf("block %d: %w", height, journal.ErrHeight)
	}
	return at, err
}

// openNewest opens the newest snapshot there is.
func (c *Core) openNewest() (height uint64, size int64, content io.ReadCloser, err error) {
	heights, err := c.snapshots().Heights()
	if err != nil {
		return 0, 0, nil, err
	}
	if len(heights) == 0 {
		return 0, 0, nil, fs.ErrNotExist
	}
	file, err := os.Open(filepath.FromSlash(c.snapshots().Name(heights[0])))
	if err != nil {
		return 0, 0, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, 0, nil, errors.Join(err, file.Close())
	}
	return heights[0], info.Size(), file, nil
}

// copy brings the second copy up to date and reads the new archive back from both.
func (b *backups) copy(ctx context.Context, a *backup.Archive) error {
	b.tell(func(s *BackupState) { s.Run.Step = "reading back" })
	if err := b.local.Check(ctx, a, b.pace()); err != nil {
		return err
	}
	if b.remote == nil {
		return nil
	}
	b.tell(func(s *BackupState) { s.Run.Step = "second copy" })
	if _, err := b.remote.Mirror(ctx, b.local, b.signers, b.pace()); err != nil {
		return fmt.Errorf("%w in %s: %w", errCopy, b.remote.Dir, err)
	}
	if err := b.remote.Check(ctx, a, b.pace()); err != nil {
		return fmt.Errorf("%w in %s: %w", errCopy, b.remote.Dir, err)
	}
	return nil
}

func (b *backups) folders() []*backup.Folder {
	return slices.DeleteFunc([]*backup.Folder{b.local, b.remote}, func(f *backup.Folder) bool { return f == nil })
}

func (b *backups) retention() backup.Retention {
	c := &b.n.config.Backup
	return backup.Retention{Rules: backup.Rules(), ReachDays: c.ReachDays, KeysDays: c.KeysDays}
}

// scrub compares one part of each folder, another one each time.
func (b *backups) scrub(ctx context.Context) error {
	b.tell(func(s *BackupState) { s.Run.Step = "scrubbing" })
	for _, f := range b.folders() {
		chain, err := f.Chain(b.signers)
		if err != nil {
			return err
		}
		if err := f.Scrub(ctx, chain, uint64(b.n.clock.Now().Unix()/60), b.pace()); err != nil {
			return fmt.Errorf("scrubbing %s: %w", f.Dir, err)
		}
	}
	return nil
}

// prune removes what the rules let go, in each folder by itself.
func (b *backups) prune(ctx context.Context) error {
	b.tell(func(s *BackupState) { s.Run.Step = "retention" })
	_, err := b.pruneAll(ctx, false)
	return err
}

// pruneAll removes what the rules let go, or with dry only says what it is, by folder.
func (b *backups) pruneAll(ctx context.Context, dry bool) (map[string][]backup.Pruned, error) {
	proofs, err := b.readProofs()
	if err != nil {
		return nil, err
	}
	removed := map[string][]backup.Pruned{}
	for _, f := range b.folders() {
		chain, err := f.Chain(b.signers)
		if err != nil {
			return removed, err
		}
		all, err := f.Prune(ctx, chain, proofs, b.retention(), b.n.clock.Now())
		if err == nil && !dry {
			err = errors.Join(f.Resume(chain), f.Remove(ctx, chain, all, b.sign))
		}
		if err != nil {
			return removed, err
		}
		removed[f.Dir] = all
		for _, p := range all {
			b.n.log.Info("parts of an archive are let go", slog.Bool("dry", dry), slog.String("folder", f.Dir), slog.Uint64("archive", p.Number), slog.String("group", p.Group),
				slog.String("rule", p.Rule), slog.String("reason", p.Reason))
		}
	}
	return removed, nil
}

// readProofs reads what the provers left in any of the folders.
func (b *backups) readProofs() (all []backup.Proof, err error) {
	for _, f := range b.folders() {
		proofs, err := f.Proofs(b.provers)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, proofs...)
	}
	slices.SortFunc(all, func(x, y backup.Proof) int { return cmp.Or(x.Ended.Compare(y.Ended), cmp.Compare(x.Number, y.Number)) })
	return all, nil
}

// look reads both folders and judges them. What it finds stands in the state.
func (b *backups) look(now time.Time) {
	b.looked = now
	var found []backup.Alarm
	chain, err := b.local.Chain(b.signers)
	if err != nil {
		found = append(found, backup.Alarm{Code: backupAlarm(err), Text: err.Error(), Advice: Hint(err)})
	} else {
		b.chain = chain
	}
	copied := 0
	if b.remote != nil {
		far, err := b.remote.Chain(b.signers)
		if copied = len(far); err == nil && copied < len(b.chain) {
			err = fmt.Errorf("it holds %d archives of %d", copied, len(b.chain))
		}
		if err != nil {
			found = append(found, backup.Alarm{Code: backup.AlarmCopy, Text: fmt.Sprintf("the second copy in %s: %v", b.remote.Dir, err), Advice: "look whether the folder is mounted and has room; the next run brings it up to date"})
		}
	}
	proofs, err := b.readProofs()
	if err != nil {
		found = append(found, backup.Alarm{Code: backupAlarm(err), Text: err.Error(), Advice: Hint(err)})
	}
	b.proofs = proofs
	c := &b.n.config.Backup
	limits := backup.Limits{Archive: time.Duration(c.LateAfter), Full: time.Duration(c.FullDays)*24*time.Hour + time.Duration(c.LateAfter) + 24*time.Hour, Proof: time.Duration(c.ProveWithin)}
	found = append(found, backup.Alarms(b.chain, b.proofs, limits, now)...)
	b.tell(func(s *BackupState) {
		s.Time, s.Archives, s.Copied, s.Proof = now, len(b.chain), copied, nil
		if len(b.proofs) > 0 {
			s.Proof = &b.proofs[len(b.proofs)-1]
		}
		if last := b.chain.Last(); last != nil {
			s.Last, s.Full = briefOf(last), briefOf(&b.chain[last.Base-1])
		}
		before := s.Alarms
		s.Alarms = append(slices.Clone(s.broken), found...)
		for _, a := range s.Alarms {
			if !slices.ContainsFunc(before, func(x backup.Alarm) bool { return x.Code == a.Code }) {
				b.n.log.Error("backup alarm", slog.String("code", a.Code), slog.String("text", a.Text), slog.String("advice", a.Advice))
			}
		}
		if s.Alarms == nil {
			s.Alarms = []backup.Alarm{}
		}
	})
	b.save()
}

func briefOf(a *backup.Archive) *BackupBrief {
	return &BackupBrief{Number: a.Number, Kind: a.Kind, Made: a.Made, Height: a.Head.Height, Bytes: a.Bytes(), Digest: a.Digest}
}

// tell changes the state.
func (b *backups) tell(change func(*BackupState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.state)
}

// told copies the state. The age of the newest archive is judged here once more: a
// run that stands still, on a mount that does not answer, judges nothing.
func (b *backups) told() BackupState {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.state
	s.Alarms = slices.Clone(s.Alarms)
	late := func(a backup.Alarm) bool { return a.Code == backup.AlarmLate }
	if limit := time.Duration(b.n.config.Backup.LateAfter); s.Last != nil && b.n.clock.Now().Sub(s.Last.Made) > limit && !slices.ContainsFunc(s.Alarms, late) {
		s.Alarms = append(s.Alarms, backup.Alarm{
			Code: backup.AlarmLate, Text: fmt.Sprintf("the newest archive, %d, is older than %s", s.Last.Number, limit), Advice: "look whether a run stands still: its folder may be a mount that does not answer",
		})
	}
	if s.Run != nil {
		run := *s.Run
		s.Run = &run
	}
	return s
}

// save writes the state into the folder of the centre, for the command line.
func (b *backups) save() {
	s := b.told()
	text, err := json.MarshalIndent(&s, "", "  ")
	if err == nil {
		err = b.write(backupTold, append(text, '\n'))
	}
	if err != nil {
		b.n.log.Error("the state of the backups cannot be written", slog.Any("error", err))
	}
}

func (b *backups) write(name string, text []byte) error {
	fsys := durable.OS{}
	if err := fsys.MakeDir(filepath.ToSlash(filepath.Join(b.n.config.Centre.Dir, backupFolder))); err != nil {
		return err
	}
	return durable.ReplaceFile(fsys, filepath.ToSlash(b.path(name)), text)
}
