package backup

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"sancun/journal"
)

// manifestFormat names the version of manifests.
const manifestFormat = "sancun-backup-1"

// Kind says what an archive rests on.
type Kind string

// The kinds of archives.
const (
	Full        Kind = "full"        // on nothing
	Incremental Kind = "incremental" // on the archive before it
)

// Class says what a part holds, and so who may read it and how long it lives.
type Class string

// The classes of parts.
const (
	Blocks    Class = "blocks"    // of the journal: business records
	Snapshot  Class = "snapshot"  // of the state: derived, never the only copy
	Files     Class = "files"     // of counterparties and day ends: business records
	Keys      Class = "keys"      // of personal data, wrapped by the master key
	Inventory Class = "inventory" // names and hashes of all files, in clear
)

// Manifest says what an archive is. It holds no personal data and is read without
// any identity.
type Manifest struct {
	Format string `json:"format"`
	Number uint64 `json:"number"` // from 1, without gaps
	Kind   Kind   `json:"kind"`
	Centre string `json:"centre"` // that wrote it
	Cell   uint32 `json:"cell"`
	// Made is when it was begun, in seconds.
	Made time.Time `json:"made"`
	// Previous is the SHA-256 of the manifest before, zero for number 1.
	Previous journal.Hash `json:"previous"`
	// Base is the number of the full archive it rests on, its own for a full one.
	Base uint64 `json:"base"`
	// Parted says that the journal did not go on from the archive before: another
	// centre had taken over, or the journal was restored. Only a full one may.
	Parted bool `json:"parted"`
	// From is the first height, 1 for a full archive. It is behind the head when
	// nothing was written since the archive before.
	From uint64 `json:"from"`
	// Before is the hash of the block before From.
	Before journal.Hash `json:"before"`
	// Head is the last block, which was durable.
	Head Place `json:"head"`
	// Fence is the lowest epoch that might write.
	Fence uint32 `json:"fence"`
	// Root is the root of the state after the head.
	Root  journal.Hash `json:"root"`
	Files uint64       `json:"files"` // in the inventory
	Parts []Part       `json:"parts"`
	By    Signer       `json:"signer"`
}

// Place is a block of the journal.
type Place struct {
	Height uint64       `json:"height"`
	Hash   journal.Hash `json:"hash"`
	Epoch  uint32       `json:"epoch"`
	Time   int64        `json:"time_ns"` // of the block, unix nanoseconds
}

// PlaceOf is the place of a position.
func PlaceOf(p journal.Position) Place {
	return Place{Height: p.Height, Hash: p.Hash, Epoch: p.Epoch, Time: p.Time}
}

// Part is one file of an archive.
type Part struct {
	Name       string       `json:"name"`
	Class      Class        `json:"class"`
	From       uint64       `json:"from,omitempty"` // first and last height of blocks; the height of a snapshot
	To         uint64       `json:"to,omitempty"`
	Bytes      int64        `json:"bytes"`
	Plain      int64        `json:"plain_bytes"`
	SHA256     journal.Hash `json:"sha256"` // of the bytes as they lie there
	Recipients []string     `json:"recipients"`
}

func (m *Manifest) signer() Signer { return m.By }

// Sign writes the manifest with the signature of a key, whose public half stands in it.
func (m *Manifest) Sign(key ed25519.PrivateKey) ([]byte, error) { return seal(wordManifest, m, key) }

// ReadManifest reads and proves a manifest: signed by one of the signers, one
// encoding, fields that agree. The digest is what the next manifest names. The
// error is ErrTampered or ErrSigner; name says where it was found.
func ReadManifest(name string, text []byte, signers []Signer) (Manifest, journal.Hash, error) {
	var m Manifest
	if len(text) > manifestBytesMax {
		return m, journal.Hash{}, tampered(name, "%d bytes, at most %d", len(text), manifestBytesMax)
	}
	digest, err := unseal(wordManifest, name, text, signers, &m)
	return m, digest, err
}

func manifestName(number uint64) string { return fmt.Sprintf("%08d.manifest", number) }

// partName is the one name a part may have.
func partName(number uint64, class Class, index int) string {
	if class == Blocks {
		return fmt.Sprintf("%08d.blocks.%04d", number, index+1)
	}
	return fmt.Sprintf("%08d.%s", number, class)
}

