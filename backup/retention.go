package backup

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"sancun/internal/durable"
)

// Rule says how long parts of a class are kept, from when on, and who says so.
// Business data are kept at least so long; keys at most.
type Rule struct {
	Name    string
	Class   Class
	From    uint32 // first day it holds on, yyyymmdd
	Years   int    // at least, 0 for none
	Days    int    // at most, 0 for none
	Source  string
	Checked bool // the source was read, and not only its summary
}

// Rules are those of this program. A house may lengthen what is kept at least and
// shorten what is kept at most, not the other way round.
func Rules() []Rule {
	const law = "Securities Law of the People's Republic of China (2019), article 137: client identity, orders, trades, funds and all business records, 20 years"
	return []Rule{
		{Name: "business records", Class: Blocks, From: 20200301, Years: 20, Source: law},
		{Name: "business files", Class: Files, From: 20200301, Years: 20, Source: law},
		{Name: "list of files", Class: Inventory, From: 20200301, Years: 20, Source: "as the files it lists"},
		{Name: "anti-money-laundering records", Class: Blocks, From: 20250101, Years: 10, Source: "Anti-Money Laundering Law of the People's Republic of China (2024): 10 years"},
		{Name: "derived data", Class: Snapshot, From: 20200301, Source: "docs/formats/state.md: a snapshot is never the only copy of anything"},
		{Name: "keys of personal data", Class: Keys, From: 20211101, Days: 31, Source: "docs/security/personal-data.md, rule 6, after the Personal Information Protection Law (2021), article 47: a destroyed key is gone within one rotation"},
	}
}

// The bounds of what a house may choose.
const (
	// ReachDaysMin is the least time for which every archive stays, so that a fault
	// found late can be traced in copies made before it.
	ReachDaysMin = 7
	// KeysDaysMax is the most that a copy of the keys may live: the rule's.
	KeysDaysMax = 31
	// keysCopies is how many copies of the keys stay while they are young enough.
	keysCopies = 3
)

// Retention is what a house chose within the rules.
type Retention struct {
	Rules     []Rule
	ReachDays int // every archive stays so long, ReachDaysMin or more
	KeysDays  int // copies of keys that newer ones replace stay so long, at most KeysDaysMax
}

// least is how long a class must be kept at a moment, by the rules that hold then.
func (r *Retention) least(c Class, at time.Time) (years int, rule string) {
	day := dateOf(at)
	for _, rl := range r.Rules {
		if rl.Class == c && rl.From <= day && rl.Years > years {
			years, rule = rl.Years, rl.Name
		}
	}
	return years, rule
}

// most is how long a class may be kept at a moment, 0 for no bound.
func (r *Retention) most(c Class, at time.Time) (days int, rule string) {
	day := dateOf(at)
	for _, rl := range r.Rules {
		if rl.Class == c && rl.From <= day && rl.Days > 0 && (days == 0 || rl.Days < days) {
			days, rule = rl.Days, rl.Name
		}
	}
	return days, rule
}

func dateOf(at time.Time) uint32 {
	at = at.UTC()
	return uint32(at.Year()*10_000 + int(at.Month())*100 + at.Day())
}

// The groups in which parts are removed.
const (
	groupKeys = "keys"
	groupRest = "rest"
)

// prunedFormat names the version of records of what was removed.
const prunedFormat = "sancun-backup-pruned-1"

// Pruned says that parts of an archive were removed, and why that was allowed. The
// manifest stays, so the chain stays whole.
type Pruned struct {
	Format string    `json:"format"`
	Number uint64    `json:"number"`
	Group  string    `json:"group"` // keys, or rest: everything else
	At     time.Time `json:"at"`
	Rule   string    `json:"rule"`
	Reason string    `json:"reason"`
	// Covered is the archive that holds the same, 0 when the rule's time has passed.
	Covered uint64 `json:"covered"`
	By      Signer `json:"signer"`
}

func (p *Pruned) signer() Signer { return p.By }

func (p *Pruned) check() error {
	if p.Format != prunedFormat || p.Number == 0 || p.Group != groupKeys && p.Group != groupRest || len(p.Rule) > textMax || len(p.Reason) > textMax {
		return errors.New("a field is impossible")
	}
	return nil
}

func (p *Pruned) name() string { return fmt.Sprintf("%08d.pruned.%s", p.Number, p.Group) }

// covers tells whether a part is among what was removed.
func (p *Pruned) covers(part *Part) bool { return (part.Class == Keys) == (p.Group == groupKeys) }

func (f *Folder) readPruned(name string, number uint64, signers []Signer) (p Pruned, err error) {
	text, err := durable.ReadFile(f.FS, f.path(name), noteBytesMax)
	if err != nil {
		return p, err
	}
	if _, err := unseal(wordPruned, name, text, signers, &p); err != nil {
		return p, err
	}
	if p.Number != number || p.name() != name {
		return p, tampered(name, "it is of archive %d, %s", p.Number, p.Group)
	}
	return p, nil
}

// Prune says what may be removed from a folder now. proofs are those of all
// folders. Nothing is removed that an unexpired rule needs and no proven newer
// archive holds; never the last proven full archive, nor anything behind it.
func (f *Folder) Prune(ctx context.Context, chain Chain, proofs []Proof, keep Retention, now time.Time) ([]Pruned, error) {
	all := chain.oldKeys(keep, now)
	proven := chain.proven(proofs)
	if proven == nil {
		return all, nil
	}
	after, err := f.files(ctx, proven)
	if err != nil {
		return nil, err
	}
	for i := range chain {
		a := &chain[i]
		if a.Number >= proven.Number {
			break
		}
		if a.removed(groupRest) || now.Sub(a.Made) < days(max(keep.ReachDays, ReachDaysMin)) {
			continue
		}
		p, ok, err := f.replaceable(ctx, chain, a, proven, after, keep, now)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, p)
		}
	}
	return all, nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// removed tells whether a group of an archive is gone.
