package day

import (
	"io/fs"
	"os"
	"strings"
	"sync"

	"sancun/node"
	wire "sancun/wire/bank"
)

// arrivals are the newest versions of a bank's files, as a file system.
type arrivals struct {
	mu    sync.Mutex
	paths map[string]string // guarded by mu
}

// Arrived notes a complete file.
func (a *arrivals) Arrived(f node.BankFile) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paths[f.Name] = f.Path
}

// Complete and Sent are of no interest to the player: it waits for names.
func (a *arrivals) Complete(wire.Date, uint32) {}

// Sent is told of every file the bank has taken.
func (a *arrivals) Sent(node.BankFile, error) {}

// Open opens the newest version of a file.
func (a *arrivals) Open(name string) (fs.File, error) {
	a.mu.Lock()
	path, ok := a.paths[name]
	a.mu.Unlock()
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.Open(path)
}

// forget drops what came: another day begins.
func (a *arrivals) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.paths)
}

func (a *arrivals) has(prefix string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name := range a.paths {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
