package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"sancun/journal"
)

// Source is the journal that is backed up. It may be in use: blocks up to the head
// never change.
type Source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}

// Take says what is to be backed up, and how.
type Take struct {
	Kind   Kind
	Centre string
	Cell   uint32
	Blocks Source
	// Head is where the archive ends: a durable block, after which the root of the
	// state was Root.
	Head  journal.Position
	Root  journal.Hash
	Fence uint32
	// Snapshot opens the newest snapshot for a full archive; nil when there is none.
	Snapshot func() (height uint64, size int64, content io.ReadCloser, err error)
	// Files is the folder of files; nil when there is none.
	Files fs.FS
	// Keys gives the wrapped keys of personal data, one file at a time; nil when
	// there are none. It is called after the blocks were copied, so that every
	// field in them has its key.
	Keys func(visit func(name string, content []byte) error) error

	Recipients    Recipients
	KeyRecipients Recipients
	Sign          ed25519.PrivateKey
	// Signers are those by whom the archives before may have been signed.
	Signers []Signer
	Now     func() time.Time
	Pace    *Pace
	// Progress is told of heights copied; nil tells nobody.
	Progress func(done, total uint64)

	partBytes int64 // 0 is the default
}

// Take adds an archive to the folder. It returns when the archive is durable, and
// reads the journal from its store only: whoever writes it is not asked.
// Errors are ErrNoFull, ErrParted, ErrTaken, those of the chain, and the disk's.
func (f *Folder) Take(ctx context.Context, o Take) (Archive, error) {
	lock, err := f.lock()
	if err != nil {
		return Archive{}, err
	}
	a, err := f.take(ctx, &o)
	return a, errors.Join(err, lock.Close())
}

func (f *Folder) take(ctx context.Context, o *Take) (Archive, error) {
	if err := o.Recipients.Apart(o.KeyRecipients); err != nil {
		return Archive{}, err
	}
	chain, err := f.Chain(append([]Signer{SignerOf(o.Sign)}, o.Signers...))
	if err != nil {
		return Archive{}, err
	}
	t := taking{folder: f, ctx: ctx, o: o, last: chain.Last()}
	if t.partBytes = o.partBytes; t.partBytes == 0 {
		t.partBytes = partBytes
	}
	if err := t.begin(); err != nil {
		return Archive{}, err
	}
	if err := f.sweep(t.m.Number); err != nil {
		return Archive{}, err
	}
	for _, step := range []func() error{t.blocks, t.snapshot, t.files, t.keys} {
		if err := step(); err != nil {
			return Archive{}, errors.Join(err, t.abandon())
		}
	}
	return t.commit()
}

// taking is one archive in the making.
type taking struct {
	folder    *Folder
	ctx       context.Context
	o         *Take
	last      *Archive
	m         Manifest
	partBytes int64
	open      *partWriter // being written
}

// begin fills what is known before anything is read.
func (t *taking) begin() error {
	o := t.o
	t.m = Manifest{
		Format: manifestFormat, Number: 1, Kind: o.Kind, Centre: o.Centre, Cell: o.Cell, Made: o.Now().UTC().Truncate(time.Second), From: 1,
		Head: PlaceOf(o.Head), Fence: o.Fence, Root: o.Root, Parts: []Part{}, By: SignerOf(o.Sign),
	}
	if t.last != nil {
		t.m.Number, t.m.Previous = t.last.Number+1, t.last.Digest
		if t.last.Cell != o.Cell {
			return fmt.Errorf("the folder holds archives of cell %d: %w", t.last.Cell, ErrParted)
		}
	}
	t.m.Base = t.m.Number
	if o.Kind == Full {
		return nil
	}
	if t.last == nil {
		return ErrNoFull
	}
	if o.Head.Height < t.last.Head.Height {
		return fmt.Errorf("it ends at %d, the last archive at %d; take a full one: %w", o.Head.Height, t.last.Head.Height, ErrParted)
	}
	t.m.Base, t.m.From, t.m.Before = t.last.Base, t.last.Head.Height+1, t.last.Head.Hash
	return nil
}

