package identity

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// dated is a text that operators load: a first line that says what it is, lines such as
// "date 20230801" that say since when and where from, and rows with bars. Empty lines and
// those that begin with # are for people.
type dated struct {
	mark     string // the first line
	bytesMax int
	lineMax  int
	wrong    error // what every error is
	head     func(key, value string) error
	row      func(line string) error
}

// read gives every line to head or row. Its error says the line and quotes nothing of it.
func (d *dated) read(text []byte) (err error) {
	if len(text) > d.bytesMax || !utf8.Valid(text) {
		return fmt.Errorf("%d bytes, at most %d of UTF-8: %w", len(text), d.bytesMax, d.wrong)
	}
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, d.lineMax)
	for number := 1; in.Scan(); number++ {
		line := strings.TrimRight(in.Text(), "\r")
		switch {
		case number == 1 && line != d.mark:
			return fmt.Errorf("line 1 is not %q: %w", d.mark, d.wrong)
		case number == 1 || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.Contains(line, "|"):
			err = d.row(line)
		default:
			key, value, _ := strings.Cut(line, " ")
			err = d.head(key, strings.TrimSpace(value))
		}
		if err != nil {
			return fmt.Errorf("line %d: %w: %w", number, d.wrong, err)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("%w: %w", d.wrong, err)
	}
	return nil
}

// takeHead takes the lines that every such text has, each once.
func takeHead(key, value string, date *Day, source *string) (taken bool, err error) {
	switch {
	case key == "source" && *source == "" && value != "":
		*source = value
	case key == "date" && *date == 0:
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || !Day(n).Valid() {
			return true, errors.New("the date is not yyyymmdd")
		}
		*date = Day(n)
	default:
		return false, nil
	}
	return true, nil
}
