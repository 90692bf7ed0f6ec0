package bank

import (
	"testing"

	"sancun/money"
)

// The client of the samples is invented; the card and paper numbers belong to
// nobody.
func samplePartyOf() Party {
	return Party{
		Name: "测试客户甲", Kind: Person, IDKind: IDCard, IDNumber: "110101190001010014",
		FundAccount: "8800000123", BankAccount: "6200000000000000001", Branch: "0101", Currency: money.CNY,
	}
}

func sampleHeader(i Initiator) Header {
	return Header{
		Version: Version, Sender: "60050000", Receiver: testBank, Date: 20230825, Time: 93005, Initiator: i,
		PlatformSerial: "P00000001", BankSerial: "B00000002", BrokerSerial: "S00000003", Epoch: 3, KeySet: 7,
	}
}

// sampleBodies returns one filled request of every function, in their order.
func sampleBodies(t testing.TB, c *Codec) []Message {
	t.Helper()
	bankPIN := PINBlock(make([]byte, c.format.PIN.Bytes()))
	fundPIN := PINBlock(make([]byte, c.format.PIN.Bytes()))
	for i := range bankPIN {
		bankPIN[i], fundPIN[i] = byte(i+1), byte(0xF0+i)
	}
	sum := make([]byte, 32)
	sum[31] = 0x5A
	party := samplePartyOf()
	transfer := Transfer{
		FundAccount: party.FundAccount, BankAccount: party.BankAccount, Currency: money.CNY,
		Amount: 12_345_678, BankPassword: bankPIN, FundPassword: fundPIN, Remark: "入市资金",
		Name: party.Name, IDKind: party.IDKind, IDNumber: party.IDNumber,
	}
	original := Original{Broker, 20230825, "P00000001", "B00000002", "S00000003"}
	reversal := Reversal{original, party.FundAccount, party.BankAccount, money.CNY, 12_345_678, "对方超时"}
	keys := WrappedKeys{8, sum[:16], []byte{1, 2, 3, 4}, sum[16:], []byte{5, 6, 7, 8}}
	notice := FileNotice{"sbusi0825.dat", 5, sum, 1}
	return []Message{
		&SignIn{Operator: "T001"}, &SignOut{Operator: "T001"}, &KeyExchange{Keys: keys}, &Probe{},
		&PreDesignate{Party: party},
		&Confirm{Party: party, BankPassword: bankPIN},
		&SignOneStep{Party: party, BankPassword: bankPIN},
		&ChangeBankAccount{Party: party, NewBankAccount: "6200000000000000019", BankPassword: bankPIN},
		&ChangeClientData{Party: party, NewName: "测试客户乙"},
		&ChangeCustodyBank{Party: party, NewBank: "BANK0002"},
		&PostInterest{FundAccount: party.FundAccount, BankAccount: party.BankAccount, Currency: money.CNY, Kind: InterestClosing, Interest: 1_234, Tax: 0},
		&CancelContract{Party: party, FundPassword: fundPIN},
		&QueryLedgerBalance{FundAccount: party.FundAccount, BankAccount: party.BankAccount, Currency: money.HKD, FundPassword: fundPIN},
		&QueryBankBalance{FundAccount: party.FundAccount, BankAccount: party.BankAccount, Currency: money.CNY, BankPassword: bankPIN},
		&IdentityCheck{Party: party},
		&QueryTransfer{Original: original},
		&Deposit{Transfer: transfer}, &Withdrawal{Transfer: transfer},
		&ReverseDeposit{Reversal: reversal}, &ReverseWithdrawal{Reversal: reversal},
		&Remit{Market: 2, Back: true, Currency: money.CNY, Amount: 123_456_789_00},
		&FileReady{FileNotice: notice}, &FileSend{FileNotice: notice, Index: 1, Data: []byte("1|2|\n")},
		&FileFetch{Name: notice.Name}, &FilesDone{Count: 5},
	}
}

// samples returns a request and a reply of every function, fixed for ever.
func samples(t testing.TB, c *Codec) []Message {
	t.Helper()
	var all []Message
	for _, m := range sampleBodies(t, c) {
		*m.Head() = sampleHeader(m.Function().Starters()[0])
		if m.Function().underMaster() {
			m.Head().KeySet = 0
		}
		c.Fit(m)
		answer := c.Reply(m, c.format.Outcome(Success, "交易成功"))
		switch a := answer.(type) {
		case *QueryTransfer:
			a.State, a.Amount = TransferDone, 12_345_678
		case *QueryBankBalance:
			a.Balance, a.Available = 999_999_999_999, 1
		case *QueryLedgerBalance:
			a.Balance, a.Available, a.Withdrawable = -50, 0, 0
		case *IdentityCheck:
			a.Match = MatchName
		}
		all = append(all, m, answer)
	}
	return all
}
