package node

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sancun/identity"
	"sancun/record"
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
	of      string // the list's name
	entries map[vault.Index]string
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
	v := listVersion{date: l.Date, of: l.Name, entries: map[vault.Index]string{}}
	keep := func(x vault.Index, ref string) {
		if _, known := v.entries[x]; !known {
			v.entries[x] = ref
		}
	}
	for _, e := range l.Entries {
		for _, number := range e.Documents {
			if identity.Normalise(number) != "" {
				keep(s.vault.ListPaperIndex(vault.NewSecret(number)), e.Ref)
			}
		}
		for _, name := range e.Names {
			if identity.LooseName(name) != "" {
				keep(s.vault.ListNameIndex(vault.NewSecret(name)), e.Ref)
			}
		}
	}
	return v
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
		ref, reason := v.entries[s.vault.ListPaperIndex(number)], listedPaper
		if ref == "" && identity.LooseName(name.Plain()) != "" {
			ref, reason = v.entries[s.vault.ListNameIndex(name)], listedName
		}
		if ref == "" {
			continue
		}
		if hits++; hits == 1 {
			r.Outcome, r.Reason, r.Serial = record.CheckDisagreed, reason, fmt.Sprintf("%s/%d#%s", v.of, v.date, ref)
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
