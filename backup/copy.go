package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sancun/internal/durable"
)

// Mirror brings the archives of another folder here that are not here yet, byte by
// byte, oldest first, and what was noted of their pruning. Every byte is compared
// with its manifest on the way. It returns how many archives were brought. Archives
// here that differ from those there are ErrTampered: nothing is written over.
func (f *Folder) Mirror(ctx context.Context, from *Folder, signers []Signer, pace *Pace) (brought int, err error) {
	lock, err := f.lock()
	if err != nil {
		return 0, err
	}
	brought, err = f.mirror(ctx, from, signers, pace)
	return brought, errors.Join(err, lock.Close())
}

func (f *Folder) mirror(ctx context.Context, from *Folder, signers []Signer, pace *Pace) (brought int, err error) {
	there, err := from.Chain(signers)
	if err != nil {
		return 0, err
	}
	here, err := f.Chain(signers)
	if err != nil {
		return 0, fmt.Errorf("copy in %s: %w", f.Dir, err)
	}
	if len(here) > len(there) {
		return 0, fmt.Errorf("%s holds %d archives, %s only %d: %w", f.Dir, len(here), from.Dir, len(there), ErrRolledBack)
	}
	for i := range here {
		if here[i].Digest != there[i].Digest {
			return 0, tampered(manifestName(here[i].Number), "the copies in %s and %s differ", from.Dir, f.Dir)
		}
	}
	for i := len(here); i < len(there); i++ {
		if err := f.sweep(there[i].Number); err != nil {
			return brought, err
		}
		if err := f.bring(ctx, from, &there[i], pace); err != nil {
			return brought, fmt.Errorf("copy archive %d to %s: %w", there[i].Number, f.Dir, err)
		}
		brought++
	}
	return brought, nil
}

// bring copies one archive; its manifest comes last.
func (f *Folder) bring(ctx context.Context, from *Folder, a *Archive, pace *Pace) error {
	for i := range a.Parts {
		p := &a.Parts[i]
		if a.gone(p) {
			continue
		}
		if err := f.bringPart(ctx, from, p, pace); err != nil {
			return err
		}
	}
	if err := f.FS.SyncDir(f.Dir); err != nil {
		return err
	}
	for i := range a.Parts {
		if a.gone(&a.Parts[i]) {
			continue
		}
		if err := f.guard(a.Parts[i].Name); err != nil {
			return err
		}
	}
	names := []string{}
	for i := range a.Pruned {
		names = append(names, a.Pruned[i].name())
	}
	for _, name := range append(names, manifestName(a.Number)) {
		text, err := durable.ReadFile(from.FS, from.path(name), manifestBytesMax)
		if err != nil {
			return err
		}
		if err := f.put(name, text); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) bringPart(ctx context.Context, from *Folder, p *Part, pace *Pace) error {
	if err := f.free(p.Name); err != nil {
		return err
	}
	r, err := from.open(ctx, p)
	if err != nil {
		return err
	}
	temp := f.path(p.Name) + durable.TempSuffix
	if err := f.FS.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, r.file.Close())
	}
	file, err := f.FS.Open(temp, durable.Create)
	if err != nil {
		return errors.Join(err, r.file.Close())
	}
	out := &sink{ctx: ctx, file: file, sum: sha256.New(), pace: pace}
	_, err = io.CopyBuffer(out, struct{ io.Reader }{r}, make([]byte, copyBytes))
	if err == nil {
		err = r.prove()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, r.file.Close(), file.Close()); err != nil {
		return err
	}
	return f.FS.Rename(temp, f.path(p.Name))
}

// copyBytes is how much is copied at once: large enough for a mounted folder, small
// enough for an even pace.
const copyBytes = 256 << 10
