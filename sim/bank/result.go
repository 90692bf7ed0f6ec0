package bank

import (
	"bytes"

	"sancun/money"
	wire "sancun/wire/bank"
)

// results runs total against detail and returns the files that tell of it.
func (b *Bank) results(date wire.Date) []outgoing {
	var totals []wire.TotalDetail
	for _, c := range currencies {
		if p := b.pools[c]; p != nil {
			totals = append(totals, b.totalOf(date, c, p))
		}
	}
	var odd []wire.AbnormalBalance
	for _, a := range b.managed {
		if a.told && a.ledgerSum != a.balance {
			odd = append(odd, wire.AbnormalBalance{
				BankCode: b.config.Number, BrokerCode: b.config.Broker, Date: date, Ledger: a.fund, FundAccount: a.fund,
				Name: a.owner.Name, Currency: a.currency, LedgerSays: a.ledgerSum, BankSays: a.balance,
			})
		}
	}
	batch := fileOf(b, wire.TotalDetailLayout(), date, totals)
	return append(batch, fileOf(b, wire.AbnormalBalanceLayout(), date, odd)...)
}

func (b *Bank) totalOf(date wire.Date, c money.Currency, p *pool) wire.TotalDetail {
	sum := money.Amount(0)
	for _, a := range b.managed {
		if a.currency == c {
			sum += a.balance
		}
	}
	return wire.TotalDetail{
		BankCode: b.config.Number, BrokerCode: b.config.Broker, Date: date, Currency: c, LedgerTotal: sum,
		Pooled: p.balance, Reserve: p.reserve, NetBuy: p.inCourse < 0, InSettlement: max(p.inCourse, -p.inCourse),
	}
}

// detail returns the day's transfers and the states of all relations.
func (b *Bank) detail(date wire.Date) []outgoing {
	var moved []wire.TransferDetail
	for _, e := range b.entries {
		if !e.Booked || e.Date != date || !moves(e.Function) {
			continue
		}
		moved = append(moved, wire.TransferDetail{
			Initiator: e.Key.Initiator, Function: e.Function, BankAccount: e.Card, FundAccount: e.Fund, Amount: e.Amount, Currency: e.Currency,
			BankSerial: e.BankSerial, BrokerSerial: e.BrokerSerial, Date: e.Date, Time: e.Time, BrokerCode: b.config.Broker,
		})
	}
	var states []wire.ClientStatus
	for _, a := range b.managed {
		states = append(states, wire.ClientStatus{
			BankCode: b.config.Code, BrokerCode: b.config.Broker, Date: date, BankAccount: a.owner.Card, FundAccount: a.fund,
			Name: a.owner.Name, State: a.state,
		})
	}
	return append(fileOf(b, wire.TransferDetailLayout(), date, moved), fileOf(b, wire.ClientStatusLayout(), date, states)...)
}

type rowOf[R any] interface {
	*R
	wire.Row
}

// fileOf writes a file with its control totals, spoils it as its fault says, and
// keeps it to be fetched.
func fileOf[R any, P rowOf[R]](b *Bank, layout wire.FileLayout, date wire.Date, rows []R) []outgoing {
	name := layout.FileName(date)
	fault := b.fileFault[layout.Name]
	delete(b.fileFault, layout.Name)
	var buf bytes.Buffer
	total, err := wire.WriteRows[R, P](&buf, layout, name, rows)
	if err != nil {
		b.files.rejected = append(b.files.rejected, err.Error())
		return nil
	}
	content := spoil(fault, buf.Bytes(), &total)
	side := []byte(total.Line())
	b.keep(name, date, content)
	b.keep(wire.ControlName(name), date, side)
	if fault != FaultNone {
		b.incidents = append(b.incidents, &Incident{Fault: fault, Finding: FindFile, File: name, Date: date, Time: b.clock()})
	}
	batch := []outgoing{{name: name, content: content}, {name: wire.ControlName(name), content: side}}
	switch fault {
	case FaultFileMissing:
		return nil
	case FaultFileLate:
		b.at(b.now.Add(b.faults.LateBy), func() { b.enqueue(batch) })
		return nil
	}
	return batch
}

// spoil changes a file as its fault says. Totals stay those of the good file, but
// for a wrong total.
func spoil(f Fault, content []byte, total *wire.Control) []byte {
	switch f {
	case FaultFileTruncated:
		return content[:max(0, len(content)-len(content)/3)]
	case FaultFileBadRecord:
		if len(content) > 0 {
			content[0] = '?'
		}
	case FaultFileWrongTotal:
		total.Amount += 100
	}
	return content
}

func (b *Bank) keep(name string, date wire.Date, content []byte) {
	versions := b.files.sent[name]
	b.files.sent[name] = append(versions, File{Name: name, Date: date, Version: len(versions) + 1, Content: content})
}
