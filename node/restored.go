package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"sancun/backup"
	"sancun/centre"
	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
)

// Restored is what stands in a folder that was restored from a backup. While the
// mark is there the centre is isolated: it shows what it has and takes no business,
// opens no line to any counterparty or other centre, and backs nothing up. Two
// people release it (Release).
type Restored struct {
	backup.Restored
	Finished bool      `json:"finished"` // false while files are still being put in place
	At       time.Time `json:"at"`
	From     string    `json:"from"` // the folder of backups
	Cell     uint32    `json:"cell"`
}

const (
	// restoredMark is the file that isolates a restored centre.
	restoredMark = "RESTORED"
	// restoredJournal is the journal's name until it is whole.
	restoredJournal = "journal.restored"
	restoredMax     = 64 << 10
)

var (
	// ErrUnfinished says that a folder was only half restored.
	ErrUnfinished = errors.New("the folder was not restored to its end")
	// ErrIsolated refuses to begin what a restored centre must not do.
	ErrIsolated = errors.New("the centre was restored from a backup and not released by two people")
	// ErrNotEmpty refuses to restore into a folder that holds something.
	ErrNotEmpty = errors.New("a backup is restored into an empty folder only")
)

// readRestored reads the mark of a folder, nil without one. The error is
// ErrUnfinished, or the file's.
func readRestored(dir string) (*Restored, error) {
	text, err := durable.ReadFile(durable.OS{}, path.Join(filepath.ToSlash(dir), restoredMark), restoredMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r Restored
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s/%s: %w", dir, restoredMark, err)
	}
	if !r.Finished {
		return nil, fmt.Errorf("%s: %w", dir, ErrUnfinished)
	}
	return &r, nil
}

func (r *Restored) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return durable.ReplaceFile(durable.OS{}, path.Join(dir, restoredMark), append(text, '\n'))
}

// RestoreBackup restores an archive into an empty folder and proves it: replaying
// leads to every root that the blocks and the archive say. The folder then opens as
// an isolated centre. After an error the folder opens as none.
func RestoreBackup(ctx context.Context, from *backup.Folder, into string, o backup.Restore, now func() time.Time) (Restored, error) {
	dir := filepath.ToSlash(into)
	r := Restored{At: now().UTC(), From: from.Dir}
	if err := emptyFolder(dir); err != nil {
		return r, err
	}
	// First of all what keeps a half restored folder from being taken for a centre.
	if err := r.write(dir); err != nil {
		return r, err
	}
	if err := centre.WriteRole(durable.OS{}, dir, dr.Isolated, 0, "restored from a backup", r.At); err != nil {
		return r, err
	}
	s, err := newRestoring(dir)
	if err != nil {
		return r, err
	}
	if r.Restored, err = from.Restore(ctx, o, s); err != nil {
		return r, errors.Join(err, s.abandon())
	}
	if err := s.finish(r.Fence); err != nil {
		return r, err
	}
	if r.Cell = r.Head.Cell; r.Cell == 0 {
		r.Cell = 1
	}
	if _, err := proveRoot(dir, &r, s.hash); err != nil {
		return r, err
	}
	r.Finished = true
	return r, r.write(dir)
}

func emptyFolder(dir string) error {
	fsys := durable.OS{}
	if err := fsys.MakeDir(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.FromSlash(dir))
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s holds %s: %w", dir, entries[0].Name(), ErrNotEmpty)
	}
	return err
}

// restoring puts what a backup held into a folder. It is a backup.Sink.
type restoring struct {
	dir     string
	journal *disk.Import
	cell    uint32
	hash    journal.HashKind
	made    map[string]bool // folders to sync at the end
}

func newRestoring(dir string) (*restoring, error) {
	return &restoring{dir: dir, hash: journal.SHA256, made: map[string]bool{}}, nil
}

// Block appends to the journal, which gets its name at the end.
func (s *restoring) Block(b *journal.Block) (err error) {
	if s.journal == nil {
		if err := s.openJournal(b.Cell); err != nil {
			return err
		}
	}
	s.hash = b.Kind
	return s.journal.Append(b)
}

func (s *restoring) openJournal(cell uint32) (err error) {
	s.cell = cell
	s.journal, err = disk.OpenImport(disk.Options{Dir: path.Join(s.dir, restoredJournal), FS: durable.OS{}, Cell: cell})
	return err
}

// File puts a file where a centre has it.
func (s *restoring) File(class backup.Class, name string, size int64, content io.Reader) error {
	switch class {
	case backup.Snapshot:
		height, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			return err
		}
		name = fmt.Sprintf("snapshots/%020d%s", height, centre.SnapshotSuffix)
	case backup.Keys:
		name = "vault/" + name
	default:
		name = "files/" + name
	}
	return s.put(path.Join(s.dir, name), content)
}

