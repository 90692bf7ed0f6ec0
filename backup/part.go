package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"sancun/internal/durable"
	"sancun/journal"
)

// Pace holds the writing of archives back, so that disk and line stay free for
// business. A nil Pace does not wait.
type Pace struct {
	BytesPerSecond int64 // 0 for no bound
	Sleep          func(ctx context.Context, d time.Duration) error

	owed time.Duration
}

// paceLeast is the shortest pause worth taking.
const paceLeast = 20 * time.Millisecond

// wait pauses for what was written. The error is the context's.
func (p *Pace) wait(ctx context.Context, bytes int) error {
	if err := ctx.Err(); err != nil || p == nil || p.BytesPerSecond <= 0 {
		return err
	}
	p.owed += time.Duration(int64(bytes) * int64(time.Second) / p.BytesPerSecond)
	if p.owed < paceLeast {
		return nil
	}
	owed := p.owed
	p.owed = 0
	return p.Sleep(ctx, owed)
}

// sink writes a new file from its beginning, at a pace, and hashes it.
type sink struct {
	ctx  context.Context
	file durable.File
	at   int64
	sum  hash.Hash
	pace *Pace
}

// Write appends.
func (s *sink) Write(data []byte) (int, error) {
	if err := s.pace.wait(s.ctx, len(data)); err != nil {
		return 0, err
	}
	n, err := s.file.WriteAt(data, s.at)
	s.at += int64(n)
	s.sum.Write(data[:n])
	return n, err
}

// partWriter makes one part of an archive: what is written to it is compressed,
// sealed and put beside its name, which it gets when it is durable.
type partWriter struct {
	folder *Folder
	part   Part
	sink   *sink
	seal   io.WriteCloser // nil for a part in clear
	pack   *zstd.Encoder
}

// newPart begins a part. Without recipients it is in clear.
func (f *Folder) newPart(ctx context.Context, p Part, to Recipients, pace *Pace) (*partWriter, error) {
	if err := f.free(p.Name); err != nil {
		return nil, err
	}
	temp := f.path(p.Name) + durable.TempSuffix
	if err := f.FS.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := f.FS.Open(temp, durable.Create)
	if err != nil {
		return nil, err
	}
	p.Recipients = append([]string{}, to.names...)
	w := &partWriter{folder: f, part: p, sink: &sink{ctx: ctx, file: file, sum: sha256.New(), pace: pace}}
	var below io.Writer = w.sink
	if len(to.keys) > 0 {
		if w.seal, err = age.Encrypt(w.sink, to.keys...); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		below = w.seal
	}
	if w.pack, err = zstd.NewWriter(below, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// Write adds plain text.
func (w *partWriter) Write(data []byte) (int, error) {
	n, err := w.pack.Write(data)
	w.part.Plain += int64(n)
	return n, err
}

// finish makes the part durable and gives it its name.
func (w *partWriter) finish() (Part, error) {
	err := w.pack.Close()
	if err == nil && w.seal != nil {
		err = w.seal.Close()
	}
	if err == nil {
		err = w.sink.file.Sync()
	}
	err = errors.Join(err, w.sink.file.Close())
	if err == nil {
		name := w.folder.path(w.part.Name)
		err = w.folder.FS.Rename(name+durable.TempSuffix, name)
	}
	if err != nil {
		return Part{}, fmt.Errorf("write %s: %w", w.part.Name, err)
	}
	w.part.Bytes, w.part.SHA256 = w.sink.at, journal.Hash(w.sink.sum.Sum(nil))
	return w.part, nil
}

// abandon closes what will not be finished; the next run removes it.
func (w *partWriter) abandon() error { return w.sink.file.Close() }

// unpacked reads the plain text of a part that has been checked, and proves at its
// end that the bytes were still the same. The caller closes it.
type unpacked struct {
	raw   *reading
	plain *zstd.Decoder
	left  int64
}

// unpack opens a part for its plain text.
func (f *Folder) unpack(ctx context.Context, p *Part, with Identities) (*unpacked, error) {
	raw, err := f.open(ctx, p)
	if err != nil {
		return nil, err
	}
	var in io.Reader = raw
	if len(p.Recipients) > 0 {
		if in, err = with.open(p.Name, raw); err != nil {
			return nil, errors.Join(err, raw.file.Close())
		}
	}
	plain, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytesMax))
	if err != nil {
		return nil, errors.Join(tampered(p.Name, "it cannot be unpacked: %v", err), raw.file.Close())
	}
	return &unpacked{raw: raw, plain: plain, left: p.Plain}, nil
}

// Read gives plain text and never more than the manifest says there is.
func (u *unpacked) Read(into []byte) (int, error) {
	if int64(len(into)) > u.left+1 {
		into = into[:u.left+1]
	}
	n, err := u.plain.Read(into)
	u.left -= int64(n)
	if u.left < 0 {
		return n, tampered(u.raw.part.Name, "it is longer than its manifest says")
	}
	if err != nil && err != io.EOF {
		if u.raw.ctx.Err() != nil {
			return n, u.raw.ctx.Err()
		}
		err = tampered(u.raw.part.Name, "it cannot be unpacked: %v", err)
	}
	return n, err
}

// prove tells whether everything was read and the bytes were those of the manifest.
func (u *unpacked) prove() error {
	if u.left != 0 {
		return tampered(u.raw.part.Name, "it is %d bytes shorter than its manifest says", u.left)
	}
	return u.raw.prove()
}

func (u *unpacked) close() error {
	u.plain.Close()
	return u.raw.file.Close()
}
