package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"sancun/journal"
)

// Sink takes what is restored. Nothing of it may be used before Restore has
// returned without an error.
type Sink interface {
	// Block takes the next block, from height 1 on. It is valid during the call.
	Block(b *journal.Block) error
	// File takes a file; a snapshot's name is its height in decimal.
	File(class Class, name string, size int64, content io.Reader) error
}

// Restore says what is to be restored.
type Restore struct {
	// Height is the last block to be restored; 0 is the newest there is.
	Height uint64
	// Until is the moment after which no block is restored, unix nanoseconds of the
	// blocks' own time; 0 is no bound. Height must be 0 then.
	Until int64
	// Number ends with that archive and not with the newest; 0 is the newest.
	Number uint64
	// Identities open everything but the keys.
	Identities Identities
	// KeyIdentities open the keys. Without them no keys are restored.
	KeyIdentities Identities
	Signers       []Signer
	// Known is the digest of a manifest known to exist, from another place than the
	// folder; zero knows none.
	Known journal.Hash
	// Progress is told of blocks restored; nil tells nobody.
	Progress func(done, total uint64)
}

// Restored says what was restored.
type Restored struct {
	Head     journal.Position `json:"-"`
	Height   uint64           `json:"height"`
	Hash     journal.Hash     `json:"hash"`
	Number   uint64           `json:"archive"`  // the last one used
	Digest   journal.Hash     `json:"manifest"` // its digest
	Archives []uint64         `json:"archives"` // used, in order
	// Root is what the state's root must be, as the archive says; zero when the
	// height is not the end of an archive, and then the roots in the blocks tell.
	Root     journal.Hash `json:"root"`
	Fence    uint32       `json:"fence"`
	Snapshot uint64       `json:"snapshot"` // height of the one restored, 0 for none
	Files    uint64       `json:"files"`
	// Keys is the archive that the keys came from, 0 for none. It is the newest one
	// whatever the height: a key destroyed since stays destroyed.
	Keys uint64 `json:"keys_of_archive"`
}

// Restore brings back blocks, files and keys as they were at a height. Every
// manifest is proven and every byte that will be used is compared first; then the
// parts are opened, hashed once more while they are read, and handed to the sink.
// Errors are ErrTampered, ErrMissing, ErrSigner, ErrIdentity, ErrRolledBack,
// ErrHeight and the sink's.
func (f *Folder) Restore(ctx context.Context, o Restore, into Sink) (Restored, error) {
	chain, err := f.Chain(o.Signers)
	if err != nil {
		return Restored{}, err
	}
	if !o.Known.IsZero() && !chain.Holds(o.Known) {
		return Restored{}, fmt.Errorf("a manifest with digest %v: %w", o.Known, ErrRolledBack)
	}
	if o.Until != 0 {
		if o.Height, o.Number, err = chain.reaches(o.Until, o.Height, o.Number); err != nil {
			return Restored{}, err
		}
	}
	p, err := chain.plan(o.Height, o.Number)
	if err != nil {
		return Restored{}, err
	}
	r := restoring{folder: f, ctx: ctx, o: &o, into: into, plan: p, at: journal.Position{Cell: p.archives[0].Cell}}
	if err := r.check(); err != nil {
		return Restored{}, err
	}
	return r.run()
}

// plan is what a restore uses.
type plan struct {
	height   uint64
	archives []*Archive // a full one and the incremental ones behind it
	keys     *Archive   // the newest with keys, nil without
}

// plan chooses the newest full archive from which the height can be reached.
func (c Chain) plan(height, number uint64) (p plan, err error) {
	if number > uint64(len(c)) || len(c) == 0 {
		return p, fmt.Errorf("archive %d of %d: %w", number, len(c), ErrMissing)
	}
	for i := range c {
		if part, ok := c[i].Part(Keys); ok && !c[i].gone(&part) {
			p.keys = &c[i]
		}
	}
	if number == 0 {
		number = uint64(len(c))
	}
	c = c[:number]
	p.height = height
	if height == 0 {
		p.height = c.Last().Head.Height
	}
	for base := c.Last().Base; base > 0; base = c[base-2].Base {
		family := c.family(base)
		for n := range family {
			if family[n].Head.Height >= p.height {
				p.archives = family[:n+1]
				break
			}
		}
		if p.archives != nil || base == 1 || c[base-1].Parted { // what is before it is another history
			break
		}
	}
	if p.archives == nil {
		return p, fmt.Errorf("height %d: %w", p.height, ErrHeight)
	}
	return p, nil
}

// reaches finds the first archive of the newest history whose blocks go on to a
// moment, and its height. The newest archive serves for any later moment.
func (c Chain) reaches(until int64, height, number uint64) (uint64, uint64, error) {
	if height != 0 || number > uint64(len(c)) || len(c) == 0 {
		return 0, 0, fmt.Errorf("give a height or a moment, and an archive that is there: %w", ErrHeight)
	}
	if number == 0 {
		number = uint64(len(c))
	}
	for number > 1 && !c[number-1].Parted && c[number-2].Head.Time >= until && c[number-2].Head.Height > 0 {
		number--
	}
	return c[number-1].Head.Height, number, nil
}

// family is a full archive with the incremental ones that rest on it.
func (c Chain) family(base uint64) (all []*Archive) {
	for i := base - 1; i < uint64(len(c)) && c[i].Base == base; i++ {
		all = append(all, &c[i])
	}
	return all
}

type restoring struct {
	folder *Folder
	ctx    context.Context
	o      *Restore
	into   Sink
	plan   plan
	at     journal.Position // last block handed over
	done   Restored
}

