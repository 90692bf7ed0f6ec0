package node

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// screen compares people with the name lists of the configuration (row K13). Names
// and numbers of the lists lie here only as keyed hashes, like those of clients.
type screen struct {
	vault *vault.Vault
	lists map[string][]listVersion // by the list's name, the oldest first
}

// listVersion is one dated version of a list.
type listVersion struct {
	date    identity.Day
	of      string      // the list's name
	sum     vault.Index // keyed hash of all it says
	entries map[vault.Index]listed
}

// listed is what a name or a number on a list leads to.
type listed struct {
	ref   string      // mark of the entry, of two entries with one name the first's
	entry vault.Index // keyed hash of what the entries say
}

// The reasons of a hit, beside those of registers.
const (
	listedPaper uint16 = 301 // a document's number is on the list
	listedName  uint16 = 302 // a name is
)

// openScreen reads the files of name lists.
func openScreen(v *vault.Vault, files []string) (*screen, error) {
	s := &screen{vault: v, lists: map[string][]listVersion{}}
	for _, name := range files {
		l, err := readNameList(name)
		if err != nil {
			return nil, fmt.Errorf("name list %s: %w", name, err)
		}
		for _, other := range s.lists[l.Name] {
			if other.date == l.Date {
				return nil, fmt.Errorf("name list %s: %s of %d is there twice", name, l.Name, l.Date)
			}
		}
		s.lists[l.Name] = append(s.lists[l.Name], s.hashed(&l))
	}
	for _, versions := range s.lists {
		slices.SortFunc(versions, func(a, b listVersion) int { return int(a.date) - int(b.date) })
	}
	return s, nil
}

func readNameList(name string) (identity.NameList, error) {
	f, err := os.Open(name)
	if err != nil {
		return identity.NameList{}, err
	}
	defer f.Close() // read only: nothing to lose
	text, err := io.ReadAll(io.LimitReader(f, identity.ListBytesMax+1))
	if err != nil {
		return identity.NameList{}, err
	}
	return identity.ParseNameList(text)
}

// hashed turns a list into keyed hashes. Of two entries with one name the first is
// remembered: a person looks at the list then.
func (s *screen) hashed(l *identity.NameList) listVersion {
	v := listVersion{date: l.Date, of: l.Name, entries: map[vault.Index]listed{}}
	var all strings.Builder
	for _, e := range l.Entries {
		text := l.Name + "#" + e.Ref + "|" + strings.Join(e.Names, ";") + "|" + strings.Join(e.Documents, ";")
		all.WriteString(text + "\n")
		one := listed{e.Ref, s.vault.ListEntryIndex(vault.NewSecret(text))}
		for _, number := range e.Documents {
			if identity.Normalise(number) != "" {
				s.keep(&v, s.vault.ListPaperIndex(vault.NewSecret(number)), one)
			}
		}
		for _, name := range e.Names {
			if identity.LooseName(name) != "" {
				s.keep(&v, s.vault.ListNameIndex(vault.NewSecret(name)), one)
			}
		}
	}
	v.sum = s.vault.ListEntryIndex(vault.NewSecret(all.String()))
	return v
}

// keep enters what a name or number leads to. Another entry of the same name makes
// the two of them another entry.
func (s *screen) keep(v *listVersion, x vault.Index, one listed) {
	if known, ok := v.entries[x]; ok {
		if known.entry == one.entry {
			return
		}
		one = listed{known.ref, s.joined(known.entry, one.entry)}
	}
	v.entries[x] = one
}

// joined is the index of two entries that were met together.
func (s *screen) joined(a, b vault.Index) vault.Index {
	return s.vault.ListEntryIndex(vault.NewSecret(a.String() + b.String()))
}

// versions lists what holds on a date, in the order of the lists' names.
func (s *screen) versions(today identity.Day) (all []record.ListVersion) {
	for _, of := range s.names() {
		if v := s.on(of, today); v != nil {
			all = append(all, record.ListVersion{Name: v.of, Date: uint32(v.date), Sum: state.Key(v.sum)})
		}
	}
	return all
}

// check says whether the lists that hold on a date have a name or a number. A
// document goes before a name. More than one hit is said by the first in the order
// of the lists' names, with a plus sign.
func (s *screen) check(today identity.Day, name, number vault.Secret) record.CheckResult {
	r := record.CheckResult{Check: record.CheckList, Outcome: record.CheckAgreed}
	hits := 0
	for _, of := range s.names() {
		v := s.on(of, today)
		if v == nil {
			continue
		}
		met, reason := v.entries[s.vault.ListPaperIndex(number)], listedPaper
		if met.ref == "" && identity.LooseName(name.Plain()) != "" {
			met, reason = v.entries[s.vault.ListNameIndex(name)], listedName
		}
		if met.ref == "" {
			continue
		}
		if hits++; hits == 1 {
			r.Outcome, r.Reason, r.Serial = record.CheckDisagreed, reason, fmt.Sprintf("%s/%d#%s", v.of, v.date, met.ref)
			r.Entry = state.Key(met.entry)
		} else {
			r.Entry = state.Key(s.joined(vault.Index(r.Entry), met.entry))
		}
	}
	if hits > 1 {
		r.Serial += "+"
	}
	return r
}

func (s *screen) names() []string {
	all := make([]string, 0, len(s.lists))
	for name := range s.lists {
		all = append(all, name)
	}
	slices.SortFunc(all, strings.Compare)
	return all
}

// on returns the version of a list that holds on a date, nil before its first.
func (s *screen) on(name string, date identity.Day) *listVersion {
	versions := s.lists[name]
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].date <= date {
			return &versions[i]
		}
	}
	return nil
}
