package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sancun/backup"
	"sancun/journal"
	"sancun/verify"
)

// ProveBackup restores the newest archive of a folder into a scratch folder, adds
// everything up again by the second opinion, and compares the root. What it finds,
// good or bad, is the proof; the error says that there could be none. Files are
// read and hashed but not kept, and keys are not opened.
func ProveBackup(ctx context.Context, from *backup.Folder, scratch string, o backup.Restore, prover string, now func() time.Time) (p backup.Proof, err error) {
	chain, err := from.Chain(o.Signers)
	if err != nil {
		return p, err
	}
	last := chain.Last()
	if last == nil {
		return p, fmt.Errorf("%s holds no archive: %w", from.Dir, backup.ErrMissing)
	}
	p = backup.Proof{Number: last.Number, Digest: last.Digest, Prover: prover, Began: now(), Height: last.Head.Height, Hash: last.Head.Hash, Root: last.Root}
	dir, err := os.MkdirTemp(scratch, "sancun-prove-")
	if err != nil {
		return p, err
	}
	o.Height, o.Number = 0, last.Number
	failure := proveIn(ctx, from, filepath.ToSlash(dir), o, &p)
	if ctx.Err() != nil {
		failure, err = nil, ctx.Err()
	}
	p.Ended, p.Good = now(), failure == nil
	if failure != nil {
		p.Failure = failure.Error()
	}
	return p, errors.Join(err, os.RemoveAll(dir))
}

func proveIn(ctx context.Context, from *backup.Folder, dir string, o backup.Restore, p *backup.Proof) error {
	into := filepath.ToSlash(filepath.Join(dir, "centre"))
	if err := emptyFolder(into); err != nil {
		return err
	}
	s, err := newRestoring(into)
	if err != nil {
		return err
	}
	r := Restored{}
	if r.Restored, err = from.Restore(ctx, o, unkept{s}); err != nil {
		return errors.Join(err, s.abandon())
	}
	if err := s.finish(r.Fence); err != nil {
		return err
	}
	r.Cell = s.cell
	if p.Found, err = proveRoot(into, &r, s.hash); err != nil {
		return err
	}
	if p.Found != p.Root {
		return fmt.Errorf("the restored state has the root %v, the archive says %v: %w", p.Found, p.Root, ErrDiverged)
	}
	store, err := OpenJournal(into, r.Cell)
	if err != nil {
		return err
	}
	verdict, err := verify.Journal(store, nil)
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	if !verdict.OK() {
		return fmt.Errorf("the second opinion finds the restored journal not sound: %w", journal.ErrCorrupt)
	}
	if verdict.StateRoot != p.Root.String() {
		return fmt.Errorf("the second opinion adds up to the root %s, the archive says %v: %w", verdict.StateRoot, p.Root, ErrDiverged)
	}
	p.Records = verdict.Records
	return nil
}

// unkept restores blocks and snapshots and reads everything else without keeping it.
type unkept struct{ *restoring }

// File keeps snapshots only.
func (u unkept) File(class backup.Class, name string, size int64, content io.Reader) error {
	if class == backup.Snapshot {
		return u.restoring.File(class, name, size, content)
	}
	_, err := io.Copy(io.Discard, content)
	return err
}
