package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"sancun/node"
)

type simClockCmd struct {
	Config string `arg:"" help:"Configuration file of the centre, with clock.hand." type:"path"`
	To     string `help:"Bring the time forward to this: 16:05 of the same day, or 2023-08-28T09:30."`
	Speed  int    `default:"-1" help:"How many seconds of the drill pass in one from now on, 0 to 60; 0 lets the time stand still."`
}

// drillTime is how a drill's time is shown.
const drillTime = "2006-01-02 15:04:05"

// Run shows or moves the time of a drill.
func (c *simClockCmd) Run(context.Context) error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	clock := config.Clock.Clock()
	if clock.Hand() == "" {
		return fmt.Errorf("%s has no clock.hand; only a drill whose time stands in a file of its own can be moved", c.Config)
	}
	set, err := node.ReadHand(clock.Hand())
	begun := err == nil
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, node.ErrHand) {
		set, err = node.Hand{Speed: config.Clock.Speed}, nil
	}
	if err != nil {
		return err
	}
	if c.To == "" && c.Speed < 0 {
		return tellTime(clock, set, begun)
	}
	set.Real, set.Drill = time.Now(), clock.Now()
	if c.To != "" {
		if set.Drill, err = forward(c.To, set.Drill); err != nil {
			return err
		}
	}
	if c.Speed > node.SpeedMax {
		return fmt.Errorf("--speed %d; give 0 to %d", c.Speed, node.SpeedMax)
	}
	if c.Speed >= 0 {
		set.Speed = c.Speed
	}
	if err := set.Write(clock.Hand()); err != nil {
		return err
	}
	return tellTime(config.Clock.Clock(), set, true)
}

func tellTime(clock node.Clock, set node.Hand, begun bool) error {
	pace := fmt.Sprintf("%d seconds pass in one", set.Speed)
	switch {
	case !begun:
		pace = "the drill has not begun; 'sancun sim all' or --speed begins it"
	case set.Speed == 0:
		pace = "the time stands still"
	case set.Speed == 1:
		pace = "time passes as it does"
	}
	_, err := fmt.Printf("%s, %s\n", clock.Now().Format(drillTime), pace)
	return err
}

// forward reads a time that lies ahead of now.
func forward(text string, now time.Time) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02T15:04", text, now.Location())
	if err != nil {
		if at, err = time.ParseInLocation("2006-01-02T15:04", now.Format("2006-01-02T")+text, now.Location()); err != nil {
			return at, fmt.Errorf("--to %s; give a time like 16:05 or 2023-08-28T09:30", text)
		}
	}
	if at.Before(now) {
		return at, fmt.Errorf("it is %s already, and time does not go back; for another day give its date too, such as 2023-08-28T09:30", now.Format(drillTime))
	}
	return at, nil
}
