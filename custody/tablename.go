package custody

import "fmt"

// tableNames name the tables for people, by their numbers.
var tableNames = map[uint16]string{
	1: "accounts", TableDay: "day", TableBanks: "banks", TableClients: "clients", TableFunds: "fund accounts", TableSecurities: "securities accounts",
	TableInstruments: "instruments", TableOrders: "orders", TableTransfers: "transfers", TableReports: "execution reports", TableLimits: "limits",
	TableFreezes: "freezes", TableSteps: "steps of the day end", TableCases: "cases", TableProposals: "proposals", TableWatches: "rate watches",
	TableBlacklist: "lists", TableEntitlements: "entitlements", TableRiskSettings: "risk rules", TableChecks: "checks", TableCheckRules: "rules of checks",
	TableNextOrders: "orders for the next day", TableGuards: "guards", TableIssues: "issues", TableNetBuys: "net buys", TableRemittances: "remittances",
	TableFactors: "second factors", TableCeilings: "ceilings", TableCentre: "centre", TableKeptFiles: "files", TableErasures: "erased clients",
	TableOrphans: "orphans",
}

// TableName names a table for people.
func TableName(number uint16) string {
	if name, ok := tableNames[number]; ok {
		return name
	}
	return fmt.Sprintf("table %d", number)
}
