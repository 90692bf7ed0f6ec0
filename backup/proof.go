package backup

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"

	"sancun/internal/durable"
	"sancun/journal"
)

// proofFormat names the version of proofs.
const proofFormat = "sancun-backup-proof-1"

// Proof says that an archive was restored elsewhere and what came of it. Who
// proves is not who writes: the key is the prover's own.
type Proof struct {
	Format string       `json:"format"`
	Number uint64       `json:"number"`   // of the archive
	Digest journal.Hash `json:"manifest"` // of its manifest
	Prover string       `json:"prover"`   // machine or person
	Began  time.Time    `json:"began"`
	Ended  time.Time    `json:"ended"`
	Height uint64       `json:"height"`
	Hash   journal.Hash `json:"hash"`
	// Root is what the archive says, Found what the restored journal leads to.
	Root    journal.Hash `json:"root"`
	Found   journal.Hash `json:"found"`
	Records uint64       `json:"records"` // that the second opinion added up again
	Good    bool         `json:"good"`
	Failure string       `json:"failure"` // why not; empty when good
	By      Signer       `json:"signer"`
}

func (p *Proof) signer() Signer { return p.By }

func (p *Proof) check() error {
	switch {
	case p.Format != proofFormat:
		return fmt.Errorf("format %q, this program reads %s", p.Format, proofFormat)
	case p.Good != (p.Failure == "") || p.Good && (p.Root != p.Found || p.Root.IsZero()):
		return errors.New("it says that all is well, and something else")
	case p.Number == 0 || len(p.Prover) > textMax || len(p.Failure) > textMax || p.Ended.Before(p.Began):
		return errors.New("a figure is impossible")
	}
	return nil
}

// proofPrefix begins the names of proofs; what follows is the time.
const proofPrefix = "proof."

// PutProof signs a proof and puts it into the folder.
func (f *Folder) PutProof(p Proof, key ed25519.PrivateKey) error {
	p.Format, p.By = proofFormat, SignerOf(key)
	p.Began, p.Ended = p.Began.UTC().Truncate(time.Second), p.Ended.UTC().Truncate(time.Second)
	p.Failure = p.Failure[:min(len(p.Failure), textMax)]
	text, err := seal(wordProof, &p, key)
	if err != nil {
		return err
	}
	return f.put(proofPrefix+p.Ended.Format("20060102T150405Z"), text)
}

// Proofs reads the proofs in a folder, the oldest first. One that was changed, or
// signed by none of the provers, is an error.
func (f *Folder) Proofs(provers []Signer) ([]Proof, error) {
	names, err := f.list()
	if err != nil {
		return nil, err
	}
	var all []Proof
	for _, name := range names {
		if !strings.HasPrefix(name, proofPrefix) || strings.HasSuffix(name, durable.TempSuffix) {
			continue
		}
		text, err := durable.ReadFile(f.FS, f.path(name), noteBytesMax)
		if err != nil {
			return nil, err
		}
		var p Proof
		if _, err := unseal(wordProof, name, text, provers, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
