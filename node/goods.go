package node

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sancun/custody"
	"sancun/internal/durable"
)

// goods are the files and keys that belong to the state and lie beside the journal.
// A centre fetches what it lacks from the other one, by content: a file is taken
// only when it hashes to what the journal says.
type goods struct {
	core   *Core
	dir    string // the centre's
	caller *peerCaller
	log    *slog.Logger

	looking sync.Mutex // one look at a time
	mu      sync.Mutex
	proved  map[string][32]byte // files whose content was read here and is what the journal says
	reached uint64              // newest height of the manifest that was looked at
	wanted  map[string]custody.KeptFile
	status  GoodsStatus
}

// GoodsStatus is how far files and keys are.
type GoodsStatus struct {
	Files    int    `json:"files"`         // of the manifest that are here, proved
	Missing  int    `json:"files_missing"` // that are not
	Bytes    uint64 `json:"bytes_missing"`
	FilesAt  uint64 `json:"files_at"`          // height up to which every file is here
	Keys     int    `json:"keys_taken"`        // taken over since the start
	Erased   int    `json:"keys_destroyed"`    // tombstones taken over since the start
	KeysAt   uint64 `json:"keys_at"`           // height up to which every key is here
	Complete uint64 `json:"complete"`          // height up to which blocks, files and keys are here
	Failure  string `json:"failure,omitempty"` // why the last fetching failed
	Failed   string `json:"failing,omitempty"` // the file it failed on
}

const (
	// partFolder holds what has come of files, so that a broken line goes on where it
	// broke; asideFolder holds what lay in the place of a file and was another.
	partFolder  = "files.part"
	asideFolder = "files.aside"
	// goodsBeat is how often is looked for what is missing.
	goodsBeat = 500 * time.Millisecond
	// fetchBuffer is how much of a file is on its way into memory.
	fetchBuffer = 256 << 10
)

func newGoods(core *Core, dir string, caller *peerCaller, log *slog.Logger) *goods {
	return &goods{core: core, dir: dir, caller: caller, log: log, proved: map[string][32]byte{}, wanted: map[string]custody.KeptFile{}}
}

