package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Verify reads a bundle and returns its manifest when it is signed by the person it
// names, holds every file as packed and nothing else, and every figure follows from
// its sample. The errors are ErrBundle, ErrSigner, ErrChanged and ErrFigure.
func Verify(in io.ReaderAt, size int64, signer Signer) (*Manifest, error) {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrBundle)
	}
	if len(z.File) < 3 || len(z.File) > filesMax+2 || z.File[0].Name != manifestName || z.File[1].Name != signatureName || z.Comment != "" {
		return nil, fmt.Errorf("it does not begin with manifest and signature: %w", ErrBundle)
	}
	text, err := readPart(z.File[0], manifestMax)
	if err != nil {
		return nil, err
	}
	mark, err := readPart(z.File[1], 2*ed25519.SignatureSize+1)
	if err != nil {
		return nil, err
	}
	m, err := parse(text)
	if err != nil {
		return nil, err
	}
	if err := m.signed(text, mark, signer); err != nil {
		return nil, err
	}
	return m, m.compare(z.File[2:])
}

// parse reads a manifest. Unknown fields are refused, because nobody could say what
// they mean, and so is any other way of writing the same.
func parse(text []byte) (*Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read the manifest: %w: %w", err, ErrBundle)
	}
	again, err := json.MarshalIndent(&m, "", " ")
	if err != nil || !bytes.Equal(again, text) {
		return nil, fmt.Errorf("the manifest is not written as this program writes it: %w", ErrBundle)
	}
	return &m, m.check()
}

func (m *Manifest) signed(text, mark []byte, signer Signer) error {
	key, known := signer(m.Signer)
	raw, err := hex.DecodeString(string(bytes.TrimSuffix(mark, []byte("\n"))))
	if !known || err != nil || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(wordManifest), text...), raw) {
		return fmt.Errorf("%q: %w", m.Signer, ErrSigner)
	}
	return nil
}

// compare reads every file once, checks it, and computes the figures again.
func (m *Manifest) compare(files []*zip.File) error {
	if len(files) != len(m.Files) {
		return fmt.Errorf("%d files, the manifest lists %d: %w", len(files), len(m.Files), ErrChanged)
	}
	figures := map[string][]Figure{}
	for _, f := range m.Figures {
		figures[f.File] = append(figures[f.File], f)
	}
	for i, want := range m.Files {
		if files[i].Name != want.Name {
			return fmt.Errorf("%.80q stands where %q belongs: %w", files[i].Name, want.Name, ErrChanged)
		}
		content, err := readPart(files[i], want.Size)
		if err != nil {
			return fmt.Errorf("%w: %w", err, ErrChanged)
		}
		if int64(len(content)) != want.Size || Hash(sha256.Sum256(content)) != want.Hash {
			return fmt.Errorf("%s: %w", want.Name, ErrChanged)
		}
		for _, f := range figures[want.Name] {
			said := f.Value
			if err := f.Compute(content); err != nil {
				return err
			}
			if f.Value != said {
				return fmt.Errorf("%s is said to be %d %s, %s of %s gives %d: %w", f.Name, said, f.Unit, f.Rule, want.Name, f.Value, ErrFigure)
			}
		}
	}
	return nil
}

// readPart reads at most so many bytes of a part; one byte more is an error.
func readPart(f *zip.File, most int64) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%.80q: %w: %w", f.Name, err, ErrBundle)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	if err != nil {
		return nil, fmt.Errorf("%.80q: %w: %w", f.Name, err, ErrBundle)
	}
	return content, nil
}