// uses tells whether a part of an archive is needed.
func (r *restoring) uses(p *Part) bool {
	switch p.Class {
	case Blocks:
		return p.From <= r.plan.height
	case Snapshot:
		return p.To <= r.plan.height && r.o.Until == 0 // which height a moment has is not known yet
	case Files:
		return true
	}
	return false
}

// check compares every byte that will be used with its manifest.
func (r *restoring) check() error {
	for _, a := range r.plan.archives {
		for i := range a.Parts {
			p := &a.Parts[i]
			if !r.uses(p) {
				continue
			}
			if a.gone(p) {
				return fmt.Errorf("%s was removed by the rule of %s: %w", p.Name, a.Pruned[0].Rule, ErrMissing)
			}
			if err := r.folder.checkPart(r.ctx, p, nil); err != nil {
				return err
			}
		}
	}
	if p, ok := r.keysPart(); ok {
		return r.folder.checkPart(r.ctx, &p, nil)
	}
	return nil
}

func (r *restoring) keysPart() (Part, bool) {
	if r.plan.keys == nil || r.o.KeyIdentities.Empty() {
		return Part{}, false
	}
	return r.plan.keys.Part(Keys)
}

func (r *restoring) run() (Restored, error) {
	for _, a := range r.plan.archives {
		for i := range a.Parts {
			p := &a.Parts[i]
			if !r.uses(p) {
				continue
			}
			if err := r.part(a, p, r.o.Identities); err != nil {
				return Restored{}, err
			}
		}
		if r.at.Height == a.Head.Height && r.at.Hash != a.Head.Hash {
			return Restored{}, tampered(manifestName(a.Number), "its blocks end with another hash than it says")
		}
		r.done.Archives = append(r.done.Archives, a.Number)
		r.done.Number, r.done.Digest, r.done.Fence = a.Number, a.Digest, a.Fence
		if a.Head.Height == r.plan.height {
			r.done.Root = a.Root
		}
	}
	if p, ok := r.keysPart(); ok {
		if err := r.part(r.plan.keys, &p, r.o.KeyIdentities); err != nil {
			return Restored{}, err
		}
		r.done.Keys = r.plan.keys.Number
	}
	if r.at.Height != r.plan.height {
		return Restored{}, tampered(manifestName(r.done.Number), "its blocks end at %d, not at %d", r.at.Height, r.plan.height)
	}
	r.done.Head, r.done.Height, r.done.Hash = r.at, r.at.Height, r.at.Hash
	return r.done, nil
}

// part opens one part and hands over what it holds.
func (r *restoring) part(a *Archive, p *Part, with Identities) error {
	u, err := r.folder.unpack(r.ctx, p, with)
	if err != nil {
		return err
	}
	switch p.Class {
	case Blocks:
		err = r.blocks(p, u)
	case Snapshot:
		err = r.into.File(Snapshot, fmt.Sprint(p.To), p.Plain, u)
		r.done.Snapshot = p.To
	default:
		err = eachFile(u, func(name string, size int64, content io.Reader) error {
			if p.Class == Files {
				r.done.Files++
			}
			return r.into.File(p.Class, name, size, content)
		})
	}
	if err == nil {
		if _, err = io.Copy(io.Discard, u); err == nil { // what stands behind the last one
			err = u.prove()
		}
	}
	if err != nil {
		err = fmt.Errorf("archive %d, %s: %w", a.Number, p.Name, err)
	}
	return errors.Join(err, u.close())
}

// blocks hands the blocks of a part over, up to the height.
func (r *restoring) blocks(p *Part, in io.Reader) error {
	buffered := bufio.NewReaderSize(in, copyBytes)
	var raw []byte
	for height := p.From; height <= p.To; height++ {
		b, grown, err := nextBlock(buffered, raw)
		raw = grown
		if err == nil {
			err = b.Check()
		}
		if err == nil {
			err = b.Follows(r.at)
		}
		if err != nil {
			return tampered(p.Name, "block %d: %v", height, err)
		}
		if r.o.Until != 0 && b.Time > r.o.Until {
			r.plan.height = r.at.Height
			_, err := io.Copy(io.Discard, buffered)
			return err
		}
		r.at = b.Position()
		if err := r.into.Block(&b); err != nil {
			return err
		}
		if r.o.Progress != nil {
			r.o.Progress(height, r.plan.height)
		}
		if height == r.plan.height {
			_, err := io.Copy(io.Discard, buffered)
			return err
		}
	}
	if _, err := buffered.ReadByte(); !errors.Is(err, io.EOF) {
		return tampered(p.Name, "something stands behind its last block")
	}
	return nil
}

// nextBlock reads one encoded block into raw, which may be given back longer.
func nextBlock(in io.Reader, raw []byte) (journal.Block, []byte, error) {
	raw = slices.Grow(raw[:0], journal.HeaderBytes)[:journal.HeaderBytes]
	if _, err := io.ReadFull(in, raw); err != nil {
		return journal.Block{}, raw, err
	}
	h, err := journal.DecodeHeader(raw)
	if err != nil {
		return journal.Block{}, raw, err
	}
	size := (&journal.Block{Header: h, Body: nil}).Size() + int(h.BodyBytes)
	raw = slices.Grow(raw, size-len(raw))[:size]
	if _, err := io.ReadFull(in, raw[journal.HeaderBytes:]); err != nil {
		return journal.Block{}, raw, err
	}
	b, _, err := journal.Decode(raw)
	return b, raw, err
}
