package centre

import (
	"errors"
	"fmt"
	"io/fs"

	"sancun/internal/durable"
	"sancun/internal/planted"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/replica"
)

// Rebased says what Rebase did.
type Rebased struct {
	Common  uint64   // last block that stayed
	Orphans []Orphan // what stood behind it
	Kept    string   // the folder that holds the parted journal, whole
	List    string   // the file that lists the orphans, one JSON object a line
}

// The names in a centre's folder while it is rebased.
const (
	journalName = "journal"
	nextJournal = "journal.next"
	orphanList  = "orphans.jsonl"
)

// PartedPrefix begins the names of the journals that a centre parted with.
const PartedPrefix = "journal.parted-"

// OrphanList is the name of the list of orphans in a parted journal's folder.
const OrphanList = orphanList

// RebaseOptions say whose journal is rebased.
type RebaseOptions struct {
	FS   durable.FS
	Dir  string // the centre's folder
	Cell uint32
	// SegmentBytes is the journal's segment size; 0 is the default.
	SegmentBytes int64
}

// Rebase brings a centre that is not running back to the last block it has in
// common with the other one, so that it can follow again. Nothing is deleted: the
// journal as it was is kept under another name beside the new one, with a list of
// what only it holds. Each step is finished by the next start after a crash.
func Rebase(o RebaseOptions, common journal.Position) (r Rebased, err error) {
	if err := FinishRebase(o.FS, o.Dir); err != nil {
		return r, err
	}
	old, _, err := disk.Open(disk.Options{Dir: o.Dir + "/" + journalName, FS: o.FS, Cell: o.Cell, SegmentBytes: o.SegmentBytes})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	at, there, err := replica.At(old, o.Cell, common.Height)
	if err != nil {
		return r, err
	}
	if !there || at.Hash != common.Hash {
		return r, fmt.Errorf("%w: this journal has %v at height %d, common was %v", journal.ErrChain, at.Hash, common.Height, common.Hash)
	}
	head, err := old.Head()
	if err != nil {
		return r, err
	}
	r.Common = common.Height
	if r.Kept, err = o.free(fmt.Sprintf("%s/%s%d-%d", o.Dir, PartedPrefix, head.Epoch, head.Height)); err != nil {
		return r, err
	}
	if r.Orphans, err = Orphans(old, common.Height); err != nil {
		return r, err
	}
	if planted.In(planted.OrphanDropped) && len(r.Orphans) > 0 {
		r.Orphans = r.Orphans[:len(r.Orphans)-1]
	}
	r.List = r.Kept + "/" + orphanList
	if err := writeOrphans(o.FS, o.Dir+"/"+journalName+"/"+orphanList, r.Orphans); err != nil {
		return r, err
	}
	if err := empty(o.FS, o.Dir+"/"+nextJournal); err != nil { // left unfinished by a crash, and a copy only
		return r, err
	}
	// The fence of the reign that is given up would keep out what the other centre
	// wrote under older epochs. The station remembers that reign (Station.Highest).
	fork, err := old.BranchFenced(o.Dir+"/"+nextJournal, common.Height, common.Epoch)
	if err == nil {
		err = fork.Close()
	}
	if err != nil {
		return r, fmt.Errorf("copy the common blocks: %w", err)
	}
	if err := o.FS.Rename(o.Dir+"/"+journalName, r.Kept); err != nil {
		return r, err
	}
	if err := o.FS.SyncDir(o.Dir); err != nil { // the old name is free before the new journal takes it
		return r, err
	}
	return r, FinishRebase(o.FS, o.Dir)
}

// free is a name for a parted journal that no earlier one has.
func (o *RebaseOptions) free(name string) (string, error) {
	for n := 2; ; n++ {
		if there, err := exists(o.FS, name); err != nil || !there {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", name, n)
	}
}

// empty removes the files of a folder, if there is one.
func empty(fsys durable.FS, dir string) error {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range names {
		if err = errors.Join(err, fsys.Remove(dir+"/"+name)); err != nil {
			return err
		}
	}
	if err == nil {
		err = fsys.SyncDir(dir)
	}
	return err
}

// FinishRebase gives the new journal its name. A journal that is missing while
// the next one lies there was renamed, which happens only when the next is whole.
// It comes before anything opens the journal.
func FinishRebase(fsys durable.FS, dir string) error {
	if there, err := exists(fsys, dir+"/"+journalName); err != nil || there {
		return err
	}
	if there, err := exists(fsys, dir+"/"+nextJournal); err != nil || !there {
		return err
	}
	if err := fsys.Rename(dir+"/"+nextJournal, dir+"/"+journalName); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

func exists(fsys durable.FS, dir string) (bool, error) {
	_, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
