// Package evidence packs what a drill, a switch or a test suite left behind into one
// file that anybody can check years later without the system that made it: raw
// samples, logs and approvals with their hashes, the figures that reports print with the rule
// by which each follows from a sample, and the signature of who answers for it.
//
// Invariants:
//
//  1. A bundle holds what its manifest lists, byte for byte, and nothing else.
//  2. A figure is what its rule computes from its sample; a checker computes it again.
//     Whole numbers only, so that every machine gets the same.
//  3. The manifest is signed with a word of its own, so that no other signature of the
//     house can stand in its place.
//  4. The same files, figures and key give the same bytes.
//
// The package must never read a clock, take a figure on trust, or write a file that a bundle names.
// Source: B146, B204, B237 (kept for five years at least).
package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a bundle. A drill leaves some hundred files of some megabytes.
const (
	filesMax    = 10_000
	fileMax     = 256 << 20
	totalMax    = 1 << 30
	nameMax     = 200
	figuresMax  = 10_000
	manifestMax = 16 << 20
)

// Names inside a bundle.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.signature"
)

// format is the version of the manifest (docs/formats/evidence.md).
const format = 1

// wordManifest begins what is signed.
const wordManifest = "sancun evidence manifest 1\n"

// The ways a bundle can be wrong. Corruption in the sense of the house: nothing of
// such a bundle counts.
var (
	// ErrBundle reports a file that is no bundle, or one that is damaged.
	ErrBundle = errors.New("not a whole bundle of evidence")
	// ErrSigner reports a bundle that nobody known has signed.
	ErrSigner = errors.New("the bundle is not signed by the person it names, or that person is not known")
	// ErrChanged reports a file that is not the one that was packed.
	ErrChanged = errors.New("a file of the bundle was changed")
	// ErrFigure reports a figure that does not follow from its sample.
	ErrFigure = errors.New("a figure does not follow from its sample")
	// ErrInput reports something that cannot be packed.
	ErrInput = errors.New("this cannot be packed")
)

// About says what a bundle is evidence of.
type About struct {
	Subject string    `json:"subject"` // such as "drill 2023-08-26"
	Kind    string    `json:"kind"`    // drill, switch, suite
	Made    time.Time `json:"made"`    // UTC, whole seconds
	Program string    `json:"program"` // version that measured
	Machine string    `json:"machine"`
	Signer  string    `json:"signer"` // person or station
}

// File is one file of a bundle.
type File struct {
	Name string `json:"name"` // slashes, relative
	Size int64  `json:"size"`
	Hash Hash   `json:"sha256"`
}

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// MarshalText writes 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads 64 lower-case hexadecimal digits.
func (h *Hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) || hex.EncodeToString(raw) != string(text) {
		return fmt.Errorf("%q is no hash: %w", text, ErrBundle)
	}
	*h = Hash(raw)
	return nil
}

// Manifest is what is signed.
type Manifest struct {
	Format int `json:"format"`
	About
	Files   []File   `json:"files"`   // by name
	Figures []Figure `json:"figures"` // in the order they were given
}

// Signer looks up the public key of a person or station; ok is false for a stranger.
type Signer func(name string) (key ed25519.PublicKey, ok bool)

// checkName refuses names that would lead out of a folder or look alike.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > nameMax || !utf8.ValidString(name):
	case name == manifestName || name == signatureName:
	case strings.ContainsAny(name, "\\\x00") || strings.HasPrefix(name, "/") || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
	default:
		return nil
	}
	return fmt.Errorf("the file name %.80q is not allowed in a bundle: %w", name, ErrBundle)
}

// check looks at everything that the manifest alone can show.
func (m *Manifest) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf(format+": %w", append(args, ErrBundle)...)
	}
	if m.Format != format {
		return wrong("a manifest of format %d, this program reads %d", m.Format, format)
	}
	if m.Subject == "" || m.Kind == "" || m.Signer == "" || m.Made.IsZero() || !m.Made.Equal(m.Made.Truncate(time.Second)) {
		return wrong("subject, kind, signer or time is missing")
	}
	if len(m.Files) == 0 || len(m.Files) > filesMax || len(m.Figures) > figuresMax {
		return wrong("%d files and %d figures; 1 to %d and at most %d are allowed", len(m.Files), len(m.Figures), filesMax, figuresMax)
	}
	total, last, sizes := int64(0), "", map[string]bool{}
	for _, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		if f.Name <= last {
			return wrong("file %q is not in order", f.Name)
		}
		if f.Size < 0 || f.Size > fileMax {
			return wrong("file %q of %d bytes", f.Name, f.Size)
		}
		total, last, sizes[f.Name] = total+f.Size, f.Name, true
	}
	if total > totalMax {
		return wrong("%d bytes in all", total)
	}
	names := map[string]bool{}
	for i := range m.Figures {
		f := &m.Figures[i]
		if err := f.check(); err != nil {
			return err
		}
		if !sizes[f.File] || names[f.Name] {
			return wrong("figure %q names no file of the bundle, or is there twice", f.Name)
		}
		names[f.Name] = true
	}
	return nil
}
