package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/gateway/clearing"
	"sancun/internal/durable"
)

// Clearing is the receiving side of the clearing house's files of the present
// business date; nil before a day was opened or without an inbox.
func (n *Node) Clearing() *clearing.Intake { return n.intake.Load() }

// intakeOf is the receiving side if it has come to a business date; nil before.
func (n *Node) intakeOf(date uint32) *clearing.Intake {
	in := n.intake.Load()
	if in == nil || in.Status().Date != calendar.Date(date) {
		return nil
	}
	return in
}

// receive looks into the inbox of the business date, again and again.
func (n *Node) receive(ctx context.Context) error {
	ticks, stop := n.clock.Every(time.Duration(n.config.Clearing.Every))
	defer stop()
	var date calendar.Date
	var before string
	for {
		rung := n.dayEnd.approved.news()
		today, err := n.today(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if today != date {
			if err := n.openIntake(today); err != nil {
				return err
			}
			date = today
			n.dayEnd.news.ring()
		}
		if in := n.intake.Load(); in != nil {
			status, err := in.Collect(ctx, n.clock.Now())
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			now := n.tellFiles(&status, before)
			if err := n.adopt(ctx, in, date); err != nil && ctx.Err() == nil {
				return err
			}
			if now != before {
				n.dayEnd.news.ring()
			}
			before = now
		}
		select {
		case <-ticks:
		case <-rung: // perhaps two people have approved a set
		case <-ctx.Done():
			return nil
		}
	}
}

func (n *Node) today(ctx context.Context) (date calendar.Date, err error) {
	err = n.Core.Look(ctx, func(m *custody.Machine) { date = calendar.Date(m.Today().Date) })
	return date, err
}

// openIntake begins to receive a date and ends the one before.
func (n *Node) openIntake(date calendar.Date) error {
	var next *clearing.Intake
	if date != 0 {
		var err error
		c := &n.config.Clearing
		if next, err = clearing.OpenIntake(clearing.Config{
			Participant: c.participant(), Inbox: os.DirFS(c.Inbox), FS: durable.OS{},
			Archive: filepath.ToSlash(filepath.Join(n.config.Centre.Dir, "files", "clearing")), Requester: n.requester(),
		}, date); err != nil {
			return err
		}
	}
	if last := n.intake.Swap(next); last != nil {
		return last.Close()
	}
	return nil
}

// requester asks the clearing house for files again; nil when there is no way.
func (n *Node) requester() clearing.Requester {
	if n.config.Clearing.Requests == "" {
		return nil
	}
	return requestFolder{filepath.ToSlash(n.config.Clearing.Requests), n.clock.Now}
}

// tellFiles logs a change of what has come in.
func (n *Node) tellFiles(s *clearing.Status, before string) string {
	here := 0
	for _, f := range s.Files {
		if f.Here && f.Good {
			here++
		}
	}
	now := fmt.Sprintf("%s %t %t %d %d", s.Date, s.Complete, s.Pending != nil, here, len(s.Findings))
	if now != before {
		n.log.Info("clearing files", slog.String("date", s.Date.String()), slog.Int("good", here), slog.Int("expected", len(s.Files)),
			slog.Int("findings", len(s.Findings)), slog.Bool("complete", s.Complete), slog.Bool("waits_for_a_person", s.Pending != nil))
	}
	return now
}

// errNoIntake reports that no business date is received.
var errNoIntake = errors.New("no clearing files are received: no business date is open or the configuration names no inbox")
