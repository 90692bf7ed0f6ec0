package settle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Audience is who a settlement report is for. The zero value is the broker.
type Audience struct {
	Supervisor bool
	Bank       uint16 // a custodian bank, 0 when it is none
}

// The audiences that are not a bank.
var (
	ForBroker     = Audience{}
	ForSupervisor = Audience{Supervisor: true}
)

// ForBank is the audience of one custodian bank.
func ForBank(number uint16) Audience { return Audience{Bank: number} }

// String writes broker, supervisor or bank-N.
func (a Audience) String() string {
	switch {
	case a.Supervisor:
		return "supervisor"
	case a.Bank != 0:
		return "bank-" + strconv.Itoa(int(a.Bank))
	}
	return "broker"
}

// ParseAudience reads what String writes.
func ParseAudience(text string) (Audience, error) {
	switch text {
	case "broker":
		return ForBroker, nil
	case "supervisor":
		return ForSupervisor, nil
	}
	digits, ok := strings.CutPrefix(text, "bank-")
	n, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || n == 0 || ForBank(uint16(n)).String() != text {
		return Audience{}, fmt.Errorf("%q is neither broker, supervisor nor bank- with a number: %w", text, ErrOptions)
	}
	return ForBank(uint16(n)), nil
}

// For returns the report as an audience may see it. The broker sees everything. A
// bank sees what concerns it: its identity, its contracts, transfers, nets and
// differences. The supervisor sees all sums and no client.
func (s *SettlementReport) For(a Audience) *SettlementReport {
	c := *s
	c.Audience = a.String()
	switch {
	case a.Supervisor:
		c.Differences = []Finding{}
	case a.Bank != 0:
		c.Markets, c.Cases, c.Clients = []MarketSum{}, []CaseSum{}, ClientSums{}
		c.Banks = keep(s.Banks, func(b *BankSum) bool { return b.Bank == a.Bank })
		c.Obligations = keep(s.Obligations, func(o *ObligationSum) bool { return o.Bank == a.Bank || o.To == a.Bank })
		c.Differences = keep(s.Differences, func(d *Finding) bool { return d.Bank == a.Bank })
		for i := range c.Banks {
			c.Clients.Funds += c.Banks[i].Clients
			c.Clients.Signed += c.Banks[i].Signed
			c.Clients.Cancelled += c.Banks[i].Cancelled
		}
	}
	return &c
}

func keep[T any](rows []T, wanted func(*T) bool) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !wanted(&row) })
}

// Audiences are all who get a report of the day: broker, supervisor, every bank in it.
func (s *SettlementReport) Audiences() []Audience {
	all := []Audience{ForBroker, ForSupervisor}
	for i := range s.Banks {
		if a := ForBank(s.Banks[i].Bank); !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// ReportName is the name of a day's report for an audience, without its ending.
func ReportName(date uint32, a Audience) string {
	if a == ForBroker {
		return fmt.Sprintf("settlement-%d", date)
	}
	return fmt.Sprintf("reports/%s-settlement-%d", a, date)
}
