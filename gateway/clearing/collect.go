package clearing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"sancun/wire/csdc"
)

// judgement is the last check and what it was of.
type judgement struct {
	of       string
	findings []csdc.Finding
}

// Collect looks into the inbox at the moment now, archives what is new, judges
// the day, accepts a whole set, and asks for what is missing or bad. It is cheap
// when nothing has changed. It returns an error when inbox or archive cannot be
// used, or the context ends; bad files are findings, not errors.
func (in *Intake) Collect(ctx context.Context, now time.Time) (Status, error) {
	in.work.Lock()
	defer in.work.Unlock()
	if err := in.look(ctx, now); err != nil {
		return in.Status(), err
	}
	if err := in.judge(now); err != nil {
		return in.Status(), err
	}
	if err := in.accept(now); err != nil {
		return in.Status(), err
	}
	asked, err := in.askForBad(ctx, now)
	in.publish(now, asked)
	return in.Status(), errors.Join(err, ctx.Err())
}

// look brings current up to date with the inbox.
func (in *Intake) look(ctx context.Context, now time.Time) error {
	entries, err := fs.ReadDir(in.config.Inbox, in.date.Compact())
	if errors.Is(err, fs.ErrNotExist) {
		entries, err = nil, nil // the folder comes with the first file
	}
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		there[e.Name()] = true
		if err := in.take(e, now); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
	}
	for name := range in.current {
		if !there[name] {
			delete(in.current, name)
			delete(in.inbox, name)
		}
	}
	in.looked = now
	return nil
}

// take archives a file if it is one of the day's and has changed. Files that
// nobody expects are seen, not kept.
func (in *Intake) take(e fs.DirEntry, now time.Time) error {
	name := e.Name()
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone again: the next look will tell
	}
	if err != nil {
		return err
	}
	if !in.expects(name) || !info.Mode().IsRegular() {
		in.current[name] = Version{Name: name}
		return nil
	}
	if last := in.inbox[name]; last != nil && same(last, info) {
		return nil
	}
	hash, size, err := in.copy(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	after, err := fs.Stat(in.config.Inbox, in.date.Compact()+"/"+name)
	if err != nil || after.Size() != info.Size() || !after.ModTime().Equal(info.ModTime()) || size != info.Size() {
		return nil // it changed under our hands: the next look will take it
	}
	if last := in.last(name); last.Hash != hash {
		if err := in.note(entry{kind: lineVersion, at: now, prior: in.looked, name: name, hash: hash, bytes: size}); err != nil {
			return err
		}
	}
	in.inbox[name], in.current[name] = info, in.last(name)
	return nil
}

// same says whether a file cannot have changed since it was read. Time and length
// alone do not tell: a clock may tick slower than files are replaced.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (in *Intake) copy(name string) (Hash, int64, error) {
	f, err := in.config.Inbox.Open(in.date.Compact() + "/" + name)
	if err != nil {
		return Hash{}, 0, err
	}
	hash, size, err := in.archive.keep(f, name)
	return hash, size, errors.Join(err, f.Close())
}

func (in *Intake) expects(name string) bool {
	return slices.ContainsFunc(in.expected, func(e csdc.Expected) bool { return e.Name == name })
}

// judge checks the archived copies, again only if they or the deadlines that
// have passed are others than last time.
func (in *Intake) judge(now time.Time) error {
	var of strings.Builder
	for _, name := range slices.Sorted(keys(in.current)) {
		fmt.Fprintf(&of, "%s=%s\n", name, in.current[name].Hash)
	}
	for _, e := range in.expected {
		if now.Before(e.Deadline) {
			fmt.Fprintf(&of, "before %s\n", e.Name)
		}
	}
	if of.String() == in.judged.of {
		return nil
	}
	var failed error
	findings, err := in.manifest.Check(view{in.archive, in.current, &failed}, now)
	if failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	in.judged = judgement{of.String(), findings}
	return nil
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// accept makes a whole day the accepted set: the first one at once, a later one
// only if one of its changed files had been asked for. Else it waits for Adopt.
func (in *Intake) accept(now time.Time) error {
	in.pending = nil
	if len(in.judged.findings) > 0 {
		return nil
	}
	set := newSet(now, in.files())
	accepted, ok := in.Accepted()
	if !ok {
		return in.note(entry{kind: lineAccepted, at: now, set: set.Files})
	}
	if accepted.Input == set.Input {
		return nil
	}
	changed := set.changed(&accepted, in.manifest.Control.Name)
	if len(changed) == 0 || slices.ContainsFunc(changed, func(name string) bool { return in.fresh[name] }) {
		return in.note(entry{kind: lineAccepted, at: now, set: set.Files})
	}
	in.pending = set
	return nil
}

// files are the versions in the inbox, in the order of the manifest. What is not
// there has no data, or the check would have said so.
func (in *Intake) files() []Version {
	var out []Version
	for _, e := range in.expected {
		v, ok := in.current[e.Name]
		if !ok {
			v = Version{Name: e.Name, Absent: true}
		}
		out = append(out, v)
	}
	return out
}

// Adopt accepts the set that replaced the accepted one without having been asked
// for. The input hash, of Status.Pending, says which one the person has looked
// at. It returns ErrUnknown if that is not the one waiting.
func (in *Intake) Adopt(input Hash, now time.Time) error {
	in.work.Lock()
	defer in.work.Unlock()
	if in.pending == nil || in.pending.Input != input {
		return fmt.Errorf("set %s is not waiting: %w", input, ErrUnknown)
	}
	if err := in.note(entry{kind: lineAccepted, at: now, set: in.pending.Files}); err != nil {
		return err
	}
	in.pending = nil
	in.publish(now, nil)
	return nil
}
