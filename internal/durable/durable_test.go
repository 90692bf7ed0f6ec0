package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sancun/internal/durable"
)

func TestReplaceFile(t *testing.T) {
	var fsys durable.OS
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := fsys.MakeDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := fsys.MakeDir(dir); err != nil {
		t.Errorf("an existing directory is no error: %v", err)
	}
	name := filepath.Join(dir, "note")
	// A leftover of an earlier crash must not stand in the way.
	if err := os.WriteFile(name+durable.TempSuffix, []byte("leftover, longer than the new"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "", "second"} {
		if err := durable.ReplaceFile(fsys, name, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := durable.ReadFile(fsys, name, 10)
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	names, err := fsys.List(dir)
	if err != nil || !slices.Equal(names, []string{"note"}) {
		t.Errorf("directory holds %v, %v, want the file alone", names, err)
	}
	if _, err := durable.ReadFile(fsys, name, 3); err == nil {
		t.Error("a file over the limit was read")
	}
	if _, err := durable.ReadFile(fsys, name+"x", 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestMakeDirOverFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (durable.OS{}).MakeDir(name); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func TestFile(t *testing.T) {
	var fsys durable.OS
	name := filepath.Join(t.TempDir(), "f")
	f, err := fsys.Open(name, durable.Create)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fsys.Open(name, durable.Create); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating twice: got %v, want fs.ErrExist", err)
	}
	if _, err := fsys.Open(name, 0); err == nil {
		t.Error("a mode that is none was taken")
	}
	steps := []struct {
		name string
		do   func() error
		want string
	}{
		{"allocate", func() error { return f.Allocate(6) }, "\x00\x00\x00\x00\x00\x00"},
		{"write", func() error { _, err := f.WriteAt([]byte("abc"), 1); return err }, "\x00abc\x00\x00"},
		{"sync", f.Sync, "\x00abc\x00\x00"},
		{"shorten", func() error { return f.Truncate(3) }, "\x00ab"},
		{"lengthen", func() error { return f.Truncate(5) }, "\x00ab\x00\x00"},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, []byte(step.want)) {
			t.Errorf("after %s: got %q, %v, want %q", step.name, got, err, step.want)
		}
		if size, err := f.Size(); err != nil || size != int64(len(step.want)) {
			t.Errorf("after %s: size %d, %v, want %d", step.name, size, err, len(step.want))
		}
	}
}

func TestLock(t *testing.T) {
	var fsys durable.OS
	name := filepath.Join(t.TempDir(), "LOCK")
	first, err := fsys.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fsys.Lock(name); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("second lock: got %v, want ErrLocked", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := fsys.Lock(name)
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestIsFull(t *testing.T) {
	for err, want := range map[error]bool{
		fmt.Errorf("write: %w", unix.ENOSPC): true,
		&os.PathError{Err: unix.EDQUOT}:      true,
		unix.EIO:                             false,
	} {
		if got := durable.IsFull(err); got != want {
			t.Errorf("%v: got %v, want %v", err, got, want)
		}
	}
}
