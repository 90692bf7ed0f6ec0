package statement

import (
	"time"

	"sancun/money"
)

// Statement is one fund account over one period. Amounts are in minor units,
// prices in ten-thousandths of a currency unit.
type Statement struct {
	Period   string    `json:"period" doc:"The business date, or the month"`
	From     uint32    `json:"from" doc:"First date of the period"`
	To       uint32    `json:"to" doc:"Date of the closing, or the date that is open"`
	Final    bool      `json:"final" doc:"As of a closing. A statement of the date that is open still changes"`
	Height   uint64    `json:"height" doc:"Block the figures are as of"`
	Hash     string    `json:"hash" doc:"Of that block"`
	Time     time.Time `json:"time" doc:"Of that block"`
	After    uint64    `json:"after_height" doc:"Block of the closing before; what is booked behind it is in this statement"`
	Fund     uint64    `json:"fund"`
	Client   uint64    `json:"client"`
	Name     string    `json:"name,omitempty" doc:"Masked unless revealed"`
	Document string    `json:"document,omitempty" doc:"Masked unless revealed"`
	Card     string    `json:"card,omitempty" doc:"Masked unless revealed"`
	Bank     uint16    `json:"bank,omitempty" doc:"In custody with at the end"`
	BankName string    `json:"bank_name,omitempty"`
	Currency string    `json:"currency"`
	CashOnly bool      `json:"cash_only,omitempty" doc:"What the custodian bank may see: no trades and no securities"`

	Securities []SecuritiesAccount `json:"securities_accounts,omitempty"`
	Cash       []Cash              `json:"cash" doc:"One a bank"`
	Positions  []Position          `json:"positions,omitempty"`
	Trades     []Trade             `json:"trades,omitempty" doc:"Orders with fills in the period, with their fees"`
	Fills      []Fill              `json:"fills,omitempty"`
	Transfers  []Transfer          `json:"transfers,omitempty" doc:"Asked for in the period"`
	Lines      []Line              `json:"lines,omitempty" doc:"Every posting on the cash"`
	Units      []Movement          `json:"units,omitempty" doc:"Every posting on the securities"`

	MarketValue money.Amount `json:"market_value"`
	Cost        money.Amount `json:"cost"`
	Assets      money.Amount `json:"assets" doc:"Cash and market value"`
}

// SecuritiesAccount is a securities account of the client.
type SecuritiesAccount struct {
	Market  string `json:"market"`
	Account string `json:"account"`
}

// Cash is the cash at one bank: the opening, what moved by kind, the closing, and
// what of it is reserved. Opening and movements lead to the closing.
type Cash struct {
	Bank        uint16       `json:"bank"`
	Opening     money.Amount `json:"opening"`
	Deposits    money.Amount `json:"deposits" doc:"Less what was reversed"`
	Withdrawals money.Amount `json:"withdrawals" doc:"Negative, less what was reversed or refused"`
	Sold        money.Amount `json:"sold"`
	Bought      money.Amount `json:"bought" doc:"Negative"`
	Levies      money.Amount `json:"levies" doc:"Stamp duty, transfer, handling and regulatory fee; negative"`
	Commission  money.Amount `json:"commission" doc:"Negative"`
	Interest    money.Amount `json:"interest"`
	Dividends   money.Amount `json:"dividends"`
	Internal    money.Amount `json:"internal" doc:"To and from the client's other fund accounts"`
	Other       money.Amount `json:"other" doc:"Opening balances, corrections, deductions"`
	Closing     money.Amount `json:"closing"`

	Available    money.Amount `json:"available"`
	Withdrawable money.Amount `json:"withdrawable"`
	HeldOrder    money.Amount `json:"held_for_orders"`
	HeldTransfer money.Amount `json:"held_for_transfers"`
	HeldOther    money.Amount `json:"held_otherwise"`
	Payable      money.Amount `json:"payable" doc:"Trades that are not cleared yet will take it"`
	Receivable   money.Amount `json:"receivable" doc:"Trades that are not cleared yet will bring it"`
}

