package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sancun/custody"
	"sancun/internal/durable"
	"sancun/record"
	"sancun/state"
)

// manifest enters the files beside the journal into it, so that they belong to the
// same point of consistency as the records around them: whatever a step of the day
// end has read or written stands there before the step does.
type manifest struct {
	core *Core
	dir  string // of the files

	mu   sync.Mutex
	seen map[string]seenFile // files as they were when they were entered or found entered
}

// seenFile tells a file that changed from one that did not, without reading it.
type seenFile struct {
	bytes int64
	at    time.Time
}

const (
	// filesFolder holds, below the centre's folder, everything that is kept as a file.
	filesFolder = "files"
	// sweepBeat is how often is looked for files that nobody told of. A line of an
	// inbox may arrive any minute; what a step needs is entered with the step.
	sweepBeat = 10 * time.Second
	// keepAtOnce is how many files one record enters.
	keepAtOnce = 100
)

func newManifest(core *Core, dir string) *manifest {
	return &manifest{core: core, dir: filepath.Join(dir, filesFolder), seen: map[string]seenFile{}}
}

// run sweeps again and again while this centre writes.
func (m *manifest) run(ctx context.Context) error {
	for {
		if _, err := m.sweep(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if pause(ctx, sweepBeat) != nil {
			return nil
		}
	}
}

// sweep enters the files that are new or have changed, and returns how many. When it
// returns they are in the journal, as far as its mode promises.
func (m *manifest) sweep(ctx context.Context) (entered int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var batch []record.KeptFile
	noted := map[string]seenFile{}
	enter := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := m.enter(ctx, batch); err != nil {
			return err
		}
		for name, s := range noted {
			m.seen[name] = s
		}
		entered += len(batch)
		clear(noted)
		batch = nil
		return nil
	}
	err = filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, durable.TempSuffix) || d.Name() == placeLock {
			return passGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return passGone(err)
		}
		relative, err := filepath.Rel(m.dir, path)
		if err != nil {
			return err
		}
		name, now := filepath.ToSlash(relative), seenFile{info.Size(), info.ModTime()}
		if m.seen[name] == now || !custody.FileName(name) {
			return nil
		}
		f, err := hashFile(path, name)
		if err != nil {
			return passGone(err)
		}
		batch, noted[name] = append(batch, f), now
		if len(batch) == keepAtOnce {
			return enter()
		}
		return nil
	})
	if err = passGone(err); err == nil {
		err = enter()
	}
	return entered, err
}

// passGone lets a file go that went while it was looked at, or a folder that was
// never made.
func passGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// enter submits one record. Files that stand in the journal as they are cost none.
func (m *manifest) enter(ctx context.Context, batch []record.KeptFile) error {
	fresh := make([]record.KeptFile, 0, len(batch))
	if err := m.core.Look(ctx, func(c *custody.Machine) {
		for _, f := range batch {
			if old, ok := c.KeptFile(f.Name); !ok || old.SHA256 != f.SHA256 || old.Bytes != f.Bytes {
				fresh = append(fresh, f)
			}
		}
	}); err != nil || len(fresh) == 0 {
		return err
	}
	answers, err := patient{m.core}.Submit(ctx, record.Request{Cmd: &record.KeepFiles{Files: fresh}})
	if err != nil {
		return fmt.Errorf("enter %d files into the journal: %w", len(fresh), err)
	}
	if code := record.Code(answers[0].Code); code != record.Accepted {
		return fmt.Errorf("enter %d files into the journal, %s the first: %s", len(fresh), fresh[0].Name, code)
	}
	return nil
}

// hashFile reads a file as far as it goes now. One that grows is entered as it was,
// and again with the next sweep.
func hashFile(path, name string) (f record.KeptFile, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	return record.KeptFile{Name: name, Bytes: uint64(n), SHA256: [32]byte(sum.Sum(nil))}, err
}

// keeping is the core of a day end at a centre with another one: no step stands in
// the journal before the files it has read and written.
type keeping struct {
	patient
	manifest *manifest // nil when there is no other centre
}

// Submit enters files before a step that is done.
func (k keeping) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	for i := range requests {
		if step, ok := requests[i].Cmd.(*record.StepDone); ok && step.OK == 1 && k.manifest != nil {
			if _, err := k.manifest.sweep(ctx); err != nil {
				return nil, err
			}
		}
	}
	return k.patient.Submit(ctx, requests...)
}

// keeping is the core of this centre's day end.
func (n *Node) keeping() keeping {
	k := keeping{patient: patient{n.Core}}
	if n.peer != nil {
		k.manifest = n.peer.manifest
	}
	return k
}
