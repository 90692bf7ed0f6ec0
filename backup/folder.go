package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"

	"sancun/internal/durable"
	"sancun/journal"
)

// lockName is the file whose lock the one writer of a folder holds.
const lockName = "LOCK"

// Folder is a place of archives: a disk of this machine, or a mounted one of
// another. Several folders may hold copies of the same archives.
type Folder struct {
	FS  durable.FS
	Dir string
	// Guard makes a finished file unchangeable, Loosen lets it be removed by the
	// rule that ends its time. nil does nothing.
	Guard  func(name string) error
	Loosen func(name string) error
}

// OSFolder is a folder of this machine. Its files lose the right to be written; with
// immutable they are also made immutable where file system and rights allow it.
func OSFolder(dir string, immutable bool) *Folder {
	f := &Folder{FS: durable.OS{}, Dir: path.Clean(dir), Guard: guard, Loosen: loosen}
	if !immutable {
		f.Guard = readOnly
	}
	return f
}

// readOnly takes the right to write a file away.
func readOnly(name string) error { return os.Chmod(name, readOnlyMode) }

// readOnlyMode lets nobody write, and nobody else read.
const readOnlyMode = 0o400

func (f *Folder) path(name string) string { return path.Join(f.Dir, name) }

// lock takes the folder for one writer. The error is durable.ErrLocked or ErrFolder.
func (f *Folder) lock() (io.Closer, error) {
	if _, err := f.list(); err != nil {
		return nil, err
	}
	lock, err := f.FS.Lock(f.path(lockName))
	if err != nil {
		return nil, fmt.Errorf("folder of backups: %w", err)
	}
	return lock, nil
}

