package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sancun/dr"
)

// Picture is what readiness is judged by: everything a runner can see at a moment.
type Picture struct {
	At      time.Time
	Centres []CentrePicture
	People  []dr.Operator
	Plans   []PlanPicture
	// LastDrill and LastBackup are zero when they are not known.
	LastDrill, LastBackup time.Time
	Running               string // a run that is not over
}

// CentrePicture is one centre.
type CentrePicture struct {
	Name     string
	Failure  string // it did not answer
	Role     string
	Mode     string
	Alone    bool // in mode available, the other is lost
	Disagree bool // its state root differed
	Linked   bool // it has a line to the other centre
	Epoch    uint32
	Delay    time.Duration // of the copy, as the writing centre measures it; below 0 when not known
	Behind   uint64        // blocks
	Version  string
	Offset   time.Duration // of its clock against the runner's
	Slack    time.Duration // how much of that the question itself may explain
	DiskFree uint64
	DiskAll  uint64    // 0: not known
	KeyUntil time.Time // of its certificate; zero when not known
	Config   string    // fingerprint of what must be equal; empty when not known
	Missing  int       // files of the journal's manifest that are not here
	Drift    []string  // keys of program and configuration that differ from the other centre's and must not
}

// PlanPicture is one plan of the library.
type PlanPicture struct {
	Name    string
	Failure string // it cannot be used, or is not approved
	Until   time.Time
	Review  time.Time
}

// Bounds says what is still ready.
type Bounds struct {
	Delay    time.Duration
	Offset   time.Duration
	DiskFree int // per cent
	KeyLeft  time.Duration
	Drill    time.Duration // age of the last drill
	Backup   time.Duration
	PlanLeft time.Duration
}

// DefaultBounds are those of a broker that drills every half year.
var DefaultBounds = Bounds{
	Delay: time.Second, Offset: 100 * time.Millisecond, DiskFree: 15, KeyLeft: 30 * 24 * time.Hour, Drill: 183 * 24 * time.Hour, Backup: 26 * time.Hour,
	PlanLeft: 14 * 24 * time.Hour,
}

// Reason is one judgement with its ground.
type Reason struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Stops  bool   `json:"stops"` // a switchover would not work, or not safely
	Detail string `json:"detail"`
}

// Readiness says whether the centres could be switched now, and why not.
type Readiness struct {
	At      time.Time `json:"at"`
	Ready   bool      `json:"ready"`
	Score   int       `json:"score"` // per cent of reasons that hold
	Reasons []Reason  `json:"reasons"`
}

// Judge judges a picture.
func Judge(p *Picture, b Bounds) Readiness {
	j := judge{Readiness{At: p.At, Ready: true}, p, b}
	j.centres()
	j.pair()
	j.people()
	j.plans()
	j.add("run-open", p.Running == "", true, "run that is not over: %s", orNone(p.Running))
	j.age("last-drill", p.LastDrill, b.Drill)
	j.age("last-backup", p.LastBackup, b.Backup)
	good := 0
	for _, r := range j.Reasons {
		if r.OK {
			good++
		} else if r.Stops {
			j.Ready = false
		}
	}
	j.Score = 100 * good / len(j.Reasons)
	return j.Readiness
}

type judge struct {
	Readiness
	p *Picture
	b Bounds
}

