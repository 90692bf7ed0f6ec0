// Command sancun is the whole program: a centre, its simulators, its proofs and
// its measurements, one subcommand a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli lists the subcommands.
type cli struct {
	Serve     serveCmd     `cmd:"" help:"Serve a centre: journal, gateways, books."`
	Config    configCmd    `cmd:"" help:"Check a configuration file, or print an example."`
	Keys      keysCmd      `cmd:"" help:"Make key files."`
	Sim       simCmd       `cmd:"" help:"Run a simulated counterparty alone."`
	Verify    verifyCmd    `cmd:"" help:"Prove a journal: hash it, add it and check every law again, with code of its own."`
	Day       dayCmd       `cmd:"" help:"Play a whole trading day on real prices and print its report."`
	Log       logCmd       `cmd:"" help:"Print the records of a journal, one a line."`
	Trace     traceCmd     `cmd:"" help:"Walk from a client's entry to the line of the bank's or clearing house's file, or back."`
	Prove     proveCmd     `cmd:"" help:"Write the proof that one record stands in a journal; 'sancun verify --proof' checks it."`
	Export    exportCmd    `cmd:"" help:"Write the general ledger of a journal for accounting programs."`
	Books     booksCmd     `cmd:"" help:"Fill the query tables of a centre again from its journal."`
	Report    reportCmd    `cmd:"" help:"Print the settlement report of a day for broker, bank or supervisor."`
	Statement statementCmd `cmd:"" help:"Print the statement of a fund account for a date or a month."`
	Filing    filingCmd    `cmd:"" help:"File clients with the supervisor, at a running centre."`
	DayEnd    dayEndCmd    `cmd:"" help:"Stop a day, run its end, and open the next one, at a running centre."`
	Call      callCmd      `cmd:"" help:"Send one request to the HTTP door of a running centre and print the answer."`
	Centre    centreCmd    `cmd:"" help:"Ask one of two centres for its state, and bring it orders that two people signed."`
	Backup    backupCmd    `cmd:"" help:"Take, list, verify, restore, prove and prune backups."`
	Plan      planCmd      `cmd:"" help:"Switch the centres by plans that two people approved: check, dry-run, run, confirm, show, readiness."`
	Evidence  evidenceCmd  `cmd:"" help:"Pack evidence of a drill or a suite, or prove a bundle offline."`
	Drill     drillCmd     `cmd:"" help:"Play two centres: switch over, kill one, switch back, and measure it."`
	Bench     benchCmd     `cmd:"" help:"Measure the canonical workloads on this machine."`
}

// errVerdict makes the process end with 1 after the command has said why itself.
var errVerdict = errors.New("")

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("sancun"),
		kong.Description("Sancun (三存) holds the settlement money of a securities broker's clients."),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sancun:", err)
		return 2
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sancun: %v\nTry: sancun --help\n", err)
		return 2
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx.BindTo(stop, (*context.Context)(nil))
	switch err := ctx.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, errVerdict):
		return 1
	default:
		fmt.Fprintln(os.Stderr, "sancun:", err)
		var exit exitError
		if errors.As(err, &exit) {
			return exit.code
		}
		return 1
	}
}
