package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sancun/internal/durable"
	"sancun/plan"
)

// Inbox is a folder where people lay what they say for the runner, which may not be
// running then. What lies there is signed: whoever can write there can forge nothing.
type Inbox struct{ dir string }

// The names in a runner's folder.
const (
	inboxName   = "inbox"
	heardName   = "heard"
	saidSuffix  = ".json"
	saidBytes   = 256 << 10
	inboxMax    = 1_000
	inboxLooked = 50 * time.Millisecond
)

// Inbox is the inbox of a runner's folder.
func (c *Config) Inbox() Inbox { return Inbox{filepath.Join(c.Dir, inboxName)} }

// Put lays a confirmation into the inbox.
func (b Inbox) Put(c *plan.Confirmation) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%d-%.8s%s", c.Run, c.Gate, plan.HashOf(text).String(), saidSuffix)
	return durable.ReplaceFile(durable.OS{}, filepath.ToSlash(filepath.Join(b.dir, name)), append(text, '\n'))
}

// take returns what lies in the inbox, the oldest name first, and moves it to heard.
func (b Inbox) take() (all []plan.Confirmation, err error) {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	heard := filepath.Join(filepath.Dir(b.dir), heardName)
	if err := os.MkdirAll(heard, 0o700); err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && filepath.Ext(e.Name()) == saidSuffix && len(names) < inboxMax {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	var bad error
	for _, name := range names {
		from := filepath.Join(b.dir, name)
		text, err := durable.ReadFile(durable.OS{}, filepath.ToSlash(from), saidBytes)
		var c plan.Confirmation
		if err == nil {
			err = decode(text, &c)
		}
		if err == nil {
			all = append(all, c)
		} else {
			bad = errors.Join(bad, fmt.Errorf("%s: %w", name, err))
		}
		if err := os.Rename(from, filepath.Join(heard, name)); err != nil {
			return all, errors.Join(bad, err)
		}
	}
	return all, bad
}

// decode reads one JSON object without keys that are not known.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errMore
	}
	return nil
}

var errMore = errors.New("something stands behind it")

// Listen passes on what people lay into the inbox until ctx ends; the channel is
// closed then. Errors go to say.
func (b Inbox) Listen(ctx context.Context, w *World, say func(error)) <-chan plan.Confirmation {
	out := make(chan plan.Confirmation)
	go func() { // ends with ctx; whoever reads sees the channel closed
		defer close(out)
		for {
			all, err := b.take()
			if err != nil {
				say(fmt.Errorf("the inbox: %w", err))
			}
			for _, c := range all {
				select {
				case out <- c:
				case <-ctx.Done():
					return
				}
			}
			if w.Pause(ctx, inboxLooked) != nil {
				return
			}
		}
	}()
	return out
}