// Status is a picture of the goods. Complete is the least of what blocks, files and
// keys have reached.
func (g *goods) Status() GoodsStatus {
	applied := g.core.Applied().Height
	if g.core.Writing() {
		head, _ := g.core.Head()
		applied = head.Height
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.status
	s.Files, s.Missing = len(g.proved), len(g.wanted)
	for _, f := range g.wanted {
		s.Bytes += f.Bytes
	}
	if g.core.Writing() {
		s.KeysAt = applied // it draws them itself
	}
	s.Complete = min(applied, s.FilesAt, s.KeysAt)
	return s
}

// run looks for missing files until ctx ends, and fetches them.
func (g *goods) run(ctx context.Context) error {
	for {
		if err := g.look(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if err := g.fetchAll(ctx); err != nil && ctx.Err() == nil {
			g.fail("", err)
		}
		if pause(ctx, goodsBeat) != nil {
			return nil
		}
	}
}

func (g *goods) fail(name string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status.Failed, g.status.Failure = name, errText(err)
}

// look compares the manifest with what lies here. What was proved once in this
// process is not read again; the scrub does that.
func (g *goods) look(ctx context.Context) error {
	g.looking.Lock()
	defer g.looking.Unlock()
	var fresh []custody.KeptFile
	var at uint64
	if err := g.core.Look(ctx, func(m *custody.Machine) {
		at = g.height()
		if m.FilesHeight() > g.reached {
			for _, f := range m.KeptFiles() {
				if f.Height > g.reached {
					fresh = append(fresh, f)
				}
			}
		}
	}); err != nil {
		return err
	}
	for i := range fresh {
		f := &fresh[i]
		here, err := g.here(f)
		if err != nil {
			return err
		}
		g.note(f, here)
		g.reached = max(g.reached, f.Height)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.wanted) == 0 {
		g.status.FilesAt, g.status.Failed, g.status.Failure = at, "", ""
	}
	return nil
}

// errIncomplete refuses a planned takeover by a centre that lacks files.
var errIncomplete = errors.New("files that belong to the journal are not here yet: wait until they are, or order the takeover without marking it as planned")

// ready says whether this centre has what it takes to take over. When the other one
// is lost it takes over with what it has, and goes on asking for the rest.
func (g *goods) ready(ctx context.Context, planned bool) error {
	if !planned {
		return nil
	}
	if err := g.look(ctx); err != nil {
		return err
	}
	if s := g.Status(); s.Missing > 0 {
		return fmt.Errorf("%w: %d files, %d bytes", errIncomplete, s.Missing, s.Bytes)
	}
	return nil
}

// height is how far the machine is that a look sees.
func (g *goods) height() uint64 {
	if g.core.Writing() {
		head, _ := g.core.Head()
		return head.Height
	}
	return g.core.state.Applied.Height // the look holds its lock
}

func (g *goods) note(f *custody.KeptFile, here bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if here {
		g.proved[f.Path()] = f.SHA256
		delete(g.wanted, f.Path())
		return
	}
	delete(g.proved, f.Path())
	g.wanted[f.Path()] = *f
}

func (g *goods) place(name string) string {
	return filepath.Join(g.dir, filesFolder, filepath.FromSlash(name))
}

// here says whether a file lies here with its content. A file that has grown since,
// as a log does, holds it when it begins with it.
func (g *goods) here(f *custody.KeptFile) (bool, error) {
	sum, err := hashFirst(g.place(f.Path()), f.Bytes)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return sum == f.SHA256, err
}

// hashFirst hashes the first bytes of a file.
func hashFirst(path string, bytes uint64) (sum [32]byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	if _, err := io.CopyN(hash, bufio.NewReaderSize(file, fetchBuffer), int64(bytes)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return sum, err
	}
	return [32]byte(hash.Sum(nil)), nil
}

// fetchAll fetches what is missing, the smallest height first. One file that cannot
// be had does not hold up the others.
func (g *goods) fetchAll(ctx context.Context) error {
	g.mu.Lock()
	missing := make([]custody.KeptFile, 0, len(g.wanted))
	for _, f := range g.wanted {
		missing = append(missing, f)
	}
	g.mu.Unlock()
	var first error
	for i := range missing {
		f := &missing[i]
		if err := g.fetch(ctx, f); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			first = errors.Join(first, fmt.Errorf("fetch %s: %w", f.Path(), err))
			if !errors.Is(err, errNotThere) && !errors.Is(err, errContent) {
				return first // the line, not the file
			}
			continue
		}
		g.note(f, true)
	}
	return first
}

// errContent says that what came is not what the journal says.
var errContent = errors.New("the file came with another content")

// fileQuestion asks for a file from a byte on.
type fileQuestion struct {
	Name   string   `json:"name"`
	Bytes  uint64   `json:"bytes"`
	SHA256 [32]byte `json:"sha256"`
	From   uint64   `json:"from"`
}

// fetch brings one file here. What came before a line broke is kept and not sent
// again.
func (g *goods) fetch(ctx context.Context, f *custody.KeptFile) (err error) {
	part := filepath.Join(g.dir, partFolder, fmt.Sprintf("%x", f.SHA256))
	if err := os.MkdirAll(filepath.Dir(part), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	info, err := out.Stat()
	if err != nil {
		return err
	}
	from := uint64(info.Size())
	if from < f.Bytes {
		body, err := g.caller.open(ctx, "file", fileQuestion{f.Path(), f.Bytes, f.SHA256, from})
		if err != nil {
			return err
		}
		n, err := io.Copy(out, io.LimitReader(body, int64(f.Bytes-from)))
		if err = errors.Join(err, body.Close()); err != nil {
			return err
		}
		if uint64(n) != f.Bytes-from {
			return fmt.Errorf("%d of %d bytes came: %w", from+uint64(n), f.Bytes, io.ErrUnexpectedEOF)
		}
	}
	if err := out.Sync(); err != nil {
		return err
	}
	sum, err := hashFirst(part, f.Bytes)
	if err != nil || sum != f.SHA256 || from > f.Bytes {
		return errors.Join(errContent, err, os.Remove(part))
	}
	return g.settle(part, f)
}

// settle puts a file that has come whole into its place. What lay there and is not
// the beginning of it is kept aside: nothing is overwritten.
func (g *goods) settle(part string, f *custody.KeptFile) error {
	place := g.place(f.Path())
	if err := (durable.OS{}).MakeDir(filepath.ToSlash(filepath.Dir(place))); err != nil {
		return err
	}
	if old, err := os.Stat(place); err == nil {
		was, err := hashFirst(place, uint64(old.Size()))
		if err != nil {
			return err
		}
		begins, err := hashFirst(part, uint64(old.Size()))
		if err != nil || begins != was {
			if err := g.aside(place, was); err != nil {
				return err
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Rename needs both names in one directory to be durable as one.
	temp := place + durable.TempSuffix
	if err := os.Rename(part, temp); err != nil {
		return err
	}
	if err := os.Rename(temp, place); err != nil {
		return err
	}
	return durable.OS{}.SyncDir(filepath.ToSlash(filepath.Dir(place)))
}

// aside keeps a file that had to make room.
func (g *goods) aside(place string, sum [32]byte) error {
	dir := filepath.Join(g.dir, asideFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	to := filepath.Join(dir, fmt.Sprintf("%x-%s", sum[:8], filepath.Base(place)))
	g.log.Warn("a file here differs from the journal's: it is kept aside", slog.String("file", place), slog.String("kept", to))
	return os.Rename(place, to)
}

// serveFile answers a question for a file. A file that has grown since is sent as it
// was; one that has another content is not there.
func (g *goods) serveFile(w http.ResponseWriter, r *http.Request) {
	var q fileQuestion
	if err := readQuestion(w, r, &q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f := custody.KeptFile{Bytes: q.Bytes, SHA256: q.SHA256}
	copy(f.Name[:], q.Name)
	if !custody.FileName(q.Name) || q.From > q.Bytes {
		http.Error(w, "no such name or place", http.StatusBadRequest)
		return
	}
	here, err := g.knownHere(&f)
	if err == nil && !here {
		err = errNotThere
	}
	if err != nil {
		refuse(w, err)
		return
	}
	file, err := os.Open(g.place(q.Name))
	if err != nil {
		refuse(w, errors.Join(errNotThere, err))
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = io.Copy(w, io.NewSectionReader(file, int64(q.From), int64(q.Bytes-q.From))) // the asker went away
}

// knownHere is here without reading a file that was proved before. The asker proves
// it again.
func (g *goods) knownHere(f *custody.KeptFile) (bool, error) {
	g.mu.Lock()
	sum, ok := g.proved[f.Path()]
	g.mu.Unlock()
	if ok && sum == f.SHA256 {
		return true, nil
	}
	return g.here(f)
}
