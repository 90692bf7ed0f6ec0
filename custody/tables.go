package custody

import (
	"sancun/approval"
	"sancun/risk"
	"sancun/state"
)

// Numbers of the tables in records, snapshots and the state root. They are
// written to disk and never change; 1 is ledger.TableAccounts.
const (
	TableDay          uint16 = 2
	TableBanks        uint16 = 3
	TableClients      uint16 = 4
	TableFunds        uint16 = 5
	TableSecurities   uint16 = 6
	TableInstruments  uint16 = 7
	TableOrders       uint16 = 8
	TableTransfers    uint16 = 9
	TableReports      uint16 = 10
	TableLimits       uint16 = 11
	TableFreezes      uint16 = 12
	TableSteps        uint16 = 13
	TableCases        uint16 = 14
	TableProposals    uint16 = 15 // approval.Table
	TableWatches      uint16 = 16 // risk.TableWatches
	TableBlacklist    uint16 = 17 // risk.TableListings
	TableEntitlements uint16 = 19
	TableRiskSettings uint16 = 20 // risk.TableSettings
	TableChecks       uint16 = 21
	TableCheckRules   uint16 = 22
	TableNextOrders   uint16 = 23 // orders for the next trading day, rows as of TableOrders
	TableGuards       uint16 = 24 // approval.TableGuards
	TableIssues       uint16 = 25 // new issues that take subscriptions
	TableNetBuys      uint16 = 26 // risk.TableNetBuys
	TableRemittances  uint16 = 27
	TableFactors      uint16 = 28
	TableCeilings     uint16 = 29 // risk.TableCeilings
	TableCentre       uint16 = 30
	TableComparisons  uint16 = 31
	TableFilings      uint16 = 32
	TableFilingFiles  uint16 = 33
	TableKeptFiles    uint16 = 40 // the manifest of files beside the journal
	TableErasures     uint16 = 41 // clients whose data keys are destroyed
	TableOrphans      uint16 = 42 // records of a parted journal, as cases
)

// Rows are numbered from 0, and 0 is a row like any other; a reference from one
// row to another is written as row + 1 so that zero means none.
type tables struct {
	day         *state.Table[Day, *Day]
	banks       *state.Table[Bank, *Bank]
	clients     *state.Table[Client, *Client]
	funds       *state.Table[Fund, *Fund]
	securities  *state.Table[SecuritiesAccount, *SecuritiesAccount]
	instruments *state.Table[Instrument, *Instrument]
	orders      *state.Table[Order, *Order]
	transfers   *state.Table[Transfer, *Transfer]
	reports     *state.Table[ReportCursor, *ReportCursor]
	limits      *state.Table[Limit, *Limit]
	freezes     *state.Table[Freeze, *Freeze]
	steps       *state.Table[Step, *Step]

	entitlements *state.Table[Entitlement, *Entitlement]
	cases        *state.Table[Case, *Case]
	proposals    *state.Table[approval.Proposal, *approval.Proposal]
	watches      *state.Table[risk.Watch, *risk.Watch]
	listings     *state.Table[risk.Listing, *risk.Listing]
	settings     *state.Table[risk.Setting, *risk.Setting]
	checks       *state.Table[Check, *Check]
	checkRules   *state.Table[CheckRule, *CheckRule]
	nextOrders   *state.Table[Order, *Order]
	issues       *state.Table[Issue, *Issue]
	centre       *state.Table[Centre, *Centre]
	guards       *state.Table[approval.Guard, *approval.Guard]
	remittances  *state.Table[Remittance, *Remittance]
	factors      *state.Table[Factor, *Factor]
	ceilings     *state.Table[risk.Ceiling, *risk.Ceiling]
	netBuys      *state.Table[risk.NetBuy, *risk.NetBuy]
	comparisons  *state.Table[Comparison, *Comparison]
	filings      *state.Table[Filing, *Filing]
	filingFiles  *state.Table[FilingFile, *FilingFile]
	keptFiles    *state.Table[KeptFile, *KeptFile]
	erasures     *state.Table[Erasure, *Erasure]
	orphans      *state.Table[Orphan, *Orphan]

	byNumber [tablesMax]state.Kept // derived from all
}

func newTables() tables {
	return tables{
		day:         state.NewTable[Day](TableDay, dayWidth),
		banks:       state.NewTable[Bank](TableBanks, bankWidth),
		clients:     state.NewTable[Client](TableClients, clientWidth),
		funds:       state.NewTable[Fund](TableFunds, fundWidth),
		securities:  state.NewTable[SecuritiesAccount](TableSecurities, securitiesWidth),
		instruments: state.NewTable[Instrument](TableInstruments, instrumentWidth),
		orders:      state.NewTable[Order](TableOrders, orderWidth),
		transfers:   state.NewTable[Transfer](TableTransfers, transferWidth),
		reports:     state.NewTable[ReportCursor](TableReports, reportWidth),
		limits:      state.NewTable[Limit](TableLimits, limitWidth),
		freezes:     state.NewTable[Freeze](TableFreezes, freezeWidth),
		steps:       state.NewTable[Step](TableSteps, stepWidth),

		entitlements: state.NewTable[Entitlement](TableEntitlements, entitlementWidth),
		cases:        state.NewTable[Case](TableCases, caseWidth),
		proposals:    approval.NewTable(),
		watches:      risk.NewWatches(),
		listings:     risk.NewListings(),
		settings:     risk.NewSettings(),
		checks:       state.NewTable[Check](TableChecks, checkWidth),
		checkRules:   state.NewTable[CheckRule](TableCheckRules, checkRuleWidth),
		nextOrders:   state.NewTable[Order](TableNextOrders, orderWidth),
		issues:       state.NewTable[Issue](TableIssues, issueWidth),
		centre:       state.NewTable[Centre](TableCentre, centreWidth),
		guards:       approval.NewGuards(),
		remittances:  state.NewTable[Remittance](TableRemittances, remittanceWidth),
		factors:      state.NewTable[Factor](TableFactors, factorWidth),
		ceilings:     risk.NewCeilings(),
		netBuys:      risk.NewNetBuys(),
		comparisons:  state.NewTable[Comparison](TableComparisons, comparisonWidth),
		filings:      state.NewTable[Filing](TableFilings, filingWidth),
		filingFiles:  state.NewTable[FilingFile](TableFilingFiles, filingFileWidth),
		keptFiles:    state.NewTable[KeptFile](TableKeptFiles, keptFileWidth),
		erasures:     state.NewTable[Erasure](TableErasures, erasureWidth),
		orphans:      state.NewTable[Orphan](TableOrphans, orphanWidth),
	}
}

// all lists the tables in the order of their numbers.
func (t *tables) all() []state.Kept {
	return []state.Kept{t.day, t.banks, t.clients, t.funds, t.securities, t.instruments, t.orders, t.transfers, t.reports, t.limits, t.freezes, t.steps, t.cases, t.proposals, t.watches, t.listings, t.entitlements, t.settings, t.checks, t.checkRules, t.nextOrders, t.guards, t.issues, t.netBuys, t.remittances, t.factors, t.ceilings, t.centre, t.comparisons, t.filings, t.filingFiles, t.keptFiles, t.erasures, t.orphans}
}

// tablesMax is one more than the highest table number.
const tablesMax = 48

// numbered returns the tables by their numbers.
func (t *tables) numbered() *[tablesMax]state.Kept {
	if t.byNumber[TableDay] == nil {
		for _, table := range t.all() {
			t.byNumber[table.Number()] = table
		}
	}
	return &t.byNumber
}