// list gives the names in the folder. The error is ErrFolder when it is not there.
func (f *Folder) list() ([]string, error) {
	names, err := f.FS.List(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", f.Dir, ErrFolder)
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	return names, nil
}

// Archive is a manifest that was found and proven.
type Archive struct {
	Manifest
	Digest journal.Hash
	Pruned []Pruned // what was removed of it since
}

// gone tells whether a part was removed by a rule.
func (a *Archive) gone(p *Part) bool {
	for i := range a.Pruned {
		if a.Pruned[i].covers(p) {
			return true
		}
	}
	return false
}

// Chain is all archives of a folder, the first one first.
type Chain []Archive

// Last is the newest archive, nil without any.
func (c Chain) Last() *Archive {
	if len(c) == 0 {
		return nil
	}
	return &c[len(c)-1]
}

// Holds tells whether a manifest is among them.
func (c Chain) Holds(digest journal.Hash) bool {
	for i := range c {
		if c[i].Digest == digest {
			return true
		}
	}
	return false
}

var archiveName = regexp.MustCompile(`^([0-9]{8})\.([a-z]+(?:\.[0-9a-z]+)?)$`)

// split takes a name of an archive's file apart.
func split(name string) (number uint64, rest string, ok bool) {
	words := archiveName.FindStringSubmatch(name)
	if words == nil {
		return 0, "", false
	}
	number, err := strconv.ParseUint(words[1], 10, 64)
	return number, words[2], err == nil
}

// Chain reads and proves every manifest: its signature, its number, and that each
// names the one before. Errors are ErrTampered, ErrSigner, ErrMissing and ErrFolder.
func (f *Folder) Chain(signers []Signer) (Chain, error) {
	names, err := f.list()
	if err != nil {
		return nil, err
	}
	var chain Chain
	pruned := map[uint64][]Pruned{}
	for _, name := range names { // sorted, and digits before letters
		number, rest, ok := split(name)
		switch {
		case !ok:
		case rest == "manifest":
			a, err := f.manifest(name, signers)
			if err != nil {
				return nil, err
			}
			if err := chain.take(name, number, a); err != nil {
				return nil, err
			}
			chain = append(chain, a)
		case strings.HasPrefix(rest, "pruned."):
			p, err := f.readPruned(name, number, signers)
			if err != nil {
				return nil, err
			}
			pruned[number] = append(pruned[number], p)
		}
	}
	for i := range chain {
		chain[i].Pruned = pruned[chain[i].Number]
	}
	return chain, nil
}

// take tells whether an archive is the next of a chain.
func (c Chain) take(name string, number uint64, a Archive) error {
	if a.Number != number {
		return tampered(name, "it is the manifest of archive %d", a.Number)
	}
	last := c.Last()
	if last == nil {
		if number != 1 {
			return fmt.Errorf("the first manifest is %d: %w", number, ErrMissing)
		}
		return nil
	}
	if number != last.Number+1 {
		return fmt.Errorf("manifests %d to %d: %w", last.Number+1, number-1, ErrMissing)
	}
	if err := a.follows(&last.Manifest, last.Digest); err != nil {
		return tampered(name, "%v", err)
	}
	return nil
}

func (f *Folder) manifest(name string, signers []Signer) (a Archive, err error) {
	text, err := durable.ReadFile(f.FS, f.path(name), manifestBytesMax)
	if err != nil {
		return a, fmt.Errorf("read the manifest %s: %w", name, err)
	}
	a.Manifest, a.Digest, err = ReadManifest(name, text, signers)
	return a, err
}

// sweep removes what a crash left of an archive that never got its manifest, and
// refuses names that no crash leaves.
func (f *Folder) sweep(next uint64) error {
	names, err := f.list()
	if err != nil {
		return err
	}
	removed := false
	for _, name := range names {
		number, _, ok := split(name)
		switch {
		case strings.HasSuffix(name, durable.TempSuffix):
		case ok && number == next:
			if f.Loosen != nil {
				if err := f.Loosen(f.path(name)); err != nil {
					return fmt.Errorf("remove the unfinished %s: %w", name, err)
				}
			}
		case ok && number > next:
			return fmt.Errorf("%s stands behind the last manifest: %w", name, ErrMissing)
		default:
			continue
		}
		if err := f.FS.Remove(f.path(name)); err != nil {
			return fmt.Errorf("remove the unfinished %s: %w", name, err)
		}
		removed = true
	}
	if removed {
		return f.FS.SyncDir(f.Dir)
	}
	return nil
}

// put gives a finished text its name, which must be free, and guards it.
func (f *Folder) put(name string, text []byte) error {
	if err := f.free(name); err != nil {
		return err
	}
	if err := durable.ReplaceFile(f.FS, f.path(name), text); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.guard(name)
}

func (f *Folder) guard(name string) error {
	if f.Guard == nil {
		return nil
	}
	if err := f.Guard(f.path(name)); err != nil {
		return fmt.Errorf("guard %s: %w", name, err)
	}
	return nil
}

// free tells whether a name is not in use. The error is ErrTaken.
func (f *Folder) free(name string) error {
	file, err := f.FS.Open(f.path(name), durable.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(ErrTaken, file.Close())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// reading is an open file that hashes what is read of it.
type reading struct {
	ctx  context.Context
	file durable.File
	in   *io.SectionReader
	sum  hash.Hash
	part *Part
	pace *Pace
}

// open opens a part. The error is ErrMissing when it is not there, ErrTampered
// when it has another length.
func (f *Folder) open(ctx context.Context, p *Part) (*reading, error) {
	file, err := f.FS.Open(f.path(p.Name), durable.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s; look into the other copy: %w", p.Name, ErrMissing)
	}
	if err != nil {
		return nil, err
	}
	size, err := file.Size()
	if err == nil && size != p.Bytes {
		err = tampered(p.Name, "%d bytes, its manifest says %d", size, p.Bytes)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &reading{ctx: ctx, file: file, in: io.NewSectionReader(file, 0, size), sum: sha256.New(), part: p}, nil
}

// Read reads and hashes.
func (r *reading) Read(into []byte) (int, error) {
	n, err := r.in.Read(into)
	r.sum.Write(into[:n])
	if wait := r.pace.wait(r.ctx, n); wait != nil {
		return n, wait
	}
	return n, err
}

// prove reads the rest and compares the hash of everything. The error is ErrTampered.
func (r *reading) prove() error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("read %s: %w", r.part.Name, err)
	}
	if journal.Hash(r.sum.Sum(nil)) != r.part.SHA256 {
		return tampered(r.part.Name, "its bytes are not those of its manifest")
	}
	return nil
}

// Check compares every byte of an archive's parts with its manifest, without
// opening any, at a pace. Parts that a rule removed are passed over.
func (f *Folder) Check(ctx context.Context, a *Archive, pace *Pace) error {
	for i := range a.Parts {
		if a.gone(&a.Parts[i]) {
			continue
		}
		if err := f.checkPart(ctx, &a.Parts[i], pace); err != nil {
			return err
		}
	}
	return nil
}

// Scrub compares one part of all there are, so that damage at rest is found in time
// although nobody restores. Successive numbers take successive parts.
func (f *Folder) Scrub(ctx context.Context, chain Chain, number uint64, pace *Pace) error {
	var all []*Part
	for i := range chain {
		for j := range chain[i].Parts {
			if !chain[i].gone(&chain[i].Parts[j]) {
				all = append(all, &chain[i].Parts[j])
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return f.checkPart(ctx, all[number%uint64(len(all))], pace)
}

func (f *Folder) checkPart(ctx context.Context, p *Part, pace *Pace) error {
	r, err := f.open(ctx, p)
	if err != nil {
		return err
	}
	r.pace = pace
	return errors.Join(r.prove(), r.file.Close())
}
