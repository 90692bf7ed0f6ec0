package custody

import (
	"sancun/money"
	"sancun/record"
)

// PermitRule is the condition of one permission from a date on (row K12). A
// change of a rule is a new line here, never an edit of an old one.
type PermitRule struct {
	Permission uint32
	From       uint32       // first date it holds
	Risk       uint8        // least risk class
	Assets     money.Amount // average of 20 trading days, CNY fen; of natural persons alone
	Months     uint16       // of trading; of natural persons alone
	Disclosed  bool         // the risk disclosure must be signed
	Source     string
}

// wan is ten thousand yuan in fen, the unit in which the rules are written.
const wan money.Amount = 10_000_00

// PermitRules are the conditions this program knows, ordered by date.
var PermitRules = []PermitRule{
	{PermitMain, 19901219, 1, 0, 0, false, "no condition beyond the opening itself"},
	{PermitRisk, 20130101, 4, 0, 0, true, "SSE, trading on the risk-warning board, 2012, and the Shenzhen counterpart: signed disclosure"},
	{PermitConnect, 20141117, 4, 50 * wan, 0, true, "SSE and SZSE, Hong Kong Connect: 500,000 yuan"},
	{PermitMargin, 20150701, 4, 50 * wan, 6, true, "CSRC, margin trading of securities firms, 2015: 500,000 yuan, 6 months"},
	{PermitSTAR, 20190301, 4, 50 * wan, 24, true, "SSE, special rules of the STAR market, 2019: 500,000 yuan, 24 months"},
	{PermitChiNext, 20200428, 3, 10 * wan, 24, true, "SZSE, suitability on ChiNext, 2020: 100,000 yuan, 24 months"},
	{PermitBSE, 20211115, 4, 50 * wan, 24, true, "BSE, suitability of investors, 2021: 500,000 yuan, 24 months"},
}

// permitRule returns the rule of a permission that holds on a date.
func permitRule(permission, date uint32) (rule PermitRule, ok bool) {
	for _, r := range PermitRules {
		if r.Permission == permission && r.From <= date {
			rule, ok = r, true
		}
	}
	return rule, ok
}

func (m *Machine) riskAnswered(c *record.RiskAnswered) record.Code {
	row, code := m.clientFor(c.Client)
	switch {
	case code != record.Accepted:
		return code
	case !m.riskHolds(c.Risk, c.Until):
		return record.BadRisk
	}
	client := *m.clients.At(row)
	client.Risk, client.RiskUntil = c.Risk, c.Until
	put(m, m.clients, row, client)
	return record.Accepted
}

func (m *Machine) setInvestor(c *record.SetInvestor) record.Code {
	row, code := m.clientAtDesk(c.Client)
	switch {
	case code != record.Accepted:
		return code
	case c.Investor != InvestorOrdinary && c.Investor != InvestorProfessional:
		return record.BadInvestor
	case c.Reference == "":
		return record.ReferenceMissing
	}
	client := *m.clients.At(row)
	client.Investor = c.Investor
	put(m, m.clients, row, client)
	return record.Accepted
}

func (m *Machine) grantPermission(c *record.GrantPermission) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	if client.State != Normal {
		return record.ClientNotNormal
	}
	rule, ok := permitRule(c.Permission, m.today().Date)
	switch {
	case !ok:
		return record.BadPermission
	case client.Permissions&c.Permission != 0:
		return record.PermissionHeld
	}
	if code := m.meets(&client, &rule, c); code != record.Accepted {
		return code
	}
	client.Permissions |= c.Permission
	put(m, m.clients, row, client)
	return record.Accepted
}

// meets compares a client and the evidence with the rule of a permission.
func (m *Machine) meets(client *Client, rule *PermitRule, c *record.GrantPermission) record.Code {
	switch {
	case client.Risk < rule.Risk || client.RiskUntil < m.today().Date:
		return record.RiskTooLow
	case rule.Disclosed && c.Disclosed != 1:
		return record.DisclosureMissing
	case client.Class == Person && c.Assets < rule.Assets:
		return record.AssetsTooLow
	case client.Class == Person && c.Months < rule.Months:
		return record.ExperienceTooShort
	}
	return record.Accepted
}

func (m *Machine) revokePermission(c *record.RevokePermission) record.Code {
	row, code := m.clientAtDesk(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	switch {
	case c.Permission == 0 || c.Permission&^permitAll != 0:
		return record.BadPermission
	case client.Permissions&c.Permission != c.Permission:
		return record.PermissionNotHeld
	case c.Reference == "":
		return record.ReferenceMissing
	}
	client.Permissions &^= c.Permission
	put(m, m.clients, row, client)
	return record.Accepted
}
