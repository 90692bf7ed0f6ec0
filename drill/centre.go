package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sancun/dr"
	"sancun/node"
)

// centre is one centre as a process.
type centre struct {
	name    string
	index   int
	dir     string
	field   *field
	program string
	config  string
	carrier *node.Carrier
	log     *os.File
	process *exec.Cmd
	runs    int
}

// start makes a centre of the field and starts it.
func (f *field) start(i int) (*centre, error) {
	log, err := os.OpenFile(filepath.Join(f.o.Dir, names[i]+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	c := &centre{name: names[i], index: i, dir: f.dirs[i], field: f, program: f.o.Program, config: f.configs[i], carrier: f.carriers[i], log: log}
	return c, c.start()
}

func (c *centre) start() error {
	c.process = exec.Command(c.program, "serve", c.config)
	c.process.Stdout, c.process.Stderr = c.log, c.log
	c.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing outlives the drill
	return c.field.ground.inside(c.index, c.process.Start)
}

// kill ends the process as a power cut of the room would, for those who watch.
func (c *centre) kill() error {
	if err := c.process.Process.Kill(); err != nil {
		return err
	}
	var ended *exec.ExitError
	if err := c.process.Wait(); err != nil && !errors.As(err, &ended) {
		return err
	}
	c.process = nil
	return nil
}

// stopWithin is how long a clean stop may take: it writes a snapshot.
const stopWithin = 30 * time.Second

// stop ends the process politely.
func (c *centre) stop() error {
	defer c.log.Close()
	if c.process == nil {
		return nil
	}
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	late := time.AfterFunc(stopWithin, func() { _ = c.process.Process.Kill() })
	defer late.Stop()
	if err := c.process.Wait(); err != nil {
		return fmt.Errorf("%s ended with %w; its log is %s", c.name, err, c.log.Name())
	}
	c.process = nil
	return nil
}

const (
	// askEvery is how often a centre is asked for its state while it is waited for.
	askEvery = 10 * time.Millisecond
	// waitAtMost bounds every wait of a drill.
	waitAtMost = 60 * time.Second
	// deadAfter is how many unanswered questions in a row mean that a centre is lost.
	deadAfter = 3
	// askWithin bounds one question.
	askWithin = 500 * time.Millisecond
)

func (c *centre) state(ctx context.Context, root bool) (node.CentreState, error) {
	ctx, done := context.WithTimeout(ctx, 10*askWithin)
	defer done()
	return c.carrier.State(ctx, root)
}

// until waits until the centre is in a role and something holds of its state.
func (c *centre) until(ctx context.Context, role dr.Role, holds func(node.CentreState) bool) (s node.CentreState, err error) {
	return c.wait(ctx, false, func(s node.CentreState) bool { return s.Role == role.String() && (holds == nil || holds(s)) }, role.String())
}

// untilRoot waits until the centre has applied a height, and asks for the root there.
func (c *centre) untilRoot(ctx context.Context, role dr.Role, height uint64) (node.CentreState, error) {
	if s, err := c.until(ctx, role, func(s node.CentreState) bool { return s.Applied >= height }); err != nil {
		return s, err
	}
	return c.state(ctx, true)
}

// settled waits until a starting centre has found its role.
func (c *centre) settled(ctx context.Context) (node.CentreState, error) {
	return c.wait(ctx, false, func(s node.CentreState) bool {
		return s.Role == dr.Fenced.String() && s.Line.Parting != nil || s.Role == dr.Standby.String() && s.Line.Connected && !s.Line.BeatAt.IsZero()
	}, "fenced or copying")
}

func (c *centre) wait(ctx context.Context, root bool, holds func(node.CentreState) bool, what string) (s node.CentreState, err error) {
	for end := time.Now().Add(waitAtMost); time.Now().Before(end); {
		if s, err = c.state(ctx, root); err == nil && holds(s) {
			return s, nil
		}
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		time.Sleep(askEvery)
	}
	return s, fmt.Errorf("%s is not %s after %v: role %s at %d, line %+v, %v; its log is %s", c.name, what, waitAtMost, s.Role, s.Stored, s.Line, err, c.log.Name())
}

func (c *centre) delays(ctx context.Context) ([]int64, error) {
	ctx, done := context.WithTimeout(ctx, 10*askWithin)
	defer done()
	return c.carrier.Delays(ctx)
}

// order has the two people of the drill sign an order, and brings it.
func (c *centre) order(ctx context.Context, act dr.Act, epoch uint32, detail string, planned bool) (node.OrderResult, error) {
	c.runs++
	s, err := c.state(ctx, false)
	if err != nil {
		return node.OrderResult{}, err
	}
	o := dr.Order{
		Cell: c.field.cell, Centre: c.name, Act: act, Epoch: epoch, Run: fmt.Sprintf("drill-%s-%d", c.name, c.runs), Detail: detail, Planned: planned,
		Reason: "a drill", Issued: s.Time, Expires: s.Time.Add(time.Hour), Maker: "operator", Checker: "commander",
	}
	switch act {
	case dr.ActRebase:
		o.Checker = "verifier"
	case dr.ActDrillBegin:
		o.Maker = "trainer"
	case dr.ActDrillEnd:
		o.Maker, o.Checker, o.Run = "trainer", "verifier", s.Drill.Run
	}
	return c.carry(ctx, o)
}

// carry has maker and checker sign an order, and brings it.
func (c *centre) carry(ctx context.Context, o dr.Order) (node.OrderResult, error) {
	for _, name := range []string{o.Maker, o.Checker} {
		if err := o.Sign(name, c.field.people[name]); err != nil {
			return node.OrderResult{}, err
		}
	}
	result, err := c.carrier.Order(ctx, o)
	if err != nil {
		return result, fmt.Errorf("%s at %s: %w", o.Act, c.name, err)
	}
	return result, nil
}
