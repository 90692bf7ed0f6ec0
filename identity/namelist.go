package identity

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	if len(text) > ListBytesMax || !utf8.Valid(text) {
		return l, fmt.Errorf("%d bytes, at most %d of UTF-8: %w", len(text), ListBytesMax, ErrNameList)
	}
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, listLineMax)
	for number := 1; in.Scan(); number++ {
		line := strings.TrimRight(in.Text(), "\r")
		switch {
		case number == 1 && line != listMark:
			return l, fmt.Errorf("line 1 is not %q: %w", listMark, ErrNameList)
		case number == 1 || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case !strings.Contains(line, "|"):
			err = l.head(line)
		default:
			err = l.entry(line)
		}
		if err != nil {
			return l, fmt.Errorf("line %d: %w: %w", number, ErrNameList, err)
		}
	}
	if err := in.Err(); err != nil {
		return l, fmt.Errorf("%w: %w", ErrNameList, err)
	}
	if l.Name == "" || l.Date == 0 || l.Source == "" {
		return l, fmt.Errorf("name, date or source is missing: %w", ErrNameList)
	}
	return l, nil
}

// head reads a line such as "date 20230801".
func (l *NameList) head(line string) error {
	key, value, _ := strings.Cut(line, " ")
	value = strings.TrimSpace(value)
	switch {
	case key == "name" && l.Name == "" && mark(value, listNameMax):
		l.Name = value
	case key == "source" && l.Source == "" && value != "":
		l.Source = value
	case key == "date" && l.Date == 0:
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || !Day(n).Valid() {
			return errors.New("the date is not yyyymmdd")
		}
		l.Date = Day(n)
	default:
		return errors.New("want name, date or source once each, or an entry with two bars")
	}
	return nil
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
