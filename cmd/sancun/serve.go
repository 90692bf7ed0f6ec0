package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"sancun/node"
)

type serveCmd struct {
	Config string `arg:"" help:"The configuration file; 'sancun config example' prints one." type:"path"`
	Fork   string `help:"Serve the drill centre on the fork in this folder, which a standby made; the standby does this by itself." type:"path" placeholder:"DIR"`
}

// exitError ends the process with a code of its own, which a supervisor may act on.
type exitError struct {
	code int
	error
}

// Unwrap gives the cause.
func (e exitError) Unwrap() error { return e.error }

// Help says what the exit codes mean.
func (*serveCmd) Help() string {
	return `Serves until SIGTERM or Ctrl-C, then finishes what was taken in, signs out at the banks and writes a
snapshot. SIGHUP reads the file of users again.

Exit codes: 0 stopped as asked; 1 could not start or a part failed; 2 the configuration is wrong;
3 the store failed while running: look at the disk and start again; 4 the journal is damaged: do not start again.
docs/operating.md says what to do in each case.`
}

// Run serves a centre.
func (c *serveCmd) Run(ctx context.Context) error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	if c.Fork != "" {
		return c.rehearse(ctx, config)
	}
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP) // before the start, which a signal would end else
	defer signal.Stop(hangUps)
	for again := true; again; {
		if again, err = serveOnce(ctx, config, c.Config, hangUps); err == nil && !again {
			return nil
		}
	}
	return exitError{node.ExitCode(err), fmt.Errorf("%w\nWhat to do: %s", err, node.Hint(err))}
}

// serveOnce serves until the centre stops, and says whether it is to be opened
// again, as after its role changed.
func serveOnce(ctx context.Context, config node.Config, file string, hangUps <-chan os.Signal) (bool, error) {
	n, err := node.Await(ctx, config, logTo(config.Log.Level))
	if err != nil {
		return false, err
	}
	n.Launch = launchFrom(file)
	ctx, stop := context.WithCancel(ctx)
	reloaded := make(chan struct{})
	go func() {
		defer close(reloaded)
		reload(ctx, n, hangUps)
	}()
	err = n.Serve(ctx)
	stop()
	<-reloaded
	return n.Again(err)
}

// reload has the users and the name lists read again whenever the process gets SIGHUP.
func reload(ctx context.Context, n *node.Node, hangUps <-chan os.Signal) {
	for {
		select {
		case <-hangUps:
			_ = n.ReloadUsers() // it has said so in the log, and the users of before stay
			_ = n.ReloadLists() // the same
		case <-ctx.Done():
			return
		}
	}
}

// logTo writes JSON lines to the standard error.
func logTo(level string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo // the configuration was checked; the flag of a simulator is one of four
	}
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: least}))
}

type configCmd struct {
	Check   configCheckCmd   `cmd:"" help:"Say everything that is wrong with a configuration file."`
	Example configExampleCmd `cmd:"" help:"Print a configuration file to begin with."`
}

type configCheckCmd struct {
	Config string `arg:"" help:"The configuration file." type:"path"`
}

// Run checks a configuration.
func (c *configCheckCmd) Run() error {
	config, err := node.ReadConfig(c.Config)
	var wrong *node.ConfigError
	if errors.As(err, &wrong) {
		return exitError{node.ExitUsage, err}
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s is good: centre %s in %s, %d exchanges, %d banks\n", c.Config, config.Centre.Name, config.Centre.Dir, len(config.Exchanges), len(config.Banks))
	return nil
}

type configExampleCmd struct{}

// Run prints the example.
func (c *configExampleCmd) Run() error {
	_, err := os.Stdout.WriteString(node.Example)
	return err
}
