package csdc

import (
	"fmt"
	"strings"

	"sancun/internal/invariant"
	"sancun/money"
)

// Source says where the facts of a column come from.
type Source uint8

// The sources, strongest first.
const (
	// Published: name, type and width were seen in a public rendering of the
	// clearing house's interface, which may be older than the one in force.
	Published Source = 1
	// Named: the name is public, type and width are ours (assumption A5).
	Named Source = 2
	// Assumed: name, type and width are ours (assumption A5).
	Assumed Source = 3
)

func (s Source) String() string {
	switch s {
	case Published:
		return "published"
	case Named:
		return "named"
	case Assumed:
		return "assumed"
	}
	return fmt.Sprintf("source %d", uint8(s))
}

// Column describes one column of a layout.
type Column struct {
	Name     string
	Type     byte   // 'C' or 'N', as in the table's header; in the text file too
	Width    int    // bytes written; the reader takes the file's own
	Decimals int    // of figures, also of those written as 'C'
	Meaning  string // Chinese and English
	Source   Source
}

// column binds a Column to a field of the row type. The type of the field says
// how the column is read: string, Date, money.Amount, money.Quantity,
// money.Price, FinePrice or FineAmount.
type column[T any] struct {
	Column
	field func(*T) any
	kind  kind
}

type kind uint8

const (
	kindText       kind = 1
	kindDate       kind = 2
	kindAmount     kind = 3
	kindQuantity   kind = 4
	kindPrice      kind = 5
	kindFinePrice  kind = 6
	kindFineAmount kind = 7
)

// places is the precision of the unit behind each kind of figure.
var places = [...]int{kindAmount: 2, kindQuantity: 0, kindPrice: 4, kindFinePrice: 9, kindFineAmount: 5}

func kindOf(pointer any) kind {
	switch pointer.(type) {
	case *string:
		return kindText
	case *Date:
		return kindDate
	case *money.Amount:
		return kindAmount
	case *money.Quantity:
		return kindQuantity
	case *money.Price:
		return kindPrice
	case *FinePrice:
		return kindFinePrice
	case *FineAmount:
		return kindFineAmount
	}
	invariant.Unreachable("no column of type %T", pointer)
	return 0
}

// figureOf returns the figure of a column in units of its kind.
func (c *column[T]) figureOf(row *T) int64 {
	switch p := c.field(row).(type) {
	case *money.Amount:
		return int64(*p)
	case *money.Quantity:
		return int64(*p)
	case *money.Price:
		return int64(*p)
	case *FinePrice:
		return int64(*p)
	case *FineAmount:
		return int64(*p)
	}
	return 0
}

func (c *column[T]) setFigure(row *T, v int64) {
	switch p := c.field(row).(type) {
	case *money.Amount:
		*p = money.Amount(v)
	case *money.Quantity:
		*p = money.Quantity(v)
	case *money.Price:
		*p = money.Price(v)
	case *FinePrice:
		*p = FinePrice(v)
	case *FineAmount:
		*p = FineAmount(v)
	}
}

// dateOf returns the day in a date column.
func (c *column[T]) dateOf(row *T) Date { return *c.field(row).(*Date) }

// appendTo appends the column's bytes, padded to its width for a table.
// converter is nil for the text file, which is UTF-8 and not padded.
func (c *column[T]) appendTo(dst []byte, row *T, converter *gb18030) ([]byte, error) {
	start := len(dst)
	var err error
	switch p := c.field(row).(type) {
	case *string:
		dst, err = c.appendText(dst, *p, converter)
	case *Date:
		if *p != "" {
			err = p.check()
		}
		dst = append(dst, *p...)
	default:
		dst, err = appendFigure(dst, c.figureOf(row), places[c.kind], c.Decimals)
	}
	size := len(dst) - start
	switch {
	case err != nil:
		return dst, err
	case size > c.Width:
		return dst, fmt.Errorf("%q needs %d bytes of %d: %w", dst[start:], size, c.Width, ErrRange)
	case converter != nil:
		dst = pad(dst, start, c.Width, c.Type == 'N')
	}
	return dst, nil
}

func (c *column[T]) appendText(dst []byte, text string, converter *gb18030) ([]byte, error) {
	start := len(dst)
	dst = append(dst, text...)
	if plain(dst[start:]) && !strings.HasSuffix(text, " ") {
		return dst, nil
	}
	dst = dst[:start]
	switch {
	case !clean(text):
		return dst, fmt.Errorf("%q: %w", text, ErrText)
	case converter == nil:
		return append(dst, text...), nil
	}
	raw, err := converter.encode(text)
	return append(dst, raw...), err
}

// pad fills dst from start to width: text to the left, figures to the right.
func pad(dst []byte, start, width int, right bool) []byte {
	size := len(dst) - start
	for len(dst)-start < width {
		dst = append(dst, ' ')
	}
	if right && size < width {
		copy(dst[start+width-size:], dst[start:start+size])
		for i := range width - size {
			dst[start+i] = ' '
		}
	}
	return dst
}
