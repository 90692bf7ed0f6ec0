package clearing

import (
	"fmt"
	"slices"
	"time"

	"sancun/calendar"
	"sancun/wire/csdc"
)

// Status is what is known about a day's files at a moment.
type Status struct {
	Date calendar.Date
	Now  time.Time
	// Complete: there is an accepted set and nothing stops the day end.
	Complete bool
	Accepted *Set // nil while there is none
	Pending  *Set // whole, but differs from the accepted one and waits for Adopt
	Findings []Finding
	Files    []FileStatus // in the order of the manifest, the control file last
	// Reporting is 21:00, by when all must be cleared and reported; Banks is
	// 23:00, by when the banks have their files (row K40).
	Reporting Deadline
	Banks     Deadline
	Asked     []Asked // by this Collect
}

// Finding is something wrong with the day's files.
type Finding struct {
	csdc.Finding
	Since time.Time // when this gateway first saw it, since it was opened
}

// FileStatus is one expected file.
type FileStatus struct {
	Name     string
	Layout   csdc.Layout // zero: the control file
	Due      time.Time
	Arrived  time.Time     // the first version; zero: none yet
	Late     time.Duration // behind Due, also while it is still awaited
	Versions []Version     // every one, oldest first
	Here     bool          // lies in the inbox now
	Good     bool          // no finding about it
}

// Deadline is a time by which the files must have been accepted.
type Deadline struct {
	At     time.Time
	Left   time.Duration // zero when met or over
	Late   time.Duration // how long behind it the set was accepted, or now is
	Missed bool
}

// late says whether a version certainly came behind a deadline: a look behind the
// deadline had not found it. A gateway that was not there cannot say.
func (v Version) late(deadline time.Time) bool {
	return !v.Before.IsZero() && !v.Before.Before(deadline)
}

// deadlines are the two of a trading day.
func deadlines(c *Config, date calendar.Date) ([2]Deadline, error) {
	var out [2]Deadline
	for i, cutoff := range []calendar.Cutoff{calendar.ExchangeReporting, calendar.BankFiles} {
		day, at, err := c.Calendar.CutoffFor(c.Rules, cutoff, date)
		if err != nil {
			return out, fmt.Errorf("deadline of %s: %w", date, err)
		}
		out[i] = Deadline{At: time.UnixMilli(day.UnixMilli(at))}
	}
	return out, nil
}

// seen fills in how the deadline stands at now, met at the moment met if not zero.
func (d Deadline) seen(now, met time.Time) Deadline {
	if met.IsZero() {
		d.Left = max(d.At.Sub(now), 0)
		met = now
	}
	d.Late = max(met.Sub(d.At), 0)
	d.Missed = d.Late > 0
	return d
}

// Status returns what the last Collect found.
func (in *Intake) Status() Status {
	in.published.Lock()
	defer in.published.Unlock()
	s := in.status
	s.Findings, s.Files, s.Asked = slices.Clone(s.Findings), slices.Clone(s.Files), slices.Clone(s.Asked)
	return s
}

// publish computes the status of now.
func (in *Intake) publish(now time.Time, asked []Asked) {
	s := Status{Date: in.date, Now: now, Pending: in.pending, Asked: asked}
	accepted, ok := in.Accepted()
	met := time.Time{}
	if ok {
		s.Accepted, met = &accepted, in.Sets()[0].At
	}
	s.Reporting, s.Banks = in.due[0].seen(now, met), in.due[1].seen(now, met)
	s.Findings = in.findings(now)
	s.Complete = ok && !slices.ContainsFunc(s.Findings, func(f Finding) bool { return f.Kind.Stops() })
	for _, e := range in.expected {
		f := FileStatus{Name: e.Name, Layout: e.Layout, Due: e.Deadline, Versions: slices.Clone(in.history[e.Name])}
		_, f.Here = in.current[e.Name]
		f.Good = !slices.ContainsFunc(s.Findings, func(x Finding) bool { return x.File == e.Name && x.Kind != csdc.Late })
		switch {
		case len(f.Versions) > 0:
			f.Arrived = f.Versions[0].Seen
			if f.Versions[0].late(e.Deadline) {
				f.Late = f.Arrived.Sub(e.Deadline)
			}
		case !f.Good:
			f.Late = max(now.Sub(e.Deadline), 0)
		}
		s.Files = append(s.Files, f)
	}
	in.published.Lock()
	in.status = s
	in.published.Unlock()
}

// findings are those of the check and those of a receiver that remembers.
func (in *Intake) findings(now time.Time) []Finding {
	found := slices.Clone(in.judged.findings)
	for _, e := range in.expected {
		if all := in.history[e.Name]; len(all) > 0 && all[0].late(e.Deadline) {
			found = append(found, csdc.Finding{Kind: csdc.Late, File: e.Name, Detail: fmt.Sprintf("seen %s behind its deadline", all[0].Seen.Sub(e.Deadline))})
		}
	}
	if accepted, ok := in.Accepted(); ok && in.pending != nil {
		for _, name := range in.pending.changed(&accepted, in.manifest.Control.Name) {
			was, _ := accepted.file(name)
			is, _ := in.pending.file(name)
			found = append(found, csdc.Finding{Kind: csdc.Replaced, File: name, Detail: fmt.Sprintf("accepted as %.12s, came again as %.12s", was.Hash, is.Hash)})
		}
	}
	var out []Finding
	still := map[string]time.Time{}
	for _, f := range found {
		key := fmt.Sprintf("%s %d %d %s", f.File, f.Kind, f.Record, f.Field)
		first, known := in.since[key]
		if !known {
			first = now
		}
		still[key] = first
		out = append(out, Finding{f, first})
	}
	in.since = still
	return out
}
