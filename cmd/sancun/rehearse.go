package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"sancun/node"
)

// rehearse serves the drill centre on a fork until it is stopped.
func (c *serveCmd) rehearse(ctx context.Context, config node.Config) error {
	log := logTo(config.Log.Level)
	if err := loopbackUp(); err != nil {
		log.Warn("simulators on this machine cannot be reached from the drill's network", "error", err)
	}
	n, err := node.OpenFork(ctx, config, c.Fork, log)
	if err == nil {
		err = n.Serve(ctx)
	}
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	return nil
}

// loopbackUp switches the loopback device on: in a network of its own it is off.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	device, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, device); err != nil {
		return err
	}
	if device.Uint16()&unix.IFF_UP != 0 {
		return nil
	}
	device.SetUint16(device.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, device)
}

// rehearsal is a drill centre as a process of its own, in a network of its own
// where the machine allows: one with a loopback device and nothing else.
type rehearsal struct {
	cmd   *exec.Cmd
	own   bool // it has a network of its own
	ended chan struct{}
	err   error // of its end; read after ended
}

// launchFrom starts drill centres with the configuration file of their standby.
func launchFrom(config string) node.Launch {
	return func(dir string) (node.Rehearsal, error) {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		folder := filepath.Join(filepath.Dir(dir), "drills")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		log, err := os.OpenFile(filepath.Join(folder, "drills.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		defer log.Close() // the process has it too
		p := &rehearsal{own: true, ended: make(chan struct{})}
		for {
			p.cmd = exec.Command(program, "serve", config, "--fork", dir)
			p.cmd.Stdout, p.cmd.Stderr = log, log
			p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // no drill outlives its standby
			if p.own {
				p.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
			}
			err := p.cmd.Start()
			if err == nil {
				break
			}
			if !p.own || !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOSYS) {
				return nil, err
			}
			p.own = false // not allowed here: its list of simulators closes it off alone
		}
		go func() {
			p.err = p.cmd.Wait()
			close(p.ended)
		}()
		return p, nil
	}
}

// Stop kills it: what it wrote is dropped.
func (p *rehearsal) Stop() error {
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	if err != nil {
		return err
	}
	<-p.ended
	return nil
}

// Ended is closed when the process is gone.
func (p *rehearsal) Ended() <-chan struct{} { return p.ended }

// Process is its number.
func (p *rehearsal) Process() int { return p.cmd.Process.Pid }

// Closed says what closes it off.
func (p *rehearsal) Closed() string {
	if p.own {
		return "network namespace without a route"
	}
	return "list of simulators"
}

// Left counts what every device of its network but the loopback has sent, as the
// kernel counts it.
func (p *rehearsal) Left() (int64, bool) {
	if !p.own {
		return 0, false
	}
	sent, err := sentBy(fmt.Sprintf("/proc/%d/net/dev", p.cmd.Process.Pid))
	return sent, err == nil
}

// sentBy adds the bytes sent by the devices of a network in the kernel's table.
func sentBy(table string) (total int64, err error) {
	f, err := os.Open(table)
	if err != nil {
		return 0, err
	}
	defer f.Close() // read only
	const sentColumn = 8
	for lines := bufio.NewScanner(f); lines.Scan(); {
		device, row, ok := strings.Cut(lines.Text(), ":")
		columns := strings.Fields(row)
		if !ok || strings.TrimSpace(device) == "lo" || len(columns) <= sentColumn {
			continue
		}
		sent, err := strconv.ParseInt(columns[sentColumn], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", table, err)
		}
		total += sent
	}
	return total, nil
}
