package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"

	"sancun/journal"
	"sancun/record"
)

// proofBytesMax bounds the file of a proof: the headers of some nine hundred
// thousand blocks, thirty of the busiest days.
const proofBytesMax = 256 << 20

// ErrProof reports a file that is no inclusion proof.
var ErrProof = errors.New("not an inclusion proof of this format")

// proofFile is the file as docs/formats/journal.md draws it. It is written down
// here a second time so that one mistake cannot hide another.
type proofFile struct {
	Format      string   `json:"format"`
	Cell        uint32   `json:"cell"`
	Height      uint64   `json:"height"`
	Time        int64    `json:"time"`
	Index       uint32   `json:"index"`
	Count       uint32   `json:"count"`
	Hash        string   `json:"hash"`
	Record      string   `json:"record"`
	Leaf        string   `json:"leaf"`
	Path        []string `json:"path"`
	RecordsRoot string   `json:"records_root"`
	Header      string   `json:"header"`
	BlockHash   string   `json:"block_hash"`
	Chain       []string `json:"chain"`
	Head        struct {
		Height uint64 `json:"height"`
		Hash   string `json:"hash"`
	} `json:"head"`
}

// ProofVerdict is what the check of an inclusion proof found.
type ProofVerdict struct {
	Height  uint64 `json:"height"`
	Index   uint32 `json:"index"`
	Time    int64  `json:"time"` // of the block, unix nanoseconds
	Command string `json:"command"`
	Outcome string `json:"outcome"`
	Ref     uint64 `json:"ref"`
	Leaf    string `json:"leaf"`
	Block   string `json:"block_hash"`
	Head    uint64 `json:"head_height"`
	Hash    string `json:"head_hash"` // the one that somebody else must know
	Laws    []Law  `json:"laws"`
}

// OK says whether every check held.
func (v *ProofVerdict) OK() bool {
	for _, l := range v.Laws {
		if l.Broken != "" {
			return false
		}
	}
	return len(v.Laws) > 0
}

// Proof checks an inclusion proof with code of its own: the record's hash, its path
// to the records root of its block, the block's hash, and the chain of headers to
// the head. The error is the reader's or ErrProof; what does not hold is in the
// verdict.
func Proof(src io.Reader) (*ProofVerdict, error) {
	var f proofFile
	in := json.NewDecoder(io.LimitReader(src, proofBytesMax))
	in.DisallowUnknownFields()
	if err := in.Decode(&f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the proof", ErrProof)
	}
	if f.Format != "sancun-inclusion-1" {
		return nil, fmt.Errorf("%w: format %q", ErrProof, f.Format)
	}
	raw, err := hex.DecodeString(f.Record)
	if err != nil {
		return nil, fmt.Errorf("%w: record: %w", ErrProof, err)
	}
	view, err := record.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: record: %w", ErrProof, err)
	}
	v := &ProofVerdict{
		Height: f.Height, Index: f.Index, Time: f.Time, Outcome: view.Code.String(), Ref: view.Ref, Leaf: f.Leaf, Block: f.BlockHash,
		Head: f.Head.Height, Hash: f.Head.Hash, Command: fmt.Sprintf("kind %d", view.Kind),
	}
	if cmd, err := view.Cmd(); err == nil {
		v.Command = fmt.Sprintf("%T", cmd)[len("*record."):]
	}
	header, err := headerOf(f.Header)
	if err != nil {
		return nil, err
	}
	v.checkRecord(&f, raw, header)
	return v, v.checkChain(&f, header)
}

// law adds a check and where it broke.
func (v *ProofVerdict) law(name string, holds bool, format string, args ...any) {
	l := Law{Name: name, Checked: 1}
	if !holds {
		l.Broken = fmt.Sprintf(format, args...)
	}
	v.Laws = append(v.Laws, l)
}

// checkRecord leads from the record to the hash of its block.
func (v *ProofVerdict) checkRecord(f *proofFile, raw, header []byte) {
	sum, le := sumOf(header), binary.LittleEndian
	leaf := sum(append([]byte{0}, raw...))
	v.law("the record hashes to its leaf", hex.EncodeToString(leaf[:]) == f.Leaf, "the record hashes to %x", leaf)
	count, stated := le.Uint32(header[128:]), hex.EncodeToString(header[64:96])
	v.law("the proof names its block as the block's header does",
		le.Uint64(header[16:]) == f.Height && le.Uint32(header[8:]) == f.Cell && int64(le.Uint64(header[24:])) == f.Time && count == f.Count &&
			stated == f.RecordsRoot && f.Hash == [...]string{1: "sha256", 2: "sm3"}[header[6]],
		"the header is of cell %d, height %d with %d records", le.Uint32(header[8:]), le.Uint64(header[16:]), count)
	root, ok := lead(sum, leaf, uint64(f.Index), uint64(count), f.Path)
	v.law("the path leads from the leaf to the block's records root", ok && hex.EncodeToString(root[:]) == stated,
		"it leads to %x, the header says %s", root, stated)
	block := sum(header)
	v.law("the header hashes to the block's hash", hex.EncodeToString(block[:]) == f.BlockHash, "it hashes to %x", block)
}

