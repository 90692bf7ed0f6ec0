package settle

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"sancun/calendar"
)

// LinkKind says what a link is about. The numbers are used in code only; the file
// has names.
type LinkKind uint8

// The kinds.
const (
	LinkTrade       LinkKind = 1 // an order's fill and the clearing house's row of it
	LinkTransfer    LinkKind = 2 // a transfer and the bank's row of it
	LinkEntitlement LinkKind = 3 // an entitlement and the clearing house's row of it
)

var linkNames = [...]string{"", "trade", "transfer", "entitlement"}

// String is the kind's name in the file.
func (k LinkKind) String() string {
	if int(k) < len(linkNames) {
		return linkNames[k]
	}
	return fmt.Sprintf("link %d", uint8(k))
}

// Link leads from a client's entry to the line of an outsider's file and back.
type Link struct {
	Kind     LinkKind
	Fund     uint64 // fund account number
	Order    uint64 // of a trade
	Transfer uint64 // platform serial, of a transfer
	Ref      string // execution number, bank serial or number of the issue
	Market   uint8
	Bank     uint16
	File     string
	Line     int // record or line, from 1
}

// TraceName is the day's index of links, among the day's own files.
const TraceName = "trace.csv"

var traceHeader = []string{"kind", "fund", "order", "transfer", "ref", "market", "bank", "file", "line"}

// appendTrace appends a link as a line.
func appendTrace(to []byte, l *Link) []byte {
	to = append(to, linkNames[l.Kind]...)
	for _, n := range [...]uint64{l.Fund, l.Order, l.Transfer} {
		to = strconv.AppendUint(append(to, ','), n, 10)
	}
	to = append(append(to, ','), plain(l.Ref)...)
	to = strconv.AppendUint(append(to, ','), uint64(l.Market), 10)
	to = strconv.AppendUint(append(to, ','), uint64(l.Bank), 10)
	to = append(append(to, ','), plain(l.File)...)
	to = strconv.AppendInt(append(to, ','), int64(l.Line), 10)
	return append(to, '\n')
}

// traceLineBytes is about what a line takes.
const traceLineBytes = 90

// trace gathers the links of the day: transfers, trades, entitlements.
func (r *run) trace() ([]byte, uint64, error) {
	lists, err := r.transferLists()
	if err != nil {
		return nil, 0, err
	}
	first, err := r.firstLevel()
	if err != nil {
		return nil, 0, err
	}
	theirs, err := r.clearingFiles()
	if err != nil {
		return nil, 0, err
	}
	text := make([]byte, 0, traceLineBytes*(1+len(lists.links)+len(first.links)+len(theirs.grants)))
	text = append(text, "kind,fund,order,transfer,ref,market,bank,file,line\n"...)
	rows := uint64(0)
	for _, links := range [...][]Link{lists.links, first.links, grantLinks(r.cut, theirs)} {
		for i := range links {
			text = appendTrace(text, &links[i])
			rows++
		}
	}
	return text, rows, nil
}

// grantLinks are the links of the entitlements that were ours.
func grantLinks(c *cut, theirs *cleared) []Link {
	var links []Link
	for i := range theirs.grants {
		g := &theirs.grants[i]
		if fund, ok := c.accounts[g.account]; ok {
			links = append(links, Link{
				Kind: LinkEntitlement, Fund: c.funds[fund].Number, Ref: g.reference(), Market: uint8(g.account.market), File: g.file, Line: g.line,
			})
		}
	}
	return links
}

// Trace is a day's index of links, to be walked both ways.
type Trace struct{ links []Link }

// OpenTrace reads a day's index. It returns ErrSyntax with the line for anything
// the day end would not have written.
func OpenTrace(r io.Reader) (*Trace, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.ReuseRecord = len(traceHeader), true
	header, err := in.Read()
	if err != nil || !slices.Equal(header, traceHeader) {
		return nil, fmt.Errorf("header of the trace: %w", ErrSyntax)
	}
	t := &Trace{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil { // it says the line itself
			return nil, fmt.Errorf("%v: %w", err, ErrSyntax)
		}
		line, _ := in.FieldPos(0)
		l, ok := parseLink(row)
		if !ok {
			return nil, fmt.Errorf("line %d: %w", line, ErrSyntax)
		}
		t.links = append(t.links, l)
	}
}

func parseLink(row []string) (l Link, ok bool) {
	kind := slices.Index(linkNames[1:], row[0])
	fund, errFund := strconv.ParseUint(row[1], 10, 64)
	order, errOrder := strconv.ParseUint(row[2], 10, 64)
	transfer, errTransfer := strconv.ParseUint(row[3], 10, 64)
	of, errMarket := strconv.ParseUint(row[5], 10, 8)
	bank, errBank := strconv.ParseUint(row[6], 10, 16)
	line, errLine := strconv.Atoi(row[8])
	if kind < 0 || line < 1 || errors.Join(errFund, errOrder, errTransfer, errMarket, errBank, errLine) != nil {
		return l, false
	}
	l = Link{LinkKind(kind + 1), fund, order, transfer, row[4], uint8(of), uint16(bank), row[7], line}
	return l, plain(l.Ref) == l.Ref && plain(l.File) == l.File
}

// where goes through the links a test picks. A day has a million at most, so
// there is no index: it takes milliseconds.
func (t *Trace) where(pick func(*Link) bool) iter.Seq[Link] {
	return func(yield func(Link) bool) {
		for i := range t.links {
			if l := &t.links[i]; pick(l) && !yield(*l) {
				return
			}
		}
	}
}

// Order goes from an order to the executions and lines it was cleared by.
func (t *Trace) Order(id uint64) iter.Seq[Link] {
	return t.where(func(l *Link) bool { return l.Kind == LinkTrade && l.Order == id })
}

// Transfer goes from a platform serial to the bank's line.
func (t *Trace) Transfer(id uint64) iter.Seq[Link] {
	return t.where(func(l *Link) bool { return l.Kind == LinkTransfer && l.Transfer == id })
}

// Fund goes from a fund account to everything outsiders said of it.
func (t *Trace) Fund(number uint64) iter.Seq[Link] {
	return t.where(func(l *Link) bool { return l.Fund == number })
}

// Ref goes from an outsider's number to our entries.
func (t *Trace) Ref(ref string) iter.Seq[Link] {
	return t.where(func(l *Link) bool { return l.Ref == ref })
}

// Line goes from a line of an outsider's file to our entries.
func (t *Trace) Line(file string, line int) iter.Seq[Link] {
	return t.where(func(l *Link) bool { return l.File == file && l.Line == line })
}

// Len returns the number of links.
func (t *Trace) Len() int { return len(t.links) }

// dateText prints a date as files and names write it.
func dateText(date uint32) string { return calendar.Date(date).Compact() }
