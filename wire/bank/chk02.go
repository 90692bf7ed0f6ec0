package bank

// CustodyState is the state of a custody relation at the bank (B.10).
type CustodyState uint8

// The states of a custody relation.
const (
	CustodyDesignated    CustodyState = 1
	CustodyPreDesignated CustodyState = 2
	CustodyCancelled     CustodyState = 3
)

// ClientStatus is a row of chk02: what the bank holds the state of one client's
// relation to be.
type ClientStatus struct {
	BankCode    string
	BrokerCode  string
	Branch      string
	Date        Date
	BankAccount string
	FundAccount string
	Name        string
	State       CustodyState
}

// ClientStatusLayout is chk02, client status check. The columns and the state
// numbers are from the source; the separator '|' between fields, CR LF and the
// file name are our assumption.
func ClientStatusLayout() FileLayout {
	return FileLayout{
		Name: "chk02", Set: 3, Chinese: "客户存管状态核对", Sender: Bank,
		Prefix: "chk02_", DateForm: NameFullDate, Suffix: ".txt",
		Style: StyleDelimited, Separator: '|', Charset: GB18030,
		NewRow: func() Row { return new(ClientStatus) },
		Fields: []Field{
			text("bank_code", 8), text("broker_code", 8), optional(text("branch", 8)), date("date"),
			text("bank_account", 32), text("fund_account", 20), text("name", 60), coded("state", 1, words("0", "1", "2")),
		},
	}
}

func (r *ClientStatus) slots() []slot {
	return []slot{
		textSlot("bank_code", &r.BankCode), textSlot("broker_code", &r.BrokerCode), textSlot("branch", &r.Branch),
		wholeSlot("date", &r.Date), textSlot("bank_account", &r.BankAccount), textSlot("fund_account", &r.FundAccount),
		textSlot("name", &r.Name), wholeSlot("state", &r.State),
	}
}
