package bank

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"sancun/money"
	wire "sancun/wire/bank"
)

// effect is what a settlement file did to one management account, kept so that a
// corrected version can take the place of the first.
type effect struct {
	account *account
	net     money.Amount
}

// filesDone applies the broker's files of a date, unless the count or a total is
// wrong, and returns what to do after the answer: send the results.
func (b *Bank) filesDone(m *wire.FilesDone) (string, func()) {
	taken := b.files.taken[m.Date]
	if int(m.Count) != len(taken) {
		return fmt.Sprintf("文件数不符：收到%d", len(taken)), func() {}
	}
	for _, layout := range wire.FileLayouts() {
		name := layout.FileName(m.Date)
		if layout.Sender != wire.Broker || !taken[name] {
			continue
		}
		if err := b.checkFile(layout, name); err != nil {
			b.files.rejected = append(b.files.rejected, err.Error())
			return "文件控制总数或记录不符：" + layout.Name, func() {}
		}
	}
	var failed error
	applied := false // both settlement layouts say the same: the first that came counts
	for _, layout := range wire.FileLayouts() {
		name := layout.FileName(m.Date)
		if layout.Sender != wire.Broker || !taken[name] {
			continue
		}
		content := b.latest(name)
		switch layout.Name {
		case "sbusi", "S06":
			if applied {
				continue
			}
			applied = true
			failed = errors.Join(failed, b.applyNets(layout, effectNets, m.Date, content))
		case "accr", "S05":
			failed = errors.Join(failed, b.applyNets(layout, effectInterest, m.Date, content))
		case "spay", "S11":
			failed = errors.Join(failed, b.applyPooled(layout, content))
		case "sbala":
			failed = errors.Join(failed, b.hearBalances(content))
		}
	}
	if failed != nil {
		b.files.rejected = append(b.files.rejected, failed.Error())
	}
	return "", func() { b.enqueue(b.results(m.Date)) }
}

// The kinds of effects of settlement files.
const (
	effectNets     = "nets"
	effectInterest = "interest"
)

// effectTag names the effects of a kind of file of a date.
func effectTag(kind string, date wire.Date) string { return fmt.Sprintf("%s %d", kind, date) }

func (b *Bank) latest(name string) []byte {
	versions := b.files.received[name]
	return versions[len(versions)-1].Content
}

// checkFile reads a file to its end and compares it with its control totals when
// they came too.
func (b *Bank) checkFile(layout wire.FileLayout, name string) error {
	r, err := wire.NewRowReader(bytes.NewReader(b.latest(name)), layout)
	if err != nil {
		return err
	}
	for {
		if err = r.Next(layout.NewRow()); err != nil {
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", name, err)
	}
	side := b.files.received[wire.ControlName(name)]
	if len(side) == 0 {
		return nil
	}
	announced, err := wire.ParseControl(side[len(side)-1].Content)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	have := r.Control(name)
	return have.Check(announced)
}

// applyNets mirrors the nets or the interest of clients. A second version first
// takes the effect of the one before it away.
func (b *Bank) applyNets(layout wire.FileLayout, kind string, date wire.Date, content []byte) error {
	tag := effectTag(kind, date)
	for _, e := range b.effects[tag] {
		b.apply(e.account, -e.net)
	}
	delete(b.effects, tag)
	r, err := wire.NewRowReader(bytes.NewReader(content), layout)
	if err != nil {
		return err
	}
	var failed error
	for {
		row := layout.NewRow()
		if err := r.Next(row); err != nil {
			if !errors.Is(err, io.EOF) {
				failed = errors.Join(failed, err)
			}
			return failed
		}
		fund, net := netOf(row)
		a := b.accounts[fund]
		if a == nil {
			failed = errors.Join(failed, fmt.Errorf("%s: no management account for a row", layout.Name))
			continue
		}
		b.apply(a, net)
		b.effects[tag] = append(b.effects[tag], effect{account: a, net: net})
	}
}

// netOf returns the fund account and signed amount of a settlement row.
func netOf(row wire.Row) (string, money.Amount) {
	switch r := row.(type) {
	case *wire.ClientNet:
		return r.FundAccount, r.Net
	case *wire.ClientSettlement:
		return r.FundAccount, r.Net()
	case *wire.InterestEntry:
		return r.FundAccount, r.Interest - r.Tax
	case *wire.InterestNet:
		return r.FundAccount, r.Amount
	}
	return "", 0
}

// applyPooled remembers what moves over the pooled account with the next day.
func (b *Bank) applyPooled(layout wire.FileLayout, content []byte) error {
	r, err := wire.NewRowReader(bytes.NewReader(content), layout)
	if err != nil {
		return err
	}
	due := map[money.Currency]money.Amount{}
	for {
		row := layout.NewRow()
		if err := r.Next(row); err != nil {
			if !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
		switch row := row.(type) {
		case *wire.PooledSettlement:
			due[row.Currency] += row.Amount
		case *wire.InterBankTotal:
			due[row.Currency] += row.Net()
		}
	}
	for c, amount := range due {
		b.pool(c).due = amount // a corrected version takes the place of the first
	}
	return nil
}

// hearBalances remembers what the broker says its ledgers are.
func (b *Bank) hearBalances(content []byte) error {
	rows, _, err := wire.ReadRows[wire.LedgerBalance](bytes.NewReader(content), wire.LedgerBalanceLayout(), "sbala")
	for _, r := range rows {
		if a := b.accounts[r.FundAccount]; a != nil {
			a.ledgerSum, a.told = r.Balance, true
		}
	}
	return err
}
