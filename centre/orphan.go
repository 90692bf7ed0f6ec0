package centre

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sancun/internal/durable"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
	"sancun/state"
)

// Orphan is a record that one centre answered and the other never got: what its
// callers were told, and nobody else knows. It is kept and worked off by people
// (row B59; docs/flows/two-centres.md).
type Orphan struct {
	Height uint64          `json:"height"`
	Index  int             `json:"index"`
	Time   time.Time       `json:"time"`
	Epoch  uint32          `json:"epoch"`
	Kind   uint16          `json:"kind"`
	Name   string          `json:"name"`   // of the command
	Caller uint64          `json:"caller"` // record.Caller
	Key    string          `json:"key"`    // the caller's idempotency key, hexadecimal; empty when there was none
	Code   uint16          `json:"code"`   // what was answered; 0 is accepted
	Cash   int64           `json:"cash_fen"`
	Shares int64           `json:"shares"`
	Act    json.RawMessage `json:"act"` // the command's fields; personal data in them are sealed

	Ref     uint64 `json:"ref,omitempty"`    // what it had created
	Fund    uint64 `json:"fund,omitempty"`   // whom it concerns: a fund account,
	Bank    uint16 `json:"bank,omitempty"`   // a bank,
	Market  uint8  `json:"market,omitempty"` // a market
	Command []byte `json:"command"`          // as record.Encode writes it
}

// Orphans lists the records of a journal behind a height.
func Orphans(source replica.Chain, behind uint64) ([]Orphan, error) {
	var all []Orphan
	err := source.Read(behind+1, func(b *journal.Block) error {
		for i, raw := range b.Records() {
			o, err := orphan(b, i, raw)
			if err != nil {
				return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
			}
			all = append(all, o)
		}
		return nil
	})
	return all, err
}

func orphan(b *journal.Block, i int, raw []byte) (Orphan, error) {
	v, err := record.Parse(raw)
	if err != nil {
		return Orphan{}, err
	}
	cmd, err := v.Cmd()
	if err != nil {
		return Orphan{}, err
	}
	act, err := json.Marshal(cmd)
	if err != nil {
		return Orphan{}, err
	}
	o := Orphan{
		Height: b.Height, Index: i, Time: time.Unix(0, b.Time).UTC(), Epoch: b.Epoch, Kind: uint16(v.Kind), Name: fmt.Sprintf("%T", cmd)[len("*record."):],
		Caller: uint64(v.Caller), Code: uint16(v.Code), Act: act,
		Ref: v.Ref, Command: slices.Clone(v.Command),
	}
	party(&o, v.Caller, cmd)
	if v.Key != (state.Key{}) {
		o.Key = fmt.Sprintf("%x", v.Key[:])
	}
	if v.Code == record.Accepted {
		var e replica.Exposure
		expose(&e, cmd)
		o.Cash, o.Shares = e.Cash, e.Securities
	}
	return o, nil
}

func writeOrphans(fsys durable.FS, name string, all []Orphan) error {
	var text []byte
	for i := range all {
		line, err := json.Marshal(&all[i])
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	return durable.ReplaceFile(fsys, name, text)
}

// party says who is concerned by a command: a fund account, a bank, a market.
func party(o *Orphan, caller record.Caller, cmd record.Command) {
	switch caller.Class() {
	case record.CallerBank:
		o.Bank = uint16(caller.Number())
	case record.CallerExchange:
		o.Market = uint8(caller.Number())
	}
	switch c := cmd.(type) {
	case *record.AskDeposit:
		o.Fund = c.Fund
	case *record.AskWithdrawal:
		o.Fund = c.Fund
	case *record.BankDeposit:
		o.Fund, o.Bank = c.Fund, c.Bank
	case *record.BankWithdrawal:
		o.Fund, o.Bank = c.Fund, c.Bank
	case *record.BankReversal:
		o.Fund, o.Bank = c.Fund, c.Bank
	case *record.NewOrder:
		o.Fund = c.Fund
	case *record.CancelOrder:
		o.Fund = c.Fund
	case *record.InternalTransfer:
		o.Fund = c.From
	case *record.OrderFilled:
		o.Market = c.Market
	case *record.OrderCancelled:
		o.Market = c.Market
	case *record.OrderReported:
		o.Market = c.Market
	case *record.OrderRefused:
		o.Market = c.Market
	}
}
