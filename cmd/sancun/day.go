package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"

	"sancun/calendar"
	"sancun/day"
)

type dayCmd struct {
	Clients int    `default:"10000" help:"How many invented clients."`
	Orders  int    `default:"300000" help:"How many orders they place."`
	Date    string `default:"20230825" help:"Which day to play, yyyymmdd; there are market data for 20230825."`
	Seed    uint64 `default:"1" help:"The same seed gives the same day, to the last byte of the state."`
	Speed   int    `default:"0" help:"Times real time; 0 is as fast as possible."`
	Banks   int    `default:"3" help:"How many custodian banks."`
	Quiet   int    `default:"0" help:"Days without trade to play behind the settlement day; 18 reach the quarter's posting of interest of 2023-09-21."`
	Faults  bool   `default:"true" negatable:"" help:"Let the counterparties misbehave now and then."`
	Out     string `default:"out/day" help:"Folder for the centre, the files and the report; what is in it is removed first." type:"path"`
	Data    string `default:".cache/market-data" help:"Folder of the market data; scripts/fetch-market-data.sh fills it." type:"path"`
	JSON    bool   `name:"json" help:"Print the report as JSON."`
}

// Run plays the day and prints its report.
func (c *dayCmd) Run(ctx context.Context) error {
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions(1000, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
	report, err := day.Play(ctx, day.Config{
		Dir: c.Out, Data: c.Data, Date: date, Clients: c.Clients, Orders: c.Orders, Seed: c.Seed, Speed: c.Speed, Banks: c.Banks, Faults: c.Faults, Quiet: c.Quiet,
		Progress: func(done float64, what string) { bar.Describe(what); _ = bar.Set(int(done * 1000)) },
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	if c.JSON {
		text, err := os.ReadFile(c.Out + "/report.json")
		if err == nil {
			_, err = os.Stdout.Write(text)
		}
		return err
	}
	if err := report.Print(os.Stdout); err != nil {
		return err
	}
	fmt.Printf("\n  report  %s/report.json\n  prove   sancun verify %s/centre\n", c.Out, c.Out)
	if !report.Balanced || report.StateRoot != report.VerifyRoot {
		return errors.Join(errors.New("the day does not balance"), errVerdict)
	}
	return nil
}