// check tells whether the fields agree with each other.
func (m *Manifest) check() error {
	switch {
	case m.Format != manifestFormat:
		return fmt.Errorf("format %q, this program reads %s", m.Format, manifestFormat)
	case m.Number == 0 || m.Number > numberMax:
		return fmt.Errorf("number %d", m.Number)
	case m.Cell == 0 || m.Centre == "" || len(m.Centre) > textMax:
		return errors.New("no cell or centre")
	case !m.Made.Equal(m.Made.UTC().Truncate(time.Second)) || m.Made.Location() != time.UTC:
		return errors.New("its time is not written in whole seconds of UTC")
	case m.Previous.IsZero() != (m.Number == 1):
		return errors.New("it names no manifest before it, or one before the first")
	case m.Kind != Full && m.Kind != Incremental:
		return fmt.Errorf("kind %q", m.Kind)
	case m.Kind == Full && (m.Base != m.Number || m.From != 1 || !m.Before.IsZero()):
		return errors.New("a full archive that rests on another")
	case m.Kind == Incremental && (m.Base == 0 || m.Base >= m.Number || m.Parted || m.From < 1):
		return errors.New("an incremental archive that rests on nothing")
	case m.Head.Height+1 < m.From || m.Before.IsZero() != (m.From == 1) || m.Head.Hash.IsZero() != (m.Head.Height == 0):
		return errors.New("its heights do not fit")
	case len(m.Parts) > partsMax:
		return fmt.Errorf("%d parts, at most %d", len(m.Parts), partsMax)
	}
	return m.checkParts()
}

func (m *Manifest) checkParts() error {
	next, blocks := m.From, 0
	seen := map[Class]bool{}
	var readers, keyReaders []string
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.Class != Blocks && seen[p.Class] {
			return fmt.Errorf("two parts of %s", p.Class)
		}
		seen[p.Class] = true
		if p.Name != partName(m.Number, p.Class, blocks) {
			return fmt.Errorf("a part is named %q", p.Name)
		}
		if p.Bytes < 0 || p.Plain < 0 || len(p.Recipients) > recipientsMax || (len(p.Recipients) == 0) != (p.Class == Inventory) {
			return fmt.Errorf("part %s has impossible figures", p.Name)
		}
		switch p.Class {
		case Blocks:
			if p.From != next || p.To < p.From {
				return fmt.Errorf("part %s has blocks %d to %d, expected from %d", p.Name, p.From, p.To, next)
			}
			next, blocks = p.To+1, blocks+1
			readers = append(readers, p.Recipients...)
		case Keys:
			keyReaders = p.Recipients
		case Snapshot:
			if p.From == 0 || p.From != p.To || p.To > m.Head.Height {
				return fmt.Errorf("its snapshot of height %d is above its head", p.To)
			}
			readers = append(readers, p.Recipients...)
		case Files:
			readers = append(readers, p.Recipients...)
		case Inventory:
		default:
			return fmt.Errorf("a part of class %q", p.Class)
		}
	}
	if next != m.Head.Height+1 {
		return fmt.Errorf("its blocks end at %d, its head is %d", next-1, m.Head.Height)
	}
	for _, name := range keyReaders {
		if slices.Contains(readers, name) {
			return errors.New("its keys are sealed for who can read the rest")
		}
	}
	return nil
}

// Part returns the part of a class; for blocks the first.
func (m *Manifest) Part(class Class) (Part, bool) {
	i := slices.IndexFunc(m.Parts, func(p Part) bool { return p.Class == class })
	if i < 0 {
		return Part{}, false
	}
	return m.Parts[i], true
}

// Bytes is the length of all its parts.
func (m *Manifest) Bytes() (sum int64) {
	for i := range m.Parts {
		sum += m.Parts[i].Bytes
	}
	return sum
}

// follows tells whether an archive may stand right after another.
func (m *Manifest) follows(before *Manifest, digest journal.Hash) error {
	switch {
	case m.Number != before.Number+1:
		return fmt.Errorf("number %d after %d", m.Number, before.Number)
	case m.Previous != digest:
		return errors.New("it follows another manifest than the one before it")
	case m.Cell != before.Cell:
		return fmt.Errorf("cell %d after cell %d", m.Cell, before.Cell)
	case m.Kind == Full:
		return nil
	case m.Base != before.Base || m.From != before.Head.Height+1 || m.Before != before.Head.Hash:
		return errors.New("it does not go on where the one before it ended")
	}
	return nil
}