// checkChain leads from the block to the head.
func (v *ProofVerdict) checkChain(f *proofFile, header []byte) error {
	const name = "every header up to the head follows the one before"
	le := binary.LittleEndian
	broken := ""
	last := header
	for i, text := range f.Chain {
		next, err := headerOf(text)
		if err != nil {
			return fmt.Errorf("header %d of the chain: %w", i+1, err)
		}
		hash := sumOf(last)(last)
		if broken == "" && (hash != [32]byte(next[32:64]) || le.Uint64(next[16:]) != le.Uint64(last[16:])+1 || le.Uint32(next[8:]) != le.Uint32(last[8:])) {
			broken = fmt.Sprintf("height %d does not follow height %d", le.Uint64(next[16:]), le.Uint64(last[16:]))
		}
		last = next
	}
	v.Laws = append(v.Laws, Law{Name: name, Checked: uint64(len(f.Chain)), Broken: broken})
	head := sumOf(last)(last)
	v.law("the chain ends at the head that the proof names", hex.EncodeToString(head[:]) == f.Head.Hash && le.Uint64(last[16:]) == f.Head.Height,
		"it ends at height %d with %x", le.Uint64(last[16:]), head)
	return nil
}

// Known compares the head of the proof with a block hash known from elsewhere: from
// a report, the bank or the other centre.
func (v *ProofVerdict) Known(hash string) {
	v.law("the head is the block that is known from elsewhere", v.Hash == hash, "known is %s", hash)
}

// Against compares the proof with a journal: both its block and its head must stand
// there. The error is the source's own failure.
func (v *ProofVerdict) Against(source Source) error {
	found := map[uint64]string{}
	err := source.Read(v.Height, func(b *journal.Block) error {
		if b.Height == v.Height || b.Height == v.Head {
			hash := headerHash(sumKind(b.Kind), b)
			found[b.Height] = hex.EncodeToString(hash[:])
		}
		if b.Height >= v.Head {
			return errBroken
		}
		return nil
	})
	if err != nil && !errors.Is(err, errBroken) {
		return err
	}
	v.law("the block stands in this journal", found[v.Height] == v.Block, "the journal has %q at height %d", found[v.Height], v.Height)
	v.law("the head stands in this journal", found[v.Head] == v.Hash, "the journal has %q at height %d", found[v.Head], v.Head)
	return nil
}

// headerOf reads the 136 bytes of a header and looks at what it must begin with.
func headerOf(text string) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 136 || string(raw[:4]) != "SCB1" || raw[6] != 1 && raw[6] != 2 {
		return nil, fmt.Errorf("%w: a header of %d digits that is none", ErrProof, len(text))
	}
	return raw, nil
}

func sumOf(header []byte) func([]byte) [32]byte { return sumKind(journal.HashKind(header[6])) }

func sumKind(kind journal.HashKind) func([]byte) [32]byte {
	if kind == journal.SM3 {
		return sm3.Sum
	}
	return sha256.Sum256
}

// lead follows a path from the top down, as the tree of RFC 6962 is defined: the
// last hash is the sibling of the whole subtree that the leaf is in.
func lead(sum func([]byte) [32]byte, leaf [32]byte, index, count uint64, path []string) (root [32]byte, ok bool) {
	if index >= count {
		return root, false
	}
	if count == 1 {
		return leaf, len(path) == 0
	}
	if len(path) == 0 {
		return root, false
	}
	sibling, err := hex.DecodeString(path[len(path)-1])
	if err != nil || len(sibling) != 32 {
		return root, false
	}
	split, rest := uint64(1), path[:len(path)-1]
	for split*2 < count {
		split *= 2
	}
	if index < split {
		left, ok := lead(sum, leaf, index, split, rest)
		return sum(append(append([]byte{1}, left[:]...), sibling...)), ok
	}
	right, ok := lead(sum, leaf, index-split, count-split, rest)
	return sum(append(append([]byte{1}, sibling...), right[:]...)), ok
}
