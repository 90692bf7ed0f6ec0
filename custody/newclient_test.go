package custody

import (
	"testing"

	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Clients, accounts, securities accounts and contracts opened by batches can
// bring in money; one bad row rejects its whole batch and is named.
func TestBatchesOpenForBusiness(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 0)
	clients, funds, securities, contracts := batches(100, 500)
	for _, cmd := range []record.Command{clients, funds, securities, contracts} {
		if a := r.must(0, cmd); a.Ref != 500 {
			t.Errorf("%T: reference %d", cmd, a.Ref)
		}
	}
	r.must(0, &record.BankDeposit{
		Bank: 1, Date: testDate, BankRef: "b1", Fund: 10_000 + 100, Currency: money.CNY, Amount: 5_00,
		Card: cardOf(10_000 + 100), Name: nameOf(100),
	})
	if got := r.cashFor(10_000 + 100).Balance; got != 5_00 {
		t.Errorf("balance %d after a deposit of 500", got)
	}

	clients, _, _, _ = batches(600, 500)
	clients.Rows[321].ID = clients.Rows[7].ID
	if a := r.do(0, clients); record.Code(a.Code) != record.IdentityTaken || a.Ref != 322 {
		t.Errorf("a batch with one document twice: %s at row %d", record.Code(a.Code), a.Ref)
	}
	if _, found := r.live.client(600); found {
		t.Error("a rejected batch opened a client")
	}
}

// batches returns commands that open n clients from a number on, each with an
// account of a number 10,000 higher, a securities account and a contract.
func batches(from, n uint64) (*record.OpenClients, *record.OpenFunds, *record.OpenSecurities, *record.SignContracts) {
	var clients record.OpenClients
	var funds record.OpenFunds
	var securities record.OpenSecurities
	var contracts record.SignContracts
	for client := from; client < from+n; client++ {
		fund := 10_000 + client
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: client, Class: Person, Document: 1, Branch: 1, ID: state.KeyOf(client, 0x1d), Name: nameOf(client),
			Mobile: state.KeyOf(client, 0x3b), Risk: 4, RiskUntil: 20250824, Permissions: PermitMain, Sealed: make([]byte, 300),
		})
		funds.Rows = append(funds.Rows, record.FundData{Number: fund, Client: client, Currency: money.CNY, Main: 1})
		row := record.SecuritiesData{Fund: fund, Market: 1, PBU: [6]byte([]byte("012345"))}
		number := clOrdID(client)
		row.Account = number
		securities.Rows = append(securities.Rows, row)
		contracts.Rows = append(contracts.Rows, record.ContractData{Fund: fund, Bank: 1, Card: cardOf(fund)})
	}
	return &clients, &funds, &securities, &contracts
}
