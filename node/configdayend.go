package node

import (
	"fmt"
	"time"
	"unicode/utf8"

	"sancun/api"
	"sancun/calendar"
	"sancun/money"
	"sancun/settle"
	wire "sancun/wire/bank"
)

// The widths of what the banks' files say of us and of our accounts, in bytes.
const (
	nameBytesMax   = 60
	numberBytesMax = 32
	branchBytesMax = 8
)

// dayEnd checks what the day end needs, as far as it is stated: a centre may be
// without one.
func (k *checker) dayEnd(c *Config) {
	d := &c.DayEnd
	k.between("day_end.answers_within", d.AnswersWithin, time.Second, 12*time.Hour)
	k.need(len(c.Broker.Name) <= nameBytesMax && utf8.ValidString(c.Broker.Name), "broker.name", "has %d bytes; write at most %d bytes of UTF-8", len(c.Broker.Name), nameBytesMax)
	k.need(len(c.Broker.Branch) <= branchBytesMax, "broker.branch", "%q is too long; write at most %d letters and digits", c.Broker.Branch, branchBytesMax)
	for i := range c.Banks {
		k.bankFiles(fmt.Sprintf("banks[%d].files", i), &c.Banks[i].Files)
	}
	before := map[string]Date{}
	for i := range d.Rates {
		key, r := fmt.Sprintf("day_end.rates[%d]", i), &d.Rates[i]
		_, err := money.ParseCurrency(r.Currency)
		k.need(err == nil, key+".currency", "%q is no currency; write CNY, HKD or USD", r.Currency)
		k.need(r.From != 0, key+".from", "is missing; write the first day it holds on, such as 20230101")
		k.need(before[r.Currency] == 0 || r.From > before[r.Currency], key+".from", "%s is not behind the rate before it; write the rates of a currency in order", r.From)
		k.need(r.Base == 360 || r.Base == 365, key+".base", "%d is no year; write 360 or 365", r.Base)
		k.need(r.Source != "", key+".source", "is missing; write where the rate was announced")
		before[r.Currency] = r.From
	}
}

func (k *checker) bankFiles(key string, f *BankFilesConfig) {
	if f.Set == 0 {
		k.need(*f == BankFilesConfig{}, key+".set", "is missing; write the file set agreed with the bank, 1 to 3")
		return
	}
	_, _, err := settle.FileSet(f.Set)
	k.need(err == nil, key+".set", "%d is no file set; write 1 to 3", f.Set)
	k.need(len(f.Code) == 4, key+".code", "%q is no code; write the four characters agreed with the bank", f.Code)
	for _, a := range []struct {
		key string
		*AccountConfig
	}{{key + ".pooled", &f.Pooled}, {key + ".legal", &f.Legal}} {
		k.need(a.Name != "" && len(a.Name) <= nameBytesMax && utf8.ValidString(a.Name), a.key+".name", "has %d bytes; write 1 to %d bytes of UTF-8", len(a.Name), nameBytesMax)
		k.need(a.Number != "" && len(a.Number) <= numberBytesMax, a.key+".number", "has %d characters; write 1 to %d", len(a.Number), numberBytesMax)
		k.need(a.Bank != "" && len(a.Bank) <= nameBytesMax && utf8.ValidString(a.Bank), a.key+".bank", "has %d bytes; write 1 to %d bytes of UTF-8", len(a.Bank), nameBytesMax)
	}
}

// account is an account as the files name it.
func (a *AccountConfig) account() wire.AccountAt {
	return wire.AccountAt{Name: a.Name, Number: a.Number, Bank: a.Bank}
}

// settleOptions are the day end of a business date as the configuration has it.
// The error says what the configuration lacks for one.
func (c *Config) settleOptions(date uint32) (settle.Options, error) {
	o := settle.Options{
		Date:   date,
		Broker: settle.Broker{Code: c.Broker.Code, Name: c.Broker.Name, Branch: c.Broker.Branch, Participant: c.Clearing.participant(), CashAccounts: c.Broker.CashAccounts},
	}
	switch {
	case c.Clearing.Inbox == "":
		return o, fmt.Errorf("%w: clearing.inbox is not set", api.ErrNoDayEnd)
	case c.Broker.Name == "" || c.Broker.Branch == "":
		return o, fmt.Errorf("%w: broker.name and broker.branch are not set", api.ErrNoDayEnd)
	}
	for i := range c.Banks {
		b := &c.Banks[i]
		out, in, err := settle.FileSet(b.Files.Set)
		if err != nil {
			return o, fmt.Errorf("%w: banks[%d].files.set is not set", api.ErrNoDayEnd, i)
		}
		o.Banks = append(o.Banks, settle.Bank{
			Number: b.Number, Code: b.Files.Code, Pooled: b.Files.Pooled.account(), Legal: b.Files.Legal.account(), Out: out, In: in,
		})
	}
	var err error
	o.Rates, err = c.rates()
	return o, err
}

// rates are the rates of the clients' interest.
func (c *Config) rates() (all []settle.InterestRate, err error) {
	for _, r := range c.DayEnd.Rates {
		currency, err := money.ParseCurrency(r.Currency)
		if err != nil {
			return nil, err
		}
		all = append(all, settle.InterestRate{Currency: currency, From: calendar.Date(r.From), Rate: money.Rate(r.Rate), Base: r.Base, Source: r.Source})
	}
	return all, nil
}