// Line is one posting on the cash.
type Line struct {
	Date     uint32       `json:"date"`
	Time     time.Time    `json:"time"`
	Height   uint64       `json:"height"`
	Bank     uint16       `json:"bank"`
	Kind     Kind         `json:"kind"`
	Amount   money.Amount `json:"amount" doc:"Signed"`
	Balance  money.Amount `json:"balance" doc:"At this bank after it"`
	Order    uint64       `json:"order,omitempty"`
	Transfer uint64       `json:"transfer,omitempty"`
}

// Trade is one order with fills. Net is what it brought, negative what it took.
type Trade struct {
	Date       uint32         `json:"date"`
	Order      uint64         `json:"order"`
	Instrument string         `json:"instrument"`
	Side       string         `json:"side"`
	Quantity   money.Quantity `json:"quantity"`
	Price      money.Price    `json:"average_price" doc:"Value by quantity, half up"`
	Value      money.Amount   `json:"value"`
	Commission money.Amount   `json:"commission"`
	Levies     money.Amount   `json:"levies" doc:"Sum of the four that follow; they are zero where the charge cannot be taken apart"`
	Stamp      money.Amount   `json:"stamp_duty"`
	Transfer   money.Amount   `json:"transfer_fee"`
	Handling   money.Amount   `json:"handling_fee"`
	Regulatory money.Amount   `json:"regulatory_fee"`
	Fees       money.Amount   `json:"fees" doc:"Their sum, as charged"`
	Net        money.Amount   `json:"net"`
	Cleared    bool           `json:"cleared" doc:"Until then the fees are what the fills so far come to"`
}

// Fill is one execution.
type Fill struct {
	Date       uint32         `json:"date"`
	Time       time.Time      `json:"time"`
	Order      uint64         `json:"order"`
	Exec       string         `json:"exec_id"`
	Instrument string         `json:"instrument"`
	Side       string         `json:"side"`
	Quantity   money.Quantity `json:"quantity"`
	Price      money.Price    `json:"price"`
	Value      money.Amount   `json:"value"`
}

// Transfer is a transfer between bank and securities account.
type Transfer struct {
	ID        uint64       `json:"id"`
	Date      uint32       `json:"date"`
	Time      time.Time    `json:"time"`
	Bank      uint16       `json:"bank"`
	Direction string       `json:"direction" doc:"deposit or withdrawal"`
	Reversal  bool         `json:"reversal,omitempty"`
	Amount    money.Amount `json:"amount"`
	State     string       `json:"state" doc:"As of the block of the statement"`
	BankRef   string       `json:"bank_ref,omitempty"`
}

// Position is what is held of one security.
type Position struct {
	Instrument string         `json:"instrument"`
	Opening    money.Quantity `json:"opening"`
	Units      money.Quantity `json:"units"`
	Held       money.Quantity `json:"held"`
	Bought     money.Quantity `json:"bought_uncleared,omitempty"`
	Sold       money.Quantity `json:"sold_uncleared,omitempty"`
	Cost       money.Amount   `json:"cost" doc:"What the units were bought for, with fees; those that came from elsewhere at the close before they came"`
	CostPrice  money.Price    `json:"cost_price" doc:"Cost by units, half up"`
	Close      money.Price    `json:"close"`
	Value      money.Amount   `json:"value"`
	Gain       money.Amount   `json:"gain" doc:"Value less cost"`
}

// Movement is one posting on the securities.
type Movement struct {
	Date       uint32         `json:"date"`
	Time       time.Time      `json:"time"`
	Height     uint64         `json:"height"`
	Instrument string         `json:"instrument"`
	Why        string         `json:"why"`
	Units      money.Quantity `json:"units" doc:"Signed"`
	Balance    money.Quantity `json:"balance"`
	Order      uint64         `json:"order,omitempty"`
}
