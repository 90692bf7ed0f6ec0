package disk_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"sancun/internal/durable"
	"sancun/internal/soak"
	"sancun/journal"
	"sancun/journal/disk"
)

const (
	killCycles   = 20
	killChildEnv = "SANCUN_KILL_CHILD"
)

// TestKill kills a writing process, kill -9, and looks at what it left: every height
// it reported must be there, and at most one more.
func TestKill(t *testing.T) {
	if dir := os.Getenv(killChildEnv); dir != "" {
		appendForever(t, dir)
		return
	}
	run := soak.Begin(t, killCycles, 1)
	rng := rand.New(rand.NewPCG(run.Seed, 3))
	dir := t.TempDir()
	var acknowledged uint64
	for cycle := range run.Count {
		last := killAfter(t, dir, 1+rng.IntN(3*killCycles))
		run.Done++
		acknowledged = max(acknowledged, last)
		e, _, err := openReal(dir)
		if err != nil {
			t.Fatalf("cycle %d: %v", cycle, err)
		}
		at := journal.Position{Cell: 7}
		err = e.Read(1, func(b *journal.Block) error {
			if err := b.Follows(at); err != nil {
				return err
			}
			at = b.Position()
			return b.Check()
		})
		if err != nil {
			t.Fatalf("cycle %d: %v", cycle, err)
		}
		// The reports of a killed process may stay in the pipe, so there may be more
		// blocks than were heard of, never fewer.
		if at.Height < acknowledged {
			t.Fatalf("cycle %d: height %d, but %d was acknowledged", cycle, at.Height, acknowledged)
		}
		acknowledged = at.Height
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func openReal(dir string) (*disk.Engine, disk.Recovery, error) {
	return disk.Open(disk.Options{Dir: dir, FS: durable.OS{}, Cell: 7, SegmentBytes: 64 << 10})
}

// killAfter starts a writer, kills it after some reports, and gives the last
// height it reported.
func killAfter(t *testing.T, dir string, reports int) (last uint64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), killChildEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if height, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
			last = height
		}
		if n == reports {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	if last == 0 {
		t.Fatal("the writer reported nothing")
	}
	return last
}

// appendForever is the process that gets killed. It reports each height after Append
// returned.
func appendForever(t *testing.T, dir string) {
	e, _, err := openReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := e.Head()
	if err != nil {
		t.Fatal(err)
	}
	h := &history{at: head, salt: 1}
	for {
		if err := e.Append(h.next(t, int(h.at.Height%7)*1_500, 1)); err != nil {
			t.Fatal(err)
		}
		fmt.Println(h.at.Height)
	}
}
