package clearing

import (
	"context"
	"fmt"
	"time"

	"sancun/wire/csdc"
)

// Asked is a request for a file.
type Asked struct {
	File string
	Why  csdc.FindingKind // zero: a person or settlement asked
	Err  error            // why the clearing house could not be asked; nil if it could
}

// Request asks for a file again although it has passed the check, because its
// content differs from our own books. The next whole set that brings the file
// anew is accepted without Adopt. It returns ErrUnknown for a file that is none
// of the day's, ErrRequest when nobody could be asked.
func (in *Intake) Request(ctx context.Context, name string, now time.Time) error {
	in.work.Lock()
	defer in.work.Unlock()
	if !in.expects(name) {
		return fmt.Errorf("%s: %w", name, ErrUnknown)
	}
	if in.config.Requester == nil {
		return fmt.Errorf("%s: no way to ask: %w", name, ErrRequest)
	}
	// Noted before it is done: asked twice does no harm, an answer that nobody
	// remembers asking for would have to be adopted by hand.
	if err := in.note(entry{kind: lineRequest, at: now, name: name}); err != nil {
		return err
	}
	return in.ask(ctx, name)
}

func (in *Intake) ask(ctx context.Context, name string) error {
	if err := in.config.Requester.Resend(ctx, in.date, name); err != nil {
		return fmt.Errorf("%s: %w: %w", name, ErrRequest, err)
	}
	return nil
}

// askFor says which file would cure a finding; empty if none.
func (in *Intake) askFor(f csdc.Finding) string {
	switch f.Kind {
	case csdc.Missing, csdc.Truncated, csdc.BadRecord, csdc.BadLayout, csdc.WrongTotal, csdc.WrongDate, csdc.Altered:
		return f.File
	case csdc.BrokenSequence, csdc.Unannounced:
		return in.manifest.Control.Name
	}
	return ""
}

// askForBad asks for every file with a finding that a re-send may cure, once a
// version; for one that stays away, again after a while. An error is the
// archive's, which makes the day's memory uncertain.
func (in *Intake) askForBad(ctx context.Context, now time.Time) ([]Asked, error) {
	if in.config.Requester == nil {
		return nil, nil
	}
	var out []Asked
	done := map[string]bool{}
	for _, f := range in.judged.findings {
		name := in.askFor(f)
		if name == "" || done[name] {
			continue
		}
		done[name] = true
		last, before := in.asked[name]
		if before && last.hash == in.current[name].Hash && now.Before(last.at.Add(in.config.RetryEvery)) {
			continue
		}
		if err := in.note(entry{kind: lineRequest, at: now, name: name}); err != nil {
			return out, err
		}
		out = append(out, Asked{File: name, Why: f.Kind, Err: in.ask(ctx, name)})
	}
	return out, nil
}
