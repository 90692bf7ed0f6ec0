package export

import (
	"bufio"
	"encoding/csv"
	"strconv"
	"time"
)

// table is comma-separated values, one line a posting.
type table struct {
	out   *csv.Writer
	names *names
	line  [12]string
}

// columns heads the table. Amounts are positive decimals: they debit one account
// and credit the other.
var columns = [12]string{"date", "time", "block", "record", "posting", "command", "reason", "debit", "credit", "amount", "commodity", "reference"}

func newTable(out *bufio.Writer, n *names) *table { return &table{out: csv.NewWriter(out), names: n} }

func (t *table) begin() error {
	if err := t.out.Write(columns[:]); err != nil {
		return err
	}
	t.out.Flush()
	return t.out.Error()
}

func (t *table) write(x *transaction) error {
	for i := range x.posts {
		s := &x.posts[i]
		symbol, decimals := t.names.commodity(s.debit)
		t.line = [12]string{
			string(isoDate(nil, x.date)), time.Unix(0, x.time).In(beijing).Format("2006-01-02T15:04:05.000000-07:00"),
			strconv.FormatUint(x.height, 10), strconv.Itoa(x.record), strconv.Itoa(i), x.name, s.reason,
			t.names.account(s.debit), t.names.account(s.credit), string(figure(nil, s.amount, decimals)), symbol, strconv.FormatUint(x.view.Ref, 10),
		}
		if err := t.out.Write(t.line[:]); err != nil {
			return err
		}
	}
	t.out.Flush()
	return t.out.Error()
}
