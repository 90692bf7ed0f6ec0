package backup

import (
	"fmt"
	"time"
)

// Schedule says when archives are due. Times of day are those of Where.
type Schedule struct {
	FullDays         int           // days from one full archive to the next
	FullAt           time.Duration // time of day from which a full archive may begin
	IncrementalEvery time.Duration // from one archive to the next
	Where            *time.Location
}

// Due says which archive is due at a moment, if any.
func (s *Schedule) Due(chain Chain, now time.Time) (Kind, bool) {
	last := chain.Last()
	if last == nil {
		return Full, true
	}
	full := chain[last.Base-1].Made.In(s.Where)
	day := time.Date(full.Year(), full.Month(), full.Day()+s.FullDays, 0, 0, 0, 0, s.Where)
	if !now.Before(day.Add(s.FullAt)) {
		return Full, true
	}
	return Incremental, !now.Before(last.Made.Add(s.IncrementalEvery))
}

// Limits say when the age of an archive or a proof is an alarm.
type Limits struct {
	Archive time.Duration // of the newest archive
	Full    time.Duration // of the newest full one
	Proof   time.Duration // of the newest good proof; 0 when nobody proves
}

// Alarm is something wrong with the backups of a centre that a person must see to.
type Alarm struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Advice string `json:"advice"`
}

// The codes of alarms.
const (
	AlarmNone       = "backup-none"        // there is no archive
	AlarmLate       = "backup-late"        // the newest archive is too old
	AlarmFullLate   = "backup-full-late"   // the newest full one is too old
	AlarmProofLate  = "backup-proof-late"  // no good proof is young enough
	AlarmProofBad   = "backup-proof-bad"   // the last restore led elsewhere, or nowhere
	AlarmFailed     = "backup-failed"      // the last run failed
	AlarmCopy       = "backup-copy"        // the remote copy is not like the local one
	AlarmRolledBack = "backup-rolled-back" // archives are gone that were there
	AlarmDamaged    = "backup-damaged"     // what lies there is not what was written
	AlarmRule       = "backup-rule"        // copies of keys outlive their rule
)

// Alarms judges the age of archives and proofs at a moment.
func Alarms(chain Chain, proofs []Proof, l Limits, now time.Time) (all []Alarm) {
	last := chain.Last()
	if last == nil {
		return []Alarm{{AlarmNone, "there is no archive", "look whether the first full one runs, or why it failed"}}
	}
	if age := now.Sub(last.Made); age > l.Archive {
		all = append(all, Alarm{AlarmLate, fmt.Sprintf("the newest archive, %d, is %s old, at most %s", last.Number, age.Round(time.Minute), l.Archive), "look why none followed; take one by hand: sancun backup incremental"})
	}
	full := &chain[last.Base-1]
	if age := now.Sub(full.Made); age > l.Full {
		all = append(all, Alarm{AlarmFullLate, fmt.Sprintf("the newest full archive, %d, is %s old, at most %s", full.Number, age.Round(time.Minute), l.Full), "look why none followed; take one by hand: sancun backup full"})
	}
	if l.Proof == 0 {
		return all
	}
	var good, newest *Proof
	for i := range proofs {
		p := &proofs[i]
		if p.Number > uint64(len(chain)) || chain[p.Number-1].Digest != p.Digest {
			continue // of other archives
		}
		if newest == nil || p.Ended.After(newest.Ended) {
			newest = p
		}
		if p.Good && (good == nil || p.Ended.After(good.Ended)) {
			good = p
		}
	}
	if newest != nil && !newest.Good {
		all = append(all, Alarm{AlarmProofBad, fmt.Sprintf("archive %d was not proven by %s: %s", newest.Number, newest.Prover, newest.Failure), "take a full archive now, then find out what is wrong with the old one"})
	}
	if good == nil {
		return append(all, Alarm{AlarmProofLate, "no restore was ever proven", "run sancun backup prove on the proving machine"})
	}
	if age := now.Sub(good.Ended); age > l.Proof {
		all = append(all, Alarm{AlarmProofLate, fmt.Sprintf("the newest proof is %s old, at most %s", age.Round(time.Minute), l.Proof), "look at the proving machine"})
	}
	return all
}
