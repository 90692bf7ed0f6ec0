package backup

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
)

// chainOf makes a journal of n small blocks. The seed goes into every record.
func chainOf(t testing.TB, n int, seed string) []journal.Block {
	t.Helper()
	var all []journal.Block
	at := journal.Position{Cell: 1}
	for h := range n {
		text := fmt.Sprintf("%s record of block %d %s", seed, h+1, strings.Repeat("x", h%37))
		record := binary.LittleEndian.AppendUint32(nil, uint32(4+len(text)))
		b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 1, Height: uint64(h + 1), Time: int64(h + 1), Previous: at.Hash}, append(record, text...))
		if err != nil {
			t.Fatal(err)
		}
		at = b.Position()
		all = append(all, b)
	}
	return all
}

// memory is a journal in memory.
type memory []journal.Block

func (m memory) Read(from uint64, fn func(*journal.Block) error) error {
	for i := max(from, 1); i <= uint64(len(m)); i++ {
		if err := fn(&m[i-1]); err != nil {
			return err
		}
	}
	return nil
}

// rootAt stands for the root of the state after a height.
func rootAt(height uint64) journal.Hash { return sha256.Sum256(fmt.Appendf(nil, "root %d", height)) }

// house is a centre that is backed up into a folder of a disk with faults.
type house struct {
	t       testing.TB
	disk    *faultfs.FS
	folder  *Folder
	blocks  memory
	files   fstest.MapFS
	keys    map[string]string
	now     time.Time
	sign    ed25519.PrivateKey
	readers Recipients
	keepers Recipients
	reader  Identities
	keeper  Identities
}

func identity(t testing.TB) (Recipients, Identities) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRecipients([]string{id.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	i, err := ParseIdentities(strings.NewReader("# of a test\n" + id.String() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r, i
}

func newHouse(t testing.TB, blocks int) *house {
	t.Helper()
	h := &house{t: t, disk: diskOf(t, nil), blocks: chainOf(t, blocks, "first"), files: fstest.MapFS{}, keys: map[string]string{}, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	h.folder = &Folder{FS: h.disk, Dir: "far"}
	var err error
	if h.sign, err = NewKey(); err != nil {
		t.Fatal(err)
	}
	h.readers, h.reader = identity(t)
	h.keepers, h.keeper = identity(t)
	h.file("bank001/20260302/B01.txt", "rows of the bank")
	h.file("day/20260302/jsmx.dbf", "rows of the clearing house")
	h.keys["0000000000000.keys"] = "wrapped keys"
	return h
}

func (h *house) file(name, text string) {
	h.files[name] = &fstest.MapFile{Data: []byte(text), ModTime: h.now}
}

func (h *house) signers() []Signer { return []Signer{SignerOf(h.sign)} }

// order is an archive of the blocks up to a height.
func (h *house) order(kind Kind, height int) Take {
	o := Take{
		Kind: kind, Centre: "north", Cell: 1, Blocks: h.blocks, Root: rootAt(uint64(height)), Fence: 1, Files: h.files,
		Keys: func(visit func(string, []byte) error) error {
			for name, text := range h.keys {
				if err := visit(name, []byte(text)); err != nil {
					return err
				}
			}
			return nil
		},
		Recipients: h.readers, KeyRecipients: h.keepers, Sign: h.sign, Now: func() time.Time { return h.now }, partBytes: 4096,
	}
	o.Head = journal.Position{Cell: 1}
	if height > 0 {
		o.Head = h.blocks[height-1].Position()
	}
	return o
}

func (h *house) take(kind Kind, height int) Archive {
	h.t.Helper()
	h.now = h.now.Add(time.Hour)
	a, err := h.folder.Take(context.Background(), h.order(kind, height))
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (h *house) chain() Chain {
	h.t.Helper()
	chain, err := h.folder.Chain(h.signers())
	if err != nil {
		h.t.Fatal(err)
	}
	return chain
}

// kept is a sink in memory.
type kept struct {
	blocks []journal.Block
	files  map[string]string
}

func (k *kept) Block(b *journal.Block) error {
	k.blocks = append(k.blocks, *b.Clone())
	return nil
}

func (k *kept) File(class Class, name string, size int64, content io.Reader) error {
	text, err := io.ReadAll(content)
	if err == nil && int64(len(text)) != size {
		err = fmt.Errorf("%s has %d bytes, %d were told", name, len(text), size)
	}
	if k.files == nil {
		k.files = map[string]string{}
	}
	k.files[string(class)+" "+name] = string(text)
	return err
}

func (k *kept) untouched() bool { return len(k.blocks) == 0 && len(k.files) == 0 }

func (h *house) restore(o Restore) (Restored, *kept, error) {
	var into kept
	o.Signers = h.signers()
	if o.Identities.Empty() {
		o.Identities = h.reader
	}
	r, err := h.folder.Restore(context.Background(), o, &into)
	return r, &into, err
}

// refused are the errors that say no.
func refused(err error) bool {
	for _, e := range []error{ErrTampered, ErrMissing, ErrSigner, ErrIdentity, ErrRolledBack} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// image copies a disk's files.
func image(t testing.TB, disk *faultfs.FS) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range disk.Names() {
		data, err := disk.Bytes(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// diskOf makes a disk with these files in the folder "far".
func diskOf(t testing.TB, files map[string][]byte) *faultfs.FS {
	t.Helper()
	disk := faultfs.New()
	if err := disk.MakeDir("far"); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		f, err := disk.Open(name, durable.Create)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(data, 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return disk
}

// same tells whether the blocks are those of a journal up to a height.
func same(got []journal.Block, want memory, height uint64) error {
	if uint64(len(got)) != height {
		return fmt.Errorf("%d blocks, want %d", len(got), height)
	}
	for i := range got {
		if got[i].Header != want[i].Header || !bytes.Equal(got[i].Body, want[i].Body) {
			return fmt.Errorf("block %d is another", i+1)
		}
	}
	return nil
}