func (j *judge) add(name string, ok, stops bool, format string, args ...any) {
	j.Reasons = append(j.Reasons, Reason{name, ok, stops, fmt.Sprintf(format, args...)})
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func (j *judge) centres() {
	for i := range j.p.Centres {
		c := &j.p.Centres[i]
		if j.add("answers-"+c.Name, c.Failure == "", true, "%s: %s", c.Name, orNone(c.Failure)); c.Failure != "" {
			continue
		}
		j.add("state-root-"+c.Name, !c.Disagree, true, "%s disagrees about the state: %t", c.Name, c.Disagree)
		j.add("clock-"+c.Name, c.Offset.Abs() <= j.b.Offset+c.Slack, false, "%s is %v off, at most %v; the question took %v", c.Name, c.Offset, j.b.Offset, c.Slack)
		if c.DiskAll > 0 {
			free := int(c.DiskFree * 100 / c.DiskAll)
			j.add("disk-"+c.Name, free >= j.b.DiskFree, false, "%s has %d%% free, at least %d%%", c.Name, free, j.b.DiskFree)
		}
		if !c.KeyUntil.IsZero() {
			left := c.KeyUntil.Sub(j.p.At)
			j.add("certificate-"+c.Name, left >= j.b.KeyLeft, left <= 0, "the certificate of %s is valid until %s", c.Name, c.KeyUntil.Format(time.DateOnly))
		}
	}
}

// pair judges the two together.
func (j *judge) pair() {
	var writes, copies *CentrePicture
	for i := range j.p.Centres {
		switch c := &j.p.Centres[i]; c.Role {
		case dr.Primary.String():
			writes = c
		case dr.Standby.String():
			copies = c
		}
	}
	ok := writes != nil && copies != nil && len(j.p.Centres) == 2
	if j.add("roles", ok, true, "one centre writes and one copies: %t", ok); !ok {
		return
	}
	j.add("copies", copies.Linked, true, "%s has a line to %s: %t", copies.Name, writes.Name, copies.Linked)
	j.add("delay", writes.Delay >= 0 && writes.Delay <= j.b.Delay, false, "%s is %v behind, %d blocks; at most %v", copies.Name, writes.Delay, writes.Behind, j.b.Delay)
	j.add("mode", !writes.Alone, false, "mode %s, alone: %t", writes.Mode, writes.Alone)
	j.add("epoch", writes.Epoch >= copies.Epoch, true, "%s is in epoch %d, %s in %d", writes.Name, writes.Epoch, copies.Name, copies.Epoch)
	j.add("versions", writes.Version == copies.Version, false, "%s runs %s, %s runs %s", writes.Name, orNone(writes.Version), copies.Name, orNone(copies.Version))
	j.add("files", copies.Missing == 0, false, "%s lacks %d files", copies.Name, copies.Missing)
	drift := slices.Concat(writes.Drift, copies.Drift)
	slices.Sort(drift)
	drift = slices.Compact(drift)
	j.add("drift", len(drift) == 0, false, "the centres differ in: %s", orNone(strings.Join(drift, ", ")))
	j.add("people-file", writes.Config == copies.Config, true, "the people who may sign are the same at both: %t", writes.Config == copies.Config)
}

// people judges whether two different people could decide and act now.
func (j *judge) people() {
	on := func(d dr.Duty) (all []dr.Operator) {
		for _, p := range j.p.People {
			if slices.Contains(p.Duties, d) && !j.p.At.Before(p.From) && !j.p.At.After(p.Until) {
				all = append(all, p)
			}
		}
		return all
	}
	for _, need := range []struct {
		name          string
		maker, second dr.Duty
	}{{"approvers", dr.DutyOperate, dr.DutyCommand}, {"verifiers", dr.DutyOperate, dr.DutyVerify}} {
		ok := false
		for _, a := range on(need.maker) {
			ok = ok || slices.ContainsFunc(on(need.second), func(b dr.Operator) bool { return different(a, b) == nil })
		}
		j.add(need.name, ok, true, "%d with duty %s, %d with duty %s, qualified today", len(on(need.maker)), need.maker, len(on(need.second)), need.second)
	}
}

func (j *judge) plans() {
	for _, p := range j.p.Plans {
		ok := p.Failure == ""
		j.add("plan-"+p.Name, ok, true, "%s: %s", p.Name, orNone(p.Failure))
		if ok {
			left := min(p.Until.Sub(j.p.At), p.Review.Sub(j.p.At))
			j.add("plan-age-"+p.Name, left >= j.b.PlanLeft, left < 0, "%s is approved until %s and to be looked at by %s", p.Name, p.Until.Format(time.DateOnly), p.Review.Format(time.DateOnly))
		}
	}
}

func (j *judge) age(name string, at time.Time, most time.Duration) {
	if at.IsZero() {
		j.add(name, false, false, "not known")
		return
	}
	age := j.p.At.Sub(at)
	j.add(name, age <= most, false, "%s, at most %v ago", at.Format(time.DateOnly), most)
}
