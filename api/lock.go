package api

import (
	"sync"
	"time"
)

// locks count wrong passwords by user name, also of names that do not exist, so
// that nobody learns which do.
type locks struct {
	now func() time.Time

	mu     sync.Mutex // guards byName
	byName map[string]*lock
}

type lock struct {
	wrong int
	until time.Time
	last  time.Time
}

func newLocks(now func() time.Time) *locks { return &locks{now: now, byName: map[string]*lock{}} }

// locked returns how long a name still has to wait, zero when it may try.
func (l *locks) locked(name string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.byName[name]; one != nil {
		return max(0, one.until.Sub(l.now()))
	}
	return 0
}

// wrong counts a wrong password. From the fifth in a row on each one locks the
// name, twice as long as the one before.
func (l *locks) wrong(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one := l.byName[name]
	if one == nil {
		if len(l.byName) >= doorsMax {
			l.forget(now)
		}
		one = &lock{}
		l.byName[name] = one
	}
	one.wrong++
	one.last = now
	if over := one.wrong - wrongMax; over >= 0 {
		wait := lockLongest
		if over < 6 {
			wait = min(lockLongest, lockFirst<<over)
		}
		one.until = now.Add(wait)
	}
}

// right starts the count of a name again.
func (l *locks) right(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byName, name)
}

// forget makes room: it drops the names that are not locked now. Locked ones stay,
// so that a flood of invented names unlocks nobody.
func (l *locks) forget(now time.Time) {
	for name, one := range l.byName {
		if !one.until.After(now) {
			delete(l.byName, name)
		}
	}
}
