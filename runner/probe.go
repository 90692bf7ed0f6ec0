package runner

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sancun/plan"
)

const (
	// probeTextMax bounds what is kept of what a probe prints.
	probeTextMax = 64 << 10
	// probeEnds is how long a probe whose time is over may take to end by itself.
	probeEnds = 2 * time.Second
)

// probe finds a probe of the configuration.
func (c *Config) probe(name string) (Probe, bool) {
	i := slices.IndexFunc(c.Probes, func(p ProbeConfig) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return func(ctx context.Context, values []plan.Pair) ([]plan.Pair, error) {
		return c.Probes[i].run(ctx, values)
	}, true
}

// run runs the program of a probe.
func (p *ProbeConfig) run(ctx context.Context, values []plan.Pair) ([]plan.Pair, error) {
	cmd := exec.CommandContext(ctx, p.Command[0], p.Command[1:]...)
	cmd.WaitDelay = probeEnds
	cmd.Env = os.Environ()
	for _, v := range values {
		cmd.Env = append(cmd.Env, "SANCUN_"+strings.ToUpper(v.Name)+"="+v.Value)
	}
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the probe %s: %w: %s", p.Name, err, strings.TrimSpace(out.String()))
	}
	return foundBy(out.String()), nil
}

// foundBy reads the lines "name=value" that a probe printed under names that acts of
// its kind find.
func foundBy(text string) (finds []plan.Pair) {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && (name == "verified" && plan.Number.Takes(value) == nil || name == "at" && plan.Moment.Takes(value) == nil) {
			finds = plan.With(finds, name, value)
		}
	}
	return finds
}

// tail keeps the first probeTextMax bytes that are written to it.
type tail struct{ bytes.Buffer }

// Write keeps what has room.
func (t *tail) Write(p []byte) (int, error) {
	if room := probeTextMax - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
