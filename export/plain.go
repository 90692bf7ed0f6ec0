package export

import (
	"bufio"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// plain is the plain-text accounting journal. Every account and commodity is
// declared before its first use, so that strict readers accept it.
type plain struct {
	out         *bufio.Writer
	names       *names
	accounts    map[string]bool
	commodities map[string]bool
	line        []byte
}

func newPlain(out *bufio.Writer, n *names) *plain {
	return &plain{out: out, names: n, accounts: map[string]bool{}, commodities: map[string]bool{}}
}

func (p *plain) begin() error {
	_, err := p.out.WriteString("; General ledger written by sancun export. Debits are positive, credits negative.\n" +
		"; The code in brackets is block height and record. Positions count units of securities.\ndecimal-mark .\n\n")
	return err
}

func (p *plain) write(t *transaction) error {
	for i := range t.posts {
		p.declare(t.posts[i].debit)
		p.declare(t.posts[i].credit)
	}
	b := isoDate(p.line[:0], t.date)
	b = append(b, " * ("...)
	b = strconv.AppendUint(b, t.height, 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(t.record), 10)
	b = append(b, ") "...)
	b = append(b, t.name...)
	b = append(b, "  ; time "...)
	b = time.Unix(0, t.time).In(beijing).AppendFormat(b, "2006-01-02 15.04.05.000000")
	if t.view.Ref != 0 {
		b = append(b, ", reference "...)
		b = strconv.AppendUint(b, t.view.Ref, 10)
	}
	b = append(b, '\n')
	for i := range t.posts {
		s := &t.posts[i]
		b = p.posting(b, s.debit, s.amount, s.reason)
		b = p.posting(b, s.credit, -s.amount, s.reason)
	}
	b = append(b, '\n')
	p.line = b
	_, err := p.out.Write(b)
	return err
}

func (p *plain) posting(b []byte, row uint32, amount int64, reason string) []byte {
	symbol, decimals := p.names.commodity(row)
	b = append(b, "    "...)
	b = append(b, p.names.account(row)...)
	b = append(b, "  "...)
	b = figure(b, amount, decimals)
	b = append(b, ' ')
	b = append(b, quoted(symbol)...)
	b = append(b, "  ; "...)
	b = append(b, reason...)
	return append(b, '\n')
}

// declare writes the account and the commodity of a row once. An error of the
// writer stays and is returned by the next write.
func (p *plain) declare(row uint32) {
	if symbol, decimals := p.names.commodity(row); !p.commodities[symbol] {
		p.commodities[symbol] = true
		sample := "1000."
		if decimals > 0 {
			sample = "1000.00"
		}
		_, _ = p.out.WriteString("commodity " + sample + " " + quoted(symbol) + "\n")
	}
	if name := p.names.account(row); !p.accounts[name] {
		p.accounts[name] = true
		_, _ = p.out.WriteString("account " + name + "\n")
	}
}

// quoted puts a symbol that is not letters alone in double quotes.
func quoted(symbol string) string {
	if strings.ContainsFunc(symbol, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return `"` + symbol + `"`
	}
	return symbol
}
