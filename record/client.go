package record

import (
	"sancun/money"
	"sancun/state"
)

// Commands of clients, their fund accounts and securities accounts (rows K2, K9,
// K10, K26). Client and Fund are always the numbers people know, never rows.
//
// A command of many rows is carried out as a whole or not at all. Its outcome's
// reference is the number of rows when accepted, and the place of the first bad
// row, counted from 1, when rejected.
const (
	KindOpenClients    Kind = 50
	KindOpenFunds      Kind = 51
	KindOpenSecurities Kind = 52

	KindCloseSecurities Kind = 74
)

var clientCommands = []func() Command{
	func() Command { return &OpenClients{} },
	func() Command { return &OpenFunds{} },
	func() Command { return &OpenSecurities{} },
	func() Command { return &ChangeContact{} },
	func() Command { return &ChangeIdentity{} },
	func() Command { return &BankDataConfirmed{} },
	func() Command { return &BankDataChanged{} },
	func() Command { return &RiskAnswered{} },
	func() Command { return &SetInvestor{} },
	func() Command { return &GrantPermission{} },
	func() Command { return &RevokePermission{} },
	func() Command { return &ChangeClientState{} },
	func() Command { return &ChangeFundState{} },
	func() Command { return &SetCommission{} },
	func() Command { return &CloseClient{} },
	func() Command { return &SetPassword{} },
	func() Command { return &PasswordTried{} },
	func() Command { return &UnlockPassword{} },
	func() Command { return &ResetPassword{} },
	func() Command { return &EndSessions{} },
	func() Command { return &PlaceFreeze{} },
	func() Command { return &ReleaseFreeze{} },
	func() Command { return &DeductFrozen{} },
	func() Command { return &DeductionPaid{} },
	func() Command { return &CloseSecurities{} },
	func() Command { return &ClientsChecked{} },
	func() Command { return &SetCheckRule{} },
	func() Command { return &ReviewClient{} },
	func() Command { return &SetFactor{} },
	func() Command { return &FactorUsed{} },
}

const (
	// BatchMax bounds the rows of one command of clients or contracts, so that
	// one with the longest sealed fields still is a command.
	BatchMax = 500
	// SealedMax bounds the sealed personal fields of one client in bytes.
	SealedMax = 960
	// FundNumberMax is the greatest number of a fund account: 14 digits.
	FundNumberMax = 99_999_999_999_999
	// ClientNumberMax is the greatest client number: 12 digits.
	ClientNumberMax = 999_999_999_999
)

// ClientData is a client as one opens it. ID, Name and Mobile are hashes under
// the key of the cell; what they stand for lies in Sealed, which only the vault
// can open, and nowhere else.
type ClientData struct {
	Number      uint64
	Class       uint8 // 1 natural person, 2 organisation
	Document    uint8 // kind of identity document, 1 to 8; 8 is an organisation's
	Branch      uint16
	ID          state.Key
	Name        state.Key
	Mobile      state.Key
	Risk        uint8  // C1 to C5 as 1 to 5, 0 when not asked yet
	RiskUntil   uint32 // last date the risk answer is valid, 0 without one
	Permissions uint32 // bits of custody.Permit…
	Sealed      []byte
}

func (d *ClientData) walk(w *Codec) {
	w.U64(&d.Number)
	w.U8(&d.Class)
	w.U8(&d.Document)
	w.U16(&d.Branch)
	w.Fixed(d.ID[:])
	w.Fixed(d.Name[:])
	w.Fixed(d.Mobile[:])
	w.U8(&d.Risk)
	w.U32(&d.RiskUntil)
	w.U32(&d.Permissions)
	w.Blob(&d.Sealed)
}

// OpenClients opens clients whose identity was checked before (K10, K11).
// Permissions given here come from the former system or from the branch; a
// permission asked for later goes through GrantPermission.
type OpenClients struct{ Rows []ClientData }

// Kind returns KindOpenClients.
func (*OpenClients) Kind() Kind { return KindOpenClients }

// Walk walks the fields.
func (c *OpenClients) Walk(w *Codec) { walkRows(w, &c.Rows, (*ClientData).walk) }

// FundData is a fund account as one opens it. The first account of a client and
// currency is the main one; auxiliary ones come after it.
type FundData struct {
	Number     uint64
	Client     uint64
	Currency   money.Currency
	Main       uint8      // 1 main, 0 auxiliary
	Commission money.Rate // 0 takes the default tariff
}

func (d *FundData) walk(w *Codec) {
	w.U64(&d.Number)
	w.U64(&d.Client)
	w.U8((*uint8)(&d.Currency))
	w.U8(&d.Main)
	w.Rate(&d.Commission)
}

// OpenFunds opens fund accounts, main or auxiliary. They have no bank until a
// contract is signed.
type OpenFunds struct{ Rows []FundData }

// Kind returns KindOpenFunds.
func (*OpenFunds) Kind() Kind { return KindOpenFunds }

// Walk walks the fields.
func (c *OpenFunds) Walk(w *Codec) { walkRows(w, &c.Rows, (*FundData).walk) }

// SecuritiesData is an account at the clearing house joined to a fund account.
type SecuritiesData struct {
	Fund    uint64
	Market  uint8    // market.Market
	Account [10]byte // capitals and digits
	PBU     [6]byte  // trading unit, filled up with zero bytes
}

func (d *SecuritiesData) walk(w *Codec) {
	w.U64(&d.Fund)
	w.U8(&d.Market)
	w.Fixed(d.Account[:])
	w.Fixed(d.PBU[:])
}

// OpenSecurities joins securities accounts to main fund accounts (加挂股东账户).
type OpenSecurities struct{ Rows []SecuritiesData }

// Kind returns KindOpenSecurities.
func (*OpenSecurities) Kind() Kind { return KindOpenSecurities }

// Walk walks the fields.
func (c *OpenSecurities) Walk(w *Codec) { walkRows(w, &c.Rows, (*SecuritiesData).walk) }

// CloseSecurities takes a securities account off a fund account that holds nothing
// of its market any more (撤销加挂).
type CloseSecurities struct {
	Fund   uint64
	Market uint8
}

// Kind returns KindCloseSecurities.
func (*CloseSecurities) Kind() Kind { return KindCloseSecurities }

// Walk walks the fields.
func (c *CloseSecurities) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U8(&c.Market)
}
