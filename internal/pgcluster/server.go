package pgcluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command prepares one of PostgreSQL's programs to run as the owner of the folder.
// It dies with this process: a test that is killed leaves no server behind.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGUSER="+superuser)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// run runs a program to its end.
func (c *Cluster) run(name string, args ...string) error {
	out, err := c.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(out))
	}
	return nil
}

// Start starts the server and waits until it takes connections: for writing, or as
// a standby for reading.
func (c *Cluster) Start() error {
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own
	cmd := c.command("postgres", "-D", c.data())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.server, c.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		_ = cmd.Wait() // how it ended stands in its log
		close(ended)
	}(c.ended)
	return c.await(func() (bool, error) {
		status, err := c.status()
		return err == nil && status == "ready", nil
	}, startWithin, "take connections")
}

// status is the last word of the server's pid file.
func (c *Cluster) status() (string, error) {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return "", err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || lines[0] != strconv.Itoa(c.server.Process.Pid) {
		return "", nil
	}
	return strings.TrimSpace(lines[7]), nil
}

// await looks again and again until done, or the server has ended.
func (c *Cluster) await(done func() (bool, error), within time.Duration, what string) error {
	for until := time.Now().Add(within); ; time.Sleep(look) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-c.ended:
			return fmt.Errorf("the server ended before it could %s:\n%s", what, c.Log())
		default:
		}
		if time.Now().After(until) {
			return fmt.Errorf("the server did not %s within %v:\n%s", what, within, c.Log())
		}
	}
}

// Log is the end of what the server wrote, for messages of failing tests.
func (c *Cluster) Log() string {
	const enough = 4 << 10
	text, err := os.ReadFile(filepath.Join(c.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-enough):])
}

// Stop shuts the server down in good order: sessions are ended, a checkpoint is
// written.
func (c *Cluster) Stop() error {
	if err := c.server.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(stopWithin):
		return fmt.Errorf("the server did not stop within %v:\n%s", stopWithin, c.Log())
	}
}

// Kill kills the server and every process of it at once, as a machine that loses
// its power would end them, except that what the kernel holds is still written.
// Killing an ended server does nothing.
func (c *Cluster) Kill() error {
	if c.server == nil {
		return nil
	}
	select {
	case <-c.ended:
		return nil
	default:
	}
	// The server is stopped first, so that it starts no further process while its
	// processes are looked up. They are in sessions of their own.
	if err := c.server.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	children, err := childrenOf(c.server.Process.Pid)
	for _, pid := range append([]int{c.server.Process.Pid}, children...) {
		if e := syscall.Kill(pid, syscall.SIGKILL); e != nil && !errors.Is(e, syscall.ESRCH) {
			err = errors.Join(err, e)
		}
	}
	<-c.ended
	for _, pid := range children {
		for syscall.Kill(pid, 0) == nil {
			time.Sleep(look)
		}
	}
	return err
}

// Freeze stops the server and every process of it where they are; Thaw lets them
// go on.
func (c *Cluster) Freeze() error { return c.signalAll(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (c *Cluster) Thaw() error { return c.signalAll(syscall.SIGCONT) }

func (c *Cluster) signalAll(s syscall.Signal) error {
	if err := c.server.Process.Signal(s); err != nil {
		return err
	}
	children, err := childrenOf(c.server.Process.Pid)
	for _, pid := range children {
		if e := syscall.Kill(pid, s); e != nil && !errors.Is(e, syscall.ESRCH) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// childrenOf lists the processes whose parent has a pid.
func childrenOf(parent int) ([]int, error) {
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var children []int
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …, where the name may hold anything.
		_, rest, _ := strings.Cut(string(text[bytes.LastIndexByte(text, ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			children = append(children, pid)
		}
	}
	return children, nil
}
