package clearing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"sancun/calendar"
	"sancun/internal/durable"
	"sancun/wire/csdc"
)

// Requester asks the clearing house to send a file again. An answer means that
// the request has been taken, not that the file has come.
type Requester interface {
	Resend(ctx context.Context, date calendar.Date, name string) error
}

// Config is what the receiving side of a participant needs.
type Config struct {
	Participant csdc.Participant
	// Inbox holds a folder a day, named yyyymmdd, with that day's files and
	// nothing else. It is only read.
	Inbox fs.FS
	// Archive is the directory, on FS, in which versions and the day's log are kept.
	FS      durable.FS
	Archive string
	// Calendar is the mainland's, Cutoffs are csdc.DefaultCutoffs, Rules are the
	// built-in cut-offs of a trading day if nil.
	Calendar *calendar.Calendar
	Cutoffs  []csdc.Cutoff
	Rules    []calendar.CutoffRule
	// Requester may be nil: then nobody is asked.
	Requester Requester
	// RetryEvery is how long an answer to a request is waited for.
	RetryEvery time.Duration
}

// Intake receives the files of one trading day. Collect, Adopt and Request may be
// called from several goroutines, one works at a time; the others never wait for
// them.
type Intake struct {
	config   Config
	date     calendar.Date
	manifest csdc.Manifest
	expected []csdc.Expected // of the manifest, the control file last
	archive  *archive
	due      [2]Deadline

	work    sync.Mutex // held by Collect, Adopt and Request; guards what follows
	log     *dayLog
	inbox   map[string]fs.FileInfo // of the files of current when they were read
	current map[string]Version     // what lies in the inbox now
	history map[string][]Version
	asked   map[string]ask
	looked  time.Time // the last look into the inbox since this was opened
	judged  judgement
	since   map[string]time.Time
	fresh   map[string]bool // asked for since the last acceptance
	pending *Set            // whole, but not what was accepted

	published sync.Mutex // guards what follows; held for moments only
	sets      []*Set
	status    Status
}

// ask is the last request for a file.
type ask struct {
	at   time.Time
	hash Hash // the version that was not good enough
}

// OpenIntake begins or goes on with a trading day: what the archive knows of it
// is remembered. Close it. It returns ErrNotTradingDay or ErrCoverage of the
// calendar, csdc's errors for the participant's numbers, ErrArchive.
func OpenIntake(c Config, date calendar.Date) (*Intake, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	if !c.Calendar.Covers(date) {
		return nil, fmt.Errorf("%s: %w", date, calendar.ErrCoverage)
	}
	if !c.Calendar.IsTradingDay(date) {
		return nil, fmt.Errorf("%s: %w", date, calendar.ErrNotTradingDay)
	}
	in := &Intake{
		config: c, date: date, inbox: map[string]fs.FileInfo{}, current: map[string]Version{}, history: map[string][]Version{},
		asked: map[string]ask{}, since: map[string]time.Time{}, fresh: map[string]bool{},
	}
	previous := csdc.Date("")
	if day, err := c.Calendar.Prev(date); err == nil {
		previous = csdc.Date(day.Compact())
	}
	var err error
	if in.manifest, err = csdc.NewManifest(c.Participant, csdc.Date(date.Compact()), previous, c.Cutoffs); err != nil {
		return nil, err
	}
	in.expected = append(slices.Clone(in.manifest.Files), in.manifest.Control)
	if in.due, err = deadlines(&c, date); err != nil {
		return nil, err
	}
	if in.archive, err = openArchive(c.FS, c.Archive); err != nil {
		return nil, err
	}
	log, entries, err := openLog(c.FS, c.Archive, path.Join(c.Archive, date.Compact()+".log"))
	if err != nil {
		return nil, err
	}
	in.log = log
	for _, e := range entries {
		in.remember(e)
	}
	in.status = Status{Date: date}
	return in, nil
}

func (c *Config) fill() error {
	if c.Inbox == nil || c.FS == nil || c.Archive == "" {
		return errors.New("gateway/clearing: inbox, file system and archive are needed")
	}
	if c.Calendar == nil {
		china, err := calendar.China()
		if err != nil {
			return err
		}
		c.Calendar = china
	}
	if c.Cutoffs == nil {
		c.Cutoffs = csdc.DefaultCutoffs()
	}
	if c.Rules == nil {
		c.Rules = calendar.BuiltinCutoffs()
	}
	if c.RetryEvery <= 0 {
		c.RetryEvery = retryDefault
	}
	return nil
}

// remember takes a line of the log into account, when it is read or written.
func (in *Intake) remember(e entry) {
	switch e.kind {
	case lineVersion:
		in.history[e.name] = append(in.history[e.name], Version{Name: e.name, Seen: e.at, Before: e.prior, Hash: e.hash, Bytes: e.bytes})
	case lineRequest:
		in.asked[e.name] = ask{e.at, in.last(e.name).Hash}
		in.fresh[e.name] = true
	case lineAccepted:
		clear(in.fresh)
		set := newSet(e.at, in.dated(e.set))
		in.published.Lock()
		in.sets = append(in.sets, set)
		in.published.Unlock()
	}
}

// dated puts times and lengths, which the line of a set leaves out, on its files.
func (in *Intake) dated(files []Version) []Version {
	out := make([]Version, len(files))
	for i, v := range files {
		out[i] = v
		for _, known := range in.history[v.Name] {
			if !v.Absent && known.Hash == v.Hash {
				out[i] = known
				break
			}
		}
	}
	return out
}

// last is the newest version of a file, or a zero one.
func (in *Intake) last(name string) Version {
	all := in.history[name]
	if len(all) == 0 {
		return Version{}
	}
	return all[len(all)-1]
}

// note makes a line durable and takes it into account.
func (in *Intake) note(e entry) error {
	if err := in.log.append(e); err != nil {
		return err
	}
	in.remember(e)
	return nil
}

// Close releases the log. The archive stays as it is.
func (in *Intake) Close() error {
	in.work.Lock()
	defer in.work.Unlock()
	return in.log.close()
}

// Manifest is what the day must bring.
func (in *Intake) Manifest() csdc.Manifest { return in.manifest }