// part begins the next part of a class.
func (t *taking) part(p Part, index int, to Recipients) (*partWriter, error) {
	p.Name = partName(t.m.Number, p.Class, index)
	w, err := t.folder.newPart(t.ctx, p, to, t.o.Pace)
	t.open = w
	return w, err
}

// close finishes the part that is open and lists it.
func (t *taking) close() error {
	p, err := t.open.finish()
	t.open = nil
	if err == nil {
		t.m.Parts = append(t.m.Parts, p)
	}
	return err
}

func (t *taking) abandon() error {
	if t.open == nil {
		return nil
	}
	err := t.open.abandon()
	t.open = nil
	return err
}

// errEnough ends the reading of the journal at the head of the archive.
var errEnough = errors.New("enough")

// blocks copies the blocks, and finds out whether the journal goes on from the
// archive before.
func (t *taking) blocks() error {
	head, seen := t.o.Head, journal.Position{}
	start, knot := t.m.From, uint64(0)
	if t.last != nil && t.last.Head.Height > 0 {
		knot = t.last.Head.Height
		if t.m.Kind == Incremental {
			start = knot // read the last block of the archive before once more, to compare it
		}
		t.m.Parted = head.Height < knot
	}
	if head.Height == 0 {
		return nil
	}
	index := 0
	var raw []byte
	err := t.o.Blocks.Read(start, func(b *journal.Block) error {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if b.Height > head.Height {
			return errEnough
		}
		seen = b.Position()
		if b.Height == knot && seen.Hash != t.last.Head.Hash {
			if t.m.Kind == Incremental {
				return fmt.Errorf("block %d is another than the archive's; take a full one: %w", knot, ErrParted)
			}
			t.m.Parted = true
		}
		if b.Height < t.m.From {
			return nil
		}
		if t.open == nil {
			if _, err := t.part(Part{Class: Blocks, From: b.Height}, index, t.o.Recipients); err != nil {
				return err
			}
			index++
		}
		raw = b.AppendTo(raw[:0])
		if _, err := t.open.Write(raw); err != nil {
			return fmt.Errorf("write %s: %w", t.open.part.Name, err)
		}
		t.open.part.To = b.Height
		if t.o.Progress != nil {
			t.o.Progress(b.Height-t.m.From+1, head.Height-t.m.From+1)
		}
		if t.open.part.Plain >= t.partBytes {
			return t.close()
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if seen.Height != head.Height || seen.Hash != head.Hash {
		return fmt.Errorf("the journal ends at block %d, %v, and not at %d, %v: %w", seen.Height, seen.Hash, head.Height, head.Hash, ErrParted)
	}
	if t.open != nil {
		return t.close()
	}
	return nil
}

// snapshot copies the newest snapshot into a full archive.
func (t *taking) snapshot() error {
	if t.m.Kind != Full || t.o.Snapshot == nil {
		return nil
	}
	height, _, content, err := t.o.Snapshot()
	if errors.Is(err, fs.ErrNotExist) || err == nil && (height == 0 || height > t.m.Head.Height) {
		if content != nil {
			err = content.Close()
		} else {
			err = nil
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("open the newest snapshot: %w", err)
	}
	w, err := t.part(Part{Class: Snapshot, From: height, To: height}, 0, t.o.Recipients)
	if err == nil {
		_, err = io.Copy(w, content)
	}
	if err = errors.Join(err, content.Close()); err != nil {
		return fmt.Errorf("copy snapshot %d: %w", height, err)
	}
	return t.close()
}

// files copies all files into a full archive and the new ones into an incremental
// one, and lists all there are.
func (t *taking) files() error {
	found, err := walk(t.o.Files)
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	known, err := t.known()
	if err != nil {
		return err
	}
	var out *tar.Writer
	kept := found[:0]
	for _, e := range found {
		if before, ok := known[e.Name]; ok && t.m.Kind == Incremental && before.Size == e.Size && before.Modified == e.Modified {
			kept = append(kept, before)
			continue
		}
		if out == nil {
			w, err := t.part(Part{Class: Files}, 0, t.o.Recipients)
			if err != nil {
				return err
			}
			out = tar.NewWriter(w)
		}
		there, err := t.copyFile(out, &e)
		if err != nil {
			return fmt.Errorf("copy the file %s: %w", e.Name, err)
		}
		if there {
			kept = append(kept, e)
		}
	}
	if out != nil {
		if err := out.Close(); err != nil {
			return err
		}
		if err := t.close(); err != nil {
			return err
		}
	}
	return t.inventory(kept)
}

// known is the inventory of the archive before. Should it not be there, all files
// are copied again.
func (t *taking) known() (map[string]Entry, error) {
	if t.last == nil {
		return nil, nil
	}
	all, err := t.folder.Inventory(t.ctx, t.last)
	if errors.Is(err, ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := make(map[string]Entry, len(all))
	for _, e := range all {
		known[e.Name] = e
	}
	return known, nil
}

func (t *taking) copyFile(out *tar.Writer, e *Entry) (there bool, err error) {
	file, err := t.o.Files.Open(e.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // removed since it was listed
	}
	if err != nil {
		return false, err
	}
	e.SHA256, err = tarWriter{out}.add(e.Name, e.Size, time.Unix(0, e.Modified), file)
	return true, errors.Join(err, file.Close())
}

func (t *taking) inventory(all []Entry) error {
	w, err := t.part(Part{Class: Inventory}, 0, Recipients{})
	if err != nil {
		return err
	}
	if err := writeInventory(w, all); err != nil {
		return err
	}
	t.m.Files = uint64(len(all))
	return t.close()
}

// keys copies the wrapped keys, sealed for other people than the rest.
func (t *taking) keys() error {
	if t.o.Keys == nil {
		return nil
	}
	w, err := t.part(Part{Class: Keys}, 0, t.o.KeyRecipients)
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	err = t.o.Keys(func(name string, content []byte) error {
		_, err := tarWriter{out}.add(name, int64(len(content)), t.m.Made, bytes.NewReader(content))
		return err
	})
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy the keys: %w", err)
	}
	return t.close()
}

// commit guards the parts, then writes the manifest, which makes them an archive.
func (t *taking) commit() (Archive, error) {
	a := Archive{Manifest: t.m}
	text, err := t.m.Sign(t.o.Sign)
	if err != nil {
		return a, fmt.Errorf("sign the manifest: %w", err)
	}
	if err := t.folder.FS.SyncDir(t.folder.Dir); err != nil {
		return a, err
	}
	for i := range t.m.Parts {
		if err := t.folder.guard(t.m.Parts[i].Name); err != nil {
			return a, err
		}
	}
	name := manifestName(t.m.Number)
	if err := t.folder.put(name, text); err != nil {
		return a, err
	}
	return t.folder.manifest(name, []Signer{t.m.By})
}

// Inventory reads the list of files of an archive. The error is ErrMissing when it
// was removed, or ErrTampered.
func (f *Folder) Inventory(ctx context.Context, a *Archive) ([]Entry, error) {
	p, ok := a.Part(Inventory)
	if !ok || a.gone(&p) {
		return nil, fmt.Errorf("the inventory of archive %d: %w", a.Number, ErrMissing)
	}
	if err := f.checkPart(ctx, &p, nil); err != nil {
		return nil, err
	}
	u, err := f.unpack(ctx, &p, Identities{})
	if err != nil {
		return nil, err
	}
	all, err := readInventory(u)
	if err == nil {
		err = u.prove()
	}
	if err = errors.Join(err, u.close()); err != nil {
		return nil, err
	}
	return slices.Clip(all), nil
}