func (a *Archive) removed(group string) bool {
	for i := range a.Pruned {
		if a.Pruned[i].Group == group {
			return true
		}
	}
	return false
}

// proven is the newest full archive that a good proof restored, alone or with
// incremental ones behind it.
func (c Chain) proven(proofs []Proof) (newest *Archive) {
	for i := range proofs {
		p := &proofs[i]
		if !p.Good || p.Number > uint64(len(c)) || c[p.Number-1].Digest != p.Digest {
			continue
		}
		if base := &c[c[p.Number-1].Base-1]; newest == nil || base.Number > newest.Number {
			newest = base
		}
	}
	return newest
}

func (f *Folder) files(ctx context.Context, a *Archive) (map[string]Entry, error) {
	all, err := f.Inventory(ctx, a)
	if err != nil {
		return nil, err
	}
	known := make(map[string]Entry, len(all))
	for _, e := range all {
		known[e.Name] = e
	}
	return known, nil
}

// replaceable tells whether the proven archive holds everything that an older one
// does, or every rule of the older one has ended.
func (f *Folder) replaceable(ctx context.Context, chain Chain, a, proven *Archive, after map[string]Entry, keep Retention, now time.Time) (Pruned, bool, error) {
	p := Pruned{Format: prunedFormat, Number: a.Number, Group: groupRest, At: now.UTC().Truncate(time.Second)}
	held := true
	for n := a.Number; n < proven.Number && held; n++ {
		held = !chain[n].Parted // the one behind n, counted from 1
	}
	if held {
		own, err := f.Inventory(ctx, a)
		if err != nil {
			return p, false, err
		}
		for _, e := range own {
			if there, ok := after[e.Name]; !ok || there.SHA256 != e.SHA256 {
				held = false
				break
			}
		}
	}
	years, rule := keep.least(Blocks, now)
	if held {
		p.Rule, p.Covered = rule, proven.Number
		p.Reason = fmt.Sprintf("archive %d holds the same blocks and files and was proven", proven.Number)
		return p, true, nil
	}
	for _, class := range []Class{Files, Inventory} {
		if y, r := keep.least(class, now); y > years {
			years, rule = y, r
		}
	}
	p.Rule, p.Reason = rule, fmt.Sprintf("%d years have passed", years)
	return p, a.Made.AddDate(years, 0, 0).Before(now), nil
}

// oldKeys are the copies of keys that newer ones replace and whose time has passed.
func (c Chain) oldKeys(keep Retention, now time.Time) (all []Pruned) {
	most, rule := keep.most(Keys, now)
	newer := 0
	for i := len(c) - 1; i >= 0; i-- {
		part, ok := c[i].Part(Keys)
		if !ok || c[i].gone(&part) {
			continue
		}
		age := now.Sub(c[i].Made)
		old := newer >= keysCopies && age > days(keep.KeysDays) || newer > 0 && most > 0 && age > days(most)
		newer++
		if old {
			all = append(all, Pruned{
				Format: prunedFormat, Number: c[i].Number, Group: groupKeys, At: now.UTC().Truncate(time.Second), Rule: rule, Covered: c[len(c)-1].Number,
				Reason: "newer copies replace it; a key destroyed since must not come back",
			})
		}
	}
	return all
}

// Remove carries out what Prune said: first the signed record, then the parts.
// Should a crash come between, the next run goes on.
func (f *Folder) Remove(ctx context.Context, chain Chain, all []Pruned, key ed25519.PrivateKey) error {
	lock, err := f.lock()
	if err != nil {
		return err
	}
	for i := range all {
		if err = f.remove(ctx, &chain[all[i].Number-1], all[i], key); err != nil {
			break
		}
	}
	return errors.Join(err, lock.Close())
}

func (f *Folder) remove(ctx context.Context, a *Archive, p Pruned, key ed25519.PrivateKey) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.By = SignerOf(key)
	text, err := seal(wordPruned, &p, key)
	if err != nil {
		return err
	}
	if err := f.put(p.name(), text); err != nil {
		return err
	}
	return f.drop(a, &p)
}

// drop removes the parts that a record covers and that are still there.
func (f *Folder) drop(a *Archive, p *Pruned) error {
	for i := range a.Parts {
		part := &a.Parts[i]
		if !p.covers(part) {
			continue
		}
		err := f.free(part.Name)
		if err == nil {
			continue // gone already
		}
		if !errors.Is(err, ErrTaken) {
			return err
		}
		if f.Loosen != nil {
			if err := f.Loosen(f.path(part.Name)); err != nil {
				return fmt.Errorf("remove %s: %w", part.Name, err)
			}
		}
		if err := f.FS.Remove(f.path(part.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", part.Name, err)
		}
	}
	return f.FS.SyncDir(f.Dir)
}

// Resume finishes removals that a crash interrupted.
func (f *Folder) Resume(chain Chain) error {
	for i := range chain {
		for j := range chain[i].Pruned {
			if err := f.drop(&chain[i], &chain[i].Pruned[j]); err != nil {
				return err
			}
		}
	}
	return nil
}
