package clearing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"sancun/internal/durable"
)

// Hash is the SHA-256 of a file, or of the list of a set's files.
type Hash [sha256.Size]byte

// String prints the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

func parseHash(text string) (Hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size || strings.ToLower(text) != text {
		return Hash{}, fmt.Errorf("hash %q: %w", text, ErrArchive)
	}
	return Hash(raw), nil
}

// archive keeps contents under their hash. A content once there is never
// written again.
type archive struct {
	fsys durable.FS
	dir  string
}

func openArchive(fsys durable.FS, dir string) (*archive, error) {
	a := &archive{fsys, path.Join(dir, "blobs")}
	return a, fsys.MakeDir(a.dir)
}

func (a *archive) path(h Hash) string { return path.Join(a.dir, h.String()) }

// keep copies a file into the archive and returns its hash and length. The label
// names the copy while it grows, so two copies must not share one.
func (a *archive) keep(r io.Reader, label string) (Hash, int64, error) {
	temp := path.Join(a.dir, label+durable.TempSuffix)
	if err := a.fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Hash{}, 0, err
	}
	f, err := a.fsys.Open(temp, durable.Create)
	if err != nil {
		return Hash{}, 0, err
	}
	sum, size, err := a.copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return Hash{}, 0, errors.Join(err, a.fsys.Remove(temp))
	}
	known, err := a.has(sum, size)
	switch {
	case err != nil:
		return Hash{}, 0, errors.Join(err, a.fsys.Remove(temp))
	case known:
		return sum, size, a.fsys.Remove(temp)
	}
	if err := a.fsys.Rename(temp, a.path(sum)); err != nil {
		return Hash{}, 0, err
	}
	return sum, size, a.fsys.SyncDir(a.dir)
}

func (a *archive) copy(f durable.File, r io.Reader) (Hash, int64, error) {
	digest, piece, size := sha256.New(), make([]byte, copyBytes), int64(0)
	for {
		n, err := io.ReadFull(r, piece)
		if size+int64(n) > fileBytesMax {
			return Hash{}, 0, fmt.Errorf("file over %d bytes: %w", int64(fileBytesMax), ErrUnknown)
		}
		digest.Write(piece[:n])
		if n > 0 {
			if _, err := f.WriteAt(piece[:n], size); err != nil {
				return Hash{}, 0, err
			}
		}
		size += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Hash(digest.Sum(nil)), size, nil
		}
		if err != nil {
			return Hash{}, 0, err
		}
	}
}

// has says whether a content is there. One of another length is a damaged
// archive, not a reason to write over it.
func (a *archive) has(h Hash, size int64) (bool, error) {
	f, err := a.fsys.Open(a.path(h), durable.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	there, err := f.Size()
	if err == nil && there != size {
		err = fmt.Errorf("%s has %d bytes of %d: %w", h, there, size, ErrArchive)
	}
	return err == nil, errors.Join(err, f.Close())
}

// open reads a content. Its reader fails at the end when the bytes are no longer
// those of the hash.
func (a *archive) open(h Hash) (*blob, error) {
	f, err := a.fsys.Open(a.path(h), durable.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("content %s: %w", h, err)
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &blob{file: f, left: io.NewSectionReader(f, 0, size), digest: sha256.New(), want: h}, nil
}

// blob reads an archived file and proves its hash on the way.
type blob struct {
	file   durable.File
	left   *io.SectionReader
	digest hash.Hash
	want   Hash
}

// Read reads on; at the end it returns ErrArchive instead of io.EOF when the
// bytes have changed since they were archived.
func (b *blob) Read(p []byte) (int, error) {
	n, err := b.left.Read(p)
	b.digest.Write(p[:n])
	if errors.Is(err, io.EOF) && Hash(b.digest.Sum(nil)) != b.want {
		return n, fmt.Errorf("content %s has changed: %w", b.want, ErrArchive)
	}
	return n, err
}

// Close releases the file.
func (b *blob) Close() error { return b.file.Close() }
