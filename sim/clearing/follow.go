package clearing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/calendar"
)

// Follow plays one trading day like Run, but at the time that clock tells, and
// answers requests to send a file again until ctx ends, which is no error. told
// hears of every answer. It returns what has happened.
func Follow(ctx context.Context, c RunConfig, requests RequestDir, ticks <-chan time.Time, clock func() calendar.TimeOfDay, told func(name string, err error)) (Report, error) {
	h, err := begin(ctx, &c)
	if h == nil {
		return Report{}, err
	}
	if err == nil {
		err = h.Follow(ctx, requests, ticks, clock, told)
	}
	return h.Report(), err
}

// Follow lets the open day, whose trades are cleared, happen at the time that clock
// tells, and answers requests until ctx ends, which is no error. The day stays open.
func (h *House) Follow(ctx context.Context, requests RequestDir, ticks <-chan time.Time, clock func() calendar.TimeOfDay, told func(name string, err error)) error {
	for {
		if err := h.Release(max(h.day.now, min(clock(), lastSend))); err != nil {
			return err
		}
		names, err := requests.take(h.day.date)
		if err != nil {
			return fmt.Errorf("requests: %w", err)
		}
		for _, name := range names {
			told(name, h.Resend(name))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
	}
}

// RequestDir is where a participant leaves its requests to send a file again:
// Root/<yyyymmdd>/<file>.request (docs/formats/clearing-archive.md). Empty is nowhere.
type RequestDir struct{ Root string }

// requestSuffix is what the name of a request adds to the file's.
const requestSuffix = ".request"

// take removes the requests of a date and returns the names they ask for. The
// content of a request is for people.
func (d RequestDir) take(date calendar.Date) ([]string, error) {
	if d.Root == "" {
		return nil, nil
	}
	folder := filepath.Join(d.Root, date.Compact())
	entries, err := os.ReadDir(folder)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), requestSuffix)
		if !ok {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}