func (s *restoring) put(name string, content io.Reader) error {
	fsys := durable.OS{}
	folder := path.Dir(name)
	if err := fsys.MakeDir(folder); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // a later archive has the newer file
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	s.made[folder] = true
	return errors.Join(err, file.Close())
}

// finish makes everything durable and gives the journal its name.
func (s *restoring) finish(fence uint32) error {
	if s.journal == nil {
		return fmt.Errorf("the backup holds no block: %w", backup.ErrHeight)
	}
	if err := s.journal.Finish(fence); err != nil {
		return err
	}
	fsys := durable.OS{}
	for folder := range s.made {
		if err := fsys.SyncDir(folder); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(s.dir, restoredJournal), filepath.Join(s.dir, "journal")); err != nil {
		return err
	}
	return fsys.SyncDir(s.dir)
}

func (s *restoring) abandon() error {
	if s.journal == nil {
		return nil
	}
	return s.journal.Abandon()
}

// proveRoot replays a restored journal and compares every root: those in the
// blocks, and that of the archive when the journal ends with it.
func proveRoot(dir string, r *Restored, hash journal.HashKind) (root journal.Hash, err error) {
	core, err := OpenCore(CoreConfig{Dir: dir, Cell: r.Cell, Hash: hash, Standby: true})
	if err != nil {
		return root, err
	}
	root = core.Recovery.Root
	err = core.Abandon()
	if core.Recovery.Height != r.Height {
		err = errors.Join(err, fmt.Errorf("the restored journal ends at %d, not at %d: %w", core.Recovery.Height, r.Height, backup.ErrTampered))
	}
	if !r.Root.IsZero() && root != r.Root {
		err = errors.Join(err, fmt.Errorf("the restored state has the root %v, the archive says %v: %w", root, r.Root, ErrDiverged))
	}
	return root, err
}

// Release lets a restored centre that is not running take up business again, by an
// order of two people: its epoch is the next one, and no earlier writer is let in
// any more. With another centre in the configuration it meets that one first.
func Release(c Config, o dr.Order, now time.Time) error {
	dir := filepath.ToSlash(c.Centre.Dir)
	r, err := readRestored(dir)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("%s was not restored from a backup: %w", dir, ErrRole)
	}
	name := c.Backup.People
	if name == "" {
		name = c.Peer.People
	}
	people, err := readPeople(name)
	if err != nil {
		return fmt.Errorf("people who may sign orders: %w", err)
	}
	engine, _, err := disk.Open(disk.Options{Dir: dir + "/journal", FS: durable.OS{}, Cell: c.Centre.Cell, SegmentBytes: int64(c.Centre.SegmentBytes)})
	if err != nil {
		return err
	}
	if err := releaseEpoch(engine, c, &o, people, now); err != nil {
		return errors.Join(err, engine.Close())
	}
	if err := engine.Close(); err != nil {
		return err
	}
	if err := releaseRole(dir, c, &o, now); err != nil {
		return err
	}
	text, err := json.MarshalIndent(&o, "", "  ")
	if err != nil {
		return err
	}
	fsys := durable.OS{}
	if err := fsys.MakeDir(dir + "/orders"); err != nil {
		return err
	}
	if err := durable.ReplaceFile(fsys, fmt.Sprintf("%s/orders/%s-%s.json", dir, now.UTC().Format("20060102T150405.000000000"), o.Act), append(text, '\n')); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, restoredMark), filepath.Join(dir, restoredMark+".released")); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// releaseEpoch checks the order against the journal and raises the fence to it.
func releaseEpoch(engine *disk.Engine, c Config, o *dr.Order, people []dr.Operator, now time.Time) error {
	head, err := engine.Head()
	if err != nil {
		return err
	}
	fence, err := engine.Fenced()
	if err != nil {
		return err
	}
	if o.Act != dr.ActRelease {
		return fmt.Errorf("%w: its act is %s, not %s", dr.ErrOrder, o.Act, dr.ActRelease)
	}
	at := dr.Place{Cell: c.Centre.Cell, Centre: c.Centre.Name, Epoch: max(1, head.Epoch, fence), Now: now}
	if _, _, err := o.Check(at, people); err != nil {
		return err
	}
	return engine.Fence(o.Epoch)
}

// releaseRole leaves a centre that has another beside it to meet that one before
// it writes; one that is alone needs no role.
func releaseRole(dir string, c Config, o *dr.Order, now time.Time) error {
	if c.Peer.Name == "" {
		err := os.Remove(filepath.Join(dir, centre.RoleName))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return centre.WriteRole(durable.OS{}, dir, dr.Recovering, o.Epoch, "restored from a backup and released in "+o.Run, now)
}
