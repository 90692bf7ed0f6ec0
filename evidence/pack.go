package evidence

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// Pack writes a bundle of every file of a folder to w. The value of each figure is
// computed here from its sample. It returns ErrInput for what a bundle cannot hold
// and ErrFigure for a figure without a basis.
func Pack(w io.Writer, folder fs.FS, about About, figures []Figure, key ed25519.PrivateKey) (*Manifest, error) {
	m := &Manifest{Format: format, About: about, Figures: slices.Clone(figures)}
	m.Made = m.Made.UTC()
	if err := m.list(folder); err != nil {
		return nil, err
	}
	for i := range m.Figures {
		sample, err := fs.ReadFile(folder, m.Figures[i].File)
		if err != nil {
			return nil, fmt.Errorf("figure %q: %w: %w", m.Figures[i].Name, err, ErrFigure)
		}
		if err := m.Figures[i].Compute(sample); err != nil {
			return nil, err
		}
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	mark := ed25519.Sign(key, append([]byte(wordManifest), text...))
	out := zip.NewWriter(w)
	for _, part := range []struct {
		name string
		text []byte
	}{{manifestName, text}, {signatureName, []byte(hex.EncodeToString(mark) + "\n")}} {
		if err := add(out, part.name, bytes.NewReader(part.text)); err != nil {
			return nil, err
		}
	}
	for _, f := range m.Files {
		if err := m.copy(out, folder, f); err != nil {
			return nil, err
		}
	}
	return m, out.Close()
}

// list fills in the files with their hashes, in order.
func (m *Manifest) list(folder fs.FS) error {
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is no regular file: %w", name, ErrInput)
		}
		if len(m.Files) == filesMax {
			return fmt.Errorf("more than %d files: %w", filesMax, ErrInput)
		}
		f, err := folder.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		size, err := io.Copy(sum, io.LimitReader(f, fileMax+1))
		if err == nil && size > fileMax {
			err = fmt.Errorf("%s has more than %d bytes: %w", name, fileMax, ErrInput)
		}
		m.Files = append(m.Files, File{Name: name, Size: size, Hash: Hash(sum.Sum(nil))})
		return err
	})
	slices.SortFunc(m.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return err
}

// copy adds a file, which must still be what was hashed.
func (m *Manifest) copy(out *zip.Writer, folder fs.FS, f File) error {
	in, err := folder.Open(f.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	if err := add(out, f.Name, io.TeeReader(io.LimitReader(in, f.Size+1), sum)); err != nil {
		return err
	}
	if Hash(sum.Sum(nil)) != f.Hash {
		return fmt.Errorf("%s changed while it was packed: %w", f.Name, ErrInput)
	}
	return nil
}

// add writes one part without a time, so that the same content gives the same bytes.
func add(out *zip.Writer, name string, in io.Reader) error {
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}
