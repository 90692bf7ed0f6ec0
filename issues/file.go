package issues

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// The form of a file: a first line and a line an issue, fields separated by '|',
// every line ended by a line feed.
const (
	magic     = "issues"
	version   = "1"
	separator = '|'
)

// Read reads a file. It returns an error that wraps ErrFile and names the line
// when the file is not exactly what Write would write for it: nothing is guessed,
// because a subscription at a wrong price is a wrong subscription.
func Read(r io.Reader) (*Calendar, error) {
	raw, err := io.ReadAll(io.LimitReader(r, BytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read the calendar of issues: %w", err)
	}
	if len(raw) > BytesMax {
		return nil, fmt.Errorf("over %d bytes: %w", BytesMax, ErrFile)
	}
	text, whole := strings.CutSuffix(string(raw), "\n")
	if !whole {
		return nil, fmt.Errorf("the last line has no end, the file may be cut short: %w", ErrFile)
	}
	lines := strings.Split(text, "\n")
	c, rows, err := first(lines[0])
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	if rows != len(lines)-1 {
		return nil, fmt.Errorf("%d issues announced, %d there: %w", rows, len(lines)-1, ErrFile)
	}
	for n, line := range lines[1:] {
		i, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+2, err)
		}
		if again := string(i.append(nil)); again != line+"\n" {
			return nil, fmt.Errorf("line %d: not written in the usual way: %w", n+2, ErrFile)
		}
		c.Issues = append(c.Issues, i)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if again := c.head(); again != lines[0]+"\n" {
		return nil, fmt.Errorf("line 1: not written in the usual way: %w", ErrFile)
	}
	return c, nil
}

// Write writes the file of a calendar. It returns an error that wraps ErrFile for
// one that cannot be.
func (c *Calendar) Write(w io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	out := []byte(c.head())
	for n := range c.Issues {
		out = c.Issues[n].append(out)
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("write the calendar of issues: %w", err)
	}
	return nil
}

func (c *Calendar) head() string {
	return fmt.Sprintf("%s|%s|%08d|%08d|%d\n", magic, version, c.From, c.Until, len(c.Issues))
}

func first(line string) (*Calendar, int, error) {
	parts := strings.Split(line, string(separator))
	if len(parts) != 5 || parts[0] != magic || parts[1] != version {
		return nil, 0, fmt.Errorf("must be %s|%s|from|until|number of issues: %w", magic, version, ErrFile)
	}
	var c Calendar
	var err error
	if c.From, err = date(parts[2]); err != nil {
		return nil, 0, err
	}
	if c.Until, err = date(parts[3]); err != nil {
		return nil, 0, err
	}
	rows, err := strconv.ParseUint(parts[4], 10, 16)
	if err != nil || rows > IssuesMax {
		return nil, 0, fmt.Errorf("number of issues: at most %d: %w", IssuesMax, ErrFile)
	}
	return &c, int(rows), nil
}

func date(text string) (calendar.Date, error) {
	d, err := calendar.ParseDate(text)
	if err != nil || len(text) != 8 {
		return 0, fmt.Errorf("%.20q is no date of the form YYYYMMDD: %w", text, ErrFile)
	}
	return d, nil
}

// The fields of a line in their order.
const (
	fieldDate     = 0
	fieldCode     = 1
	fieldSecurity = 2
	fieldName     = 3
	fieldPrice    = 4
	fieldUnit     = 5
	fieldMax      = 6
	fieldValue    = 7
	fields        = 8
)

func (i *Issue) append(dst []byte) []byte {
	return fmt.Appendf(dst, "%08d|%s|%s|%s|%s|%d|%d|%s\n", i.Date, i.Code, i.Security, i.Name, i.Price, i.Unit, i.Max, i.Value)
}

func parse(line string) (Issue, error) {
	parts := strings.Split(line, string(separator))
	if len(parts) != fields {
		return Issue{}, fmt.Errorf("%d fields, %d wanted: %w", len(parts), fields, ErrFile)
	}
	i := Issue{Name: parts[fieldName]}
	var err error
	wrong := func(what string) (Issue, error) { return Issue{}, fmt.Errorf("%s: %w", what, ErrFile) }
	if i.Date, err = date(parts[fieldDate]); err != nil {
		return Issue{}, err
	}
	if i.Code, err = market.ParseID(parts[fieldCode]); err != nil {
		return wrong("code, such as 730001.SH")
	}
	if i.Security, err = market.ParseID(parts[fieldSecurity]); err != nil {
		return wrong("security, such as 603001.SH")
	}
	if i.Price, err = money.ParsePrice(parts[fieldPrice]); err != nil {
		return wrong("price, such as 12.3400")
	}
	unit, err := strconv.ParseInt(parts[fieldUnit], 10, 64)
	if err != nil {
		return wrong("unit")
	}
	most, err := strconv.ParseInt(parts[fieldMax], 10, 64)
	if err != nil {
		return wrong("most of one account")
	}
	i.Unit, i.Max = money.Quantity(unit), money.Quantity(most)
	if i.Value, err = money.ParseAmount(parts[fieldValue]); err != nil {
		return wrong("market value of a unit, such as 10000.00")
	}
	return i, nil
}
