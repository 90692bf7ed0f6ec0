package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
)

type centreDriftCmd struct {
	carrierFlags
	Now bool `help:"Compare now instead of showing the last comparison."`
	All bool `help:"Also show the differences that are expected."`
}

// errDrift makes the command fail when the centres differ where they must not.
var errDrift = fmt.Errorf("the two centres differ where they must not")

// Run prints how two centres differ, key by key.
func (c *centreDriftCmd) Run(ctx context.Context) error {
	carrier, err := c.carrier()
	if err != nil {
		return err
	}
	defer carrier.Close()
	d, err := carrier.Drift(ctx, c.Now)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "compared\t%d keys at %s\n", d.Compared, d.At.Format("2006-01-02 15:04:05"))
	for _, one := range d.Drifts {
		fmt.Fprintf(w, "DRIFT\t%s\there %q\tthere %q\n", one.Key, one.Ours, one.Theirs)
	}
	if c.All {
		for _, one := range d.Expected {
			fmt.Fprintf(w, "expected\t%s\there %q\tthere %q\t%s\n", one.Key, one.Ours, one.Theirs, one.Expected)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case d.Failure != "":
		return fmt.Errorf("the last comparison could not be made: %s", d.Failure)
	case len(d.Drifts) > 0:
		return errDrift
	}
	return nil
}

type centreWatchCmd struct{ carrierFlags }

// Run prints what a centre watches in the background, as JSON.
func (c *centreWatchCmd) Run(ctx context.Context) error {
	carrier, err := c.carrier()
	if err != nil {
		return err
	}
	defer carrier.Close()
	w, err := carrier.Watching(ctx)
	if err != nil {
		return err
	}
	return printJSON(w)
}

type centreLocateCmd struct{ carrierFlags }

// Run has a copying centre compare its state row by row.
func (c *centreLocateCmd) Run(ctx context.Context) error {
	carrier, err := c.carrier()
	if err != nil {
		return err
	}
	defer carrier.Close()
	l, err := carrier.Locate(ctx)
	if err != nil {
		return err
	}
	return printJSON(l)
}
