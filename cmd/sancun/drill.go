package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	centres "sancun/drill"
)

type drillCmd struct {
	Out         string        `help:"Folder for the centres and the report; emptied first." default:"out/drill" type:"path"`
	Clients     int           `help:"How many clients the cell has." default:"20000"`
	Low         int           `help:"The low load, commands a second." default:"100"`
	High        int           `help:"The high load, commands a second." default:"5000"`
	Hold        time.Duration `help:"How long each load is held." default:"20s"`
	Switchovers int           `help:"Planned switchovers, there and back." default:"10"`
	Kills       int           `help:"Kills of the writer in mode fast, each followed by coming back and switching back." default:"3"`
	SiteKills   int           `help:"Kills of the writer in mode protect, each followed by coming back." default:"3"`
	Forks       int           `help:"Drills on a fork of the standby, each purged." default:"2"`
	Data        string        `help:"Folder of the market data for parallel clearing; left out when it is not there." default:".cache/market-data" type:"path"`
	ClearOrders int           `help:"Orders of the day that both centres clear." default:"20000"`
	Loopback    bool          `help:"Leave the network namespaces out even where they can be had."`
	RoundTrip   time.Duration `help:"Round trip of the line between the centres." default:"30ms"`
	Mbit        int64         `help:"Bandwidth of the line in Mbit/s." default:"20"`
	JSON        bool          `help:"Print the report as JSON."`
}

// Help says what a drill does.
func (*drillCmd) Help() string {
	return `Starts two centres as processes on this machine, joined by a line with delay and bandwidth, and loads the one that
writes through its HTTP door. Switches over and back under load, kills the writer in mode fast and in mode protect, promotes
the other by an order of two people, asks for every answer again under its key, brings the killed centre back, and proves
both journals. The report is OUT/report.json.`
}

// Run plays a drill.
func (c *drillCmd) Run(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
	}
	report, err := centres.Run(ctx, centres.Options{
		Dir: c.Out, Program: program, Clients: c.Clients, Low: c.Low, High: c.High, Hold: c.Hold, Switchovers: c.Switchovers,
		Kills: c.Kills, SiteKills: c.SiteKills, Forks: c.Forks, RoundTrip: c.RoundTrip, BitsPerSec: c.Mbit * 1_000_000, Data: c.Data, ClearClients: c.ClearOrders / 20, ClearOrders: c.ClearOrders, Loopback: c.Loopback, Say: say,
	})
	text, jsonErr := json.MarshalIndent(report, "", "  ")
	if jsonErr == nil {
		jsonErr = os.WriteFile(filepath.Join(c.Out, "report.json"), append(text, '\n'), 0o600)
	}
	if c.JSON {
		fmt.Println(string(text))
	} else {
		jsonErr = errors.Join(jsonErr, report.Print(os.Stdout))
	}
	return errors.Join(err, jsonErr)
}
