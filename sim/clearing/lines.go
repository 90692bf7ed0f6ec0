package clearing

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// The input files are lines of fields with commas between them, UTF-8, LF, the
// names of the fields in the first line; nothing is quoted, because no field can
// hold a comma. docs/simulators/clearing.md lists the fields.
const (
	tradeHead   = "security,exec,price,quantity,time,buy_pbu,buy_account,buy_clordid,buy_orderid,buy_ordered,buy_entered,sell_pbu,sell_account,sell_clordid,sell_orderid,sell_ordered,sell_entered"
	holdingHead = "security,unit,account,quantity"
	// lineMax is the longest line; 17 fields need at most 300 bytes.
	lineMax = 4_096
)

// ReadTrades calls fn for every trade of a file of trades until one fails. An
// error of fn comes back as it is; ErrInput names the line, counted from 1.
func ReadTrades(r io.Reader, fn func(Trade) error) error {
	return readLines(r, tradeHead, func(f []string) error {
		t, err := parseTrade(f)
		if err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return stop{err}
		}
		return nil
	})
}

// WriteTrades writes trades as ReadTrades reads them. It returns ErrTrade for
// one that the house would refuse, or that holds a comma.
func WriteTrades(w io.Writer, trades iter.Seq[Trade]) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, tradeHead)
	for t := range trades {
		if err := t.check(); err != nil {
			return err
		}
		fields := append([]string{t.Security.String(), t.Exec, t.Price.String(), itoa(t.Quantity), t.At.String()}, append(sideFields(&t.Buy), sideFields(&t.Sell)...)...)
		for _, f := range fields {
			if strings.Contains(f, ",") {
				return fmt.Errorf("%q holds a comma: %w", f, ErrTrade)
			}
		}
		fmt.Fprintln(out, strings.Join(fields, ","))
	}
	return out.Flush()
}

// ReadHoldings reads a file of opening holdings.
func ReadHoldings(r io.Reader) ([]Holding, error) {
	var out []Holding
	err := readLines(r, holdingHead, func(f []string) error {
		id, err := market.ParseID(f[0])
		if err != nil {
			return err
		}
		n, err := parseQuantity(f[3])
		out = append(out, Holding{Security: id, Unit: f[1], Account: f[2], Quantity: n})
		return err
	})
	return out, err
}

// stop carries the caller's own error out of readLines.
type stop struct{ error }

func readLines(r io.Reader, head string, line func([]string) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, lineMax), lineMax)
	want := strings.Count(head, ",") + 1
	number := 0
	for in.Scan() {
		number++
		text := strings.TrimSuffix(in.Text(), "\r")
		if number == 1 {
			if text != head {
				return fmt.Errorf("line 1 is %.80q, want %q: %w", text, head, ErrInput)
			}
			continue
		}
		fields := strings.Split(text, ",")
		if len(fields) != want {
			return fmt.Errorf("line %d has %d fields, want %d: %w", number, len(fields), want, ErrInput)
		}
		err := line(fields)
		var mine stop
		if errors.As(err, &mine) {
			return mine.error
		}
		if err != nil {
			return fmt.Errorf("line %d: %w: %w", number, ErrInput, err)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("behind line %d: %w: %w", number, ErrInput, err)
	}
	if number == 0 {
		return fmt.Errorf("empty file: %w", ErrInput)
	}
	return nil
}

func parseTrade(f []string) (Trade, error) {
	var t Trade
	var err error
	if t.Security, err = market.ParseID(f[0]); err != nil {
		return t, err
	}
	t.Exec = f[1]
	if t.Price, err = money.ParsePrice(f[2]); err != nil {
		return t, err
	}
	if t.Quantity, err = parseQuantity(f[3]); err != nil {
		return t, err
	}
	if t.At, err = calendar.ParseTimeOfDay(f[4]); err != nil {
		return t, err
	}
	if t.Buy, err = parseSide(f[5:11]); err != nil {
		return t, err
	}
	if t.Sell, err = parseSide(f[11:17]); err != nil {
		return t, err
	}
	return t, t.check()
}

func parseSide(f []string) (Side, error) {
	s := Side{PBU: f[0], Account: f[1], ClOrdID: f[2], OrderID: f[3]}
	var err error
	if s.Ordered, err = parseQuantity(f[4]); err != nil {
		return s, err
	}
	s.Entered, err = calendar.ParseTimeOfDay(f[5])
	return s, err
}

func sideFields(s *Side) []string {
	return []string{s.PBU, s.Account, s.ClOrdID, s.OrderID, itoa(s.Ordered), s.Entered.String()}
}

func itoa(q money.Quantity) string { return strconv.FormatInt(int64(q), 10) }

// parseQuantity reads the one spelling that itoa writes.
func parseQuantity(text string) (money.Quantity, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, err
	}
	if n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("quantity %q: %w", text, ErrInput)
	}
	return money.Quantity(n), nil
}
