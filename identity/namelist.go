package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NameList is one dated version of a list of names that nobody may do business
// with before people have looked (名单筛查): sanctions, preventive lists, the
// house's own. docs/formats/name-list.md draws its text.
type NameList struct {
	Name    string // capitals, digits and hyphens, such as UN-1267
	Date    Day    // first business date it holds
	Source  string // where it was taken from, for people
	Entries []ListEntry
}

// ListEntry is one person or organisation on a list, with every name and document
// that is known.
type ListEntry struct {
	Ref       string // the entry's own mark, ASCII without '|'
	Names     []string
	Documents []string // numbers; of which kind is often unknown
}

// The bounds of a list. The largest public ones have some tens of thousands of
// entries.
const (
	ListBytesMax   = 64 << 20
	listEntriesMax = 1_000_000
	listLineMax    = 16 << 10
	listNameMax    = 24 // letters of a list's name, so that name, date and mark fit a record
	listRefMax     = 24
	listFieldMax   = 64 // names or documents of one entry
)

// ErrNameList says that a text is no name list.
var ErrNameList = errors.New("not a name list")

// listMark is the first line of a list's text.
const listMark = "sancun-name-list 1"

// ParseNameList reads the text of a list. Its error says the line; it never quotes
// an entry, because entries are people.
func ParseNameList(text []byte) (l NameList, err error) {
	form := dated{mark: listMark, bytesMax: ListBytesMax, lineMax: listLineMax, wrong: ErrNameList, head: l.head, row: l.entry}
	if err := form.read(text); err != nil {
		return l, err
	}
	if l.Name == "" || l.Date == 0 || l.Source == "" {
		return l, fmt.Errorf("name, date or source is missing: %w", ErrNameList)
	}
	return l, nil
}

// head reads a line such as "date 20230801".
func (l *NameList) head(key, value string) error {
	if key == "name" && l.Name == "" && mark(value, listNameMax) {
		l.Name = value
		return nil
	}
	if taken, err := takeHead(key, value, &l.Date, &l.Source); taken {
		return err
	}
	return errors.New("want name, date or source once each, or an entry with two bars")
}

// mark says whether a text is of capitals, digits, dots and hyphens.
func mark(text string, most int) bool {
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// entry reads a line such as "17|NAME;OTHER NAME|DOCUMENT;DOCUMENT".
func (l *NameList) entry(line string) error {
	fields := strings.Split(line, "|")
	if len(fields) != 3 || len(l.Entries) >= listEntriesMax {
		return errors.New("an entry has three fields")
	}
	e := ListEntry{Ref: strings.TrimSpace(fields[0]), Names: parts(fields[1]), Documents: parts(fields[2])}
	switch {
	case !mark(e.Ref, listRefMax):
		return errors.New("an entry's mark has capitals, digits, dots and hyphens")
	case len(e.Names)+len(e.Documents) == 0 || len(e.Names) > listFieldMax || len(e.Documents) > listFieldMax:
		return errors.New("an entry has 1 to 64 names or documents")
	}
	l.Entries = append(l.Entries, e)
	return nil
}

func parts(field string) (all []string) {
	for part := range strings.SplitSeq(field, ";") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// LooseName brings a name to the form in which it is compared with lists: full
// width and case do not count, nor accents, spaces, dots and other marks, and Latin
// words may stand in any order. Traditional and simplified characters stay apart: a
// list has both. A name of nothing but marks gives an empty text, which matches
// nothing.
func LooseName(name string) string {
	var words []string
	var word, other strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Latin, r), unicode.IsDigit(r):
			word.WriteRune(unicode.ToUpper(r))
		case unicode.Is(unicode.Mn, r): // an accent
		case unicode.IsLetter(r):
			end()
			other.WriteRune(unicode.ToUpper(r))
		case r == '\'' || r == '’': // O'Neil is one word
		default:
			end()
		}
	}
	end()
	slices.Sort(words)
	return other.String() + strings.Join(words, " ")
}
