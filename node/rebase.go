package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sancun/dr"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/record"
	"sancun/replica"
	"sancun/state"
)

// Orphan is a record that one centre answered and the other never got: what its
// callers were told, and nobody else knows. It is kept and worked off by people
// (row B59; docs/flows/two-centres.md).
type Orphan struct {
	Height uint64          `json:"height"`
	Index  int             `json:"index"`
	Time   time.Time       `json:"time"`
	Epoch  uint32          `json:"epoch"`
	Kind   uint16          `json:"kind"`
	Name   string          `json:"name"`   // of the command
	Caller uint64          `json:"caller"` // record.Caller
	Key    string          `json:"key"`    // the caller's idempotency key, hexadecimal; empty when there was none
	Code   uint16          `json:"code"`   // what was answered; 0 is accepted
	Cash   int64           `json:"cash_fen"`
	Shares int64           `json:"shares"`
	Act    json.RawMessage `json:"act"` // the command's fields; personal data in them are sealed

	Ref     uint64 `json:"ref,omitempty"`    // what it had created
	Fund    uint64 `json:"fund,omitempty"`   // whom it concerns: a fund account,
	Bank    uint16 `json:"bank,omitempty"`   // a bank,
	Market  uint8  `json:"market,omitempty"` // a market
	Command []byte `json:"command"`          // as record.Encode writes it
}

// Orphans lists the records of a journal behind a height.
func Orphans(source replica.Chain, behind uint64) ([]Orphan, error) {
	var all []Orphan
	err := source.Read(behind+1, func(b *journal.Block) error {
		for i, raw := range b.Records() {
			o, err := orphan(b, i, raw)
			if err != nil {
				return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

func orphan(b *journal.Block, i int, raw []byte) (Orphan, error) {
	v, err := record.Parse(raw)
	if err != nil {
		return Orphan{}, err
	}
	cmd, err := v.Cmd()
	if err != nil {
		return Orphan{}, err
	}
	act, err := json.Marshal(cmd)
	if err != nil {
		return Orphan{}, err
	}
	o := Orphan{
		Height: b.Height, Index: i, Time: time.Unix(0, b.Time).UTC(), Epoch: b.Epoch, Kind: uint16(v.Kind), Name: fmt.Sprintf("%T", cmd)[len("*record."):],
		Caller: uint64(v.Caller), Code: uint16(v.Code), Act: act,
		Ref: v.Ref, Command: slices.Clone(v.Command),
	}
	party(&o, v.Caller, cmd)
	if v.Key != (state.Key{}) {
		o.Key = fmt.Sprintf("%x", v.Key[:])
	}
	if v.Code == record.Accepted {
		var e replica.Exposure
		expose(&e, cmd)
		o.Cash, o.Shares = e.Cash, e.Securities
	}
	return o, nil
}

// Rebased says what Rebase did.
type Rebased struct {
	Common  uint64   // last block that stayed
	Orphans []Orphan // what stood behind it
	Kept    string   // the folder that holds the parted journal, whole
	List    string   // the file that lists the orphans, one JSON object a line
}

// The names beside a centre's journal while it is rebased.
const (
	nextJournal = "journal.next"
	orphanList  = "orphans.jsonl"
)

// Rebase brings a centre that is not running back to the last block it has in
// common with the other one, so that it can follow again. Nothing is deleted: the
// journal as it was is kept under another name beside the new one, with a list of
// what only it holds. Each step is finished by the next start after a crash.
func Rebase(fsys durable.FS, dir string, cell uint32, common journal.Position) (r Rebased, err error) {
	if err := finishRebase(dir); err != nil {
		return r, err
	}
	old, _, err := disk.Open(disk.Options{Dir: dir + "/journal", FS: fsys, Cell: cell})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	at, there, err := replica.At(old, cell, common.Height)
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
	r.Common, r.Kept = common.Height, filepath.Join(dir, fmt.Sprintf(partedPrefix+"%d-%d", head.Epoch, head.Height))
	if r.Orphans, err = Orphans(old, common.Height); err != nil {
		return r, err
	}
	r.List = filepath.Join(r.Kept, orphanList)
	if err := writeOrphans(fsys, dir+"/journal/"+orphanList, r.Orphans); err != nil {
		return r, err
	}
	if err := os.RemoveAll(filepath.Join(dir, nextJournal)); err != nil { // left unfinished by a crash, and a copy only
		return r, err
	}
	fork, err := old.Branch(dir+"/"+nextJournal, common.Height)
	if err == nil {
		err = fork.Close()
	}
	if err != nil {
		return r, fmt.Errorf("copy the common blocks: %w", err)
	}
	if err := os.Rename(filepath.Join(dir, "journal"), r.Kept); err != nil {
		return r, err
	}
	return r, finishRebase(dir)
}

// Again says whether a node whose Serve ended with err is to be opened again in
// this process, and does what must be done in between: a centre that was ordered
// to goes back to the common block, one that was deposed finds out who writes.
func (n *Node) Again(err error) (bool, error) {
	if n.peer == nil {
		return false, err
	}
	if errors.Is(err, replica.ErrDeposed) {
		return true, nil
	}
	if n.peer.rebase == nil || !errors.Is(err, errTurn) {
		return false, err
	}
	done, err := Rebase(durable.OS{}, filepath.ToSlash(n.config.Centre.Dir), n.config.Centre.Cell, n.peer.rebase.Common)
	if err != nil {
		return false, err
	}
	n.log.Warn("went back to the common block; what only this centre had is kept", slog.Uint64("common", done.Common),
		slog.Int("orphans", len(done.Orphans)), slog.String("kept", done.Kept), slog.String("list", done.List))
	return true, n.peer.station.become(dr.Standby, n.peer.rebase.Common.Epoch, "went back to the common block")
}

// finishRebase gives the new journal its name. A journal that is missing while
// the next one lies there was renamed, which happens only when the next is whole.
func finishRebase(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "journal")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next := filepath.Join(dir, nextJournal)
	if _, err := os.Stat(next); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := os.Rename(next, filepath.Join(dir, "journal")); err != nil {
		return err
	}
	return durable.OS{}.SyncDir(filepath.ToSlash(dir))
}

func writeOrphans(fsys durable.FS, name string, all []Orphan) error {
	var text []byte
	for i := range all {
		line, err := json.Marshal(&all[i])
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	return durable.ReplaceFile(fsys, name, text)
}
