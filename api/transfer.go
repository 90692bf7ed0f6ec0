package api

import (
	"context"
	"errors"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/record"
)

// NewDeposit asks the client's bank to bring money in.
type NewDeposit struct {
	Fund   uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Amount int64  `json:"amount" minimum:"1" doc:"Minor units"`
	Code   string `json:"code,omitempty" pattern:"^[0-9]{6}$" doc:"Of the second factor of who is signed in; needed above the limit's threshold"`

	CardPassword string `json:"card_password,omitempty" maxLength:"19" format:"password" doc:"Of the bank card. It goes to the bank in a PIN block and is written nowhere; some banks let no deposit through without it"`
}

// NewWithdrawal sends money out to the client's bank.
type NewWithdrawal struct {
	Fund     uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Amount   int64  `json:"amount" minimum:"1" doc:"Minor units"`
	Password string `json:"fund_password" minLength:"1" maxLength:"256" format:"password" doc:"The client's fund password"`
	Code     string `json:"code,omitempty" pattern:"^[0-9]{6}$" doc:"Of the second factor of who is signed in; needed above the limit's threshold"`

	CardPassword string `json:"card_password,omitempty" maxLength:"19" format:"password" doc:"Of the bank card, when the bank asks for it; as for a deposit"`
}

// NewInternal moves money between a main and an auxiliary account of one client.
type NewInternal struct {
	From   uint64 `json:"from" minimum:"1" maximum:"99999999999999"`
	To     uint64 `json:"to" minimum:"1" maximum:"99999999999999"`
	Amount int64  `json:"amount" minimum:"1" doc:"Minor units"`
}

// NewLimit sets limits of transfers; zero in the scope is all, zero in a figure no
// limit.
type NewLimit struct {
	Bank         uint16 `json:"bank,omitempty" maximum:"255"`
	Channel      string `json:"channel,omitempty" enum:"counter,web,mobile,api,institution,bank"`
	Client       uint64 `json:"client,omitempty" maximum:"999999999999"`
	From         uint32 `json:"from" minimum:"19000101" maximum:"99991231" doc:"First business date it holds"`
	SingleMin    int64  `json:"single_min,omitempty" minimum:"0"`
	SingleMax    int64  `json:"single_max,omitempty" minimum:"0"`
	DailyMax     int64  `json:"daily_max,omitempty" minimum:"0"`
	DailyCount   uint16 `json:"daily_count,omitempty" maximum:"65535"`
	MinRemaining int64  `json:"min_remaining,omitempty" minimum:"0"`
	SecondFactor int64  `json:"second_factor,omitempty" minimum:"0" doc:"Above this a code of the second factor is needed"`
	Source       string `json:"source" minLength:"1" maxLength:"80" doc:"Rule, agreement or ticket"`
}

// Transfer is a bank–securities transfer or reversal.
type Transfer struct {
	ID         uint64     `json:"id" doc:"Platform serial"`
	Fund       uint64     `json:"fund"`
	Bank       uint16     `json:"bank"`
	Direction  string     `json:"direction" doc:"deposit is bank to securities"`
	Initiator  string     `json:"initiator"`
	State      string     `json:"state" doc:"sent, done, refused, unknown, reversed or poisoned"`
	Channel    string     `json:"channel"`
	Date       uint32     `json:"date"`
	Asked      time.Time  `json:"asked"`
	Ended      *time.Time `json:"ended,omitempty"`
	Amount     int64      `json:"amount" doc:"Minor units"`
	BankRef    string     `json:"bank_ref,omitempty" doc:"The bank's serial"`
	BankError  uint16     `json:"bank_error,omitempty"`
	Reverses   uint64     `json:"reverses,omitempty"`
	ReversedBy uint64     `json:"reversed_by,omitempty"`
	Case       uint64     `json:"case,omitempty"`
}

// ended is a time that may not have come.
func ended(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func transferOf(t books.Transfer) Transfer {
	return Transfer{
		ID: t.ID, Fund: t.Fund, Bank: t.Bank, Direction: word(directionWords, t.Direction), Initiator: word(initiatorWords, t.Initiator),
		State: word(transferWords, t.State), Channel: word(channelWords, t.Channel), Date: t.Date, Asked: t.Asked, Ended: ended(t.Ended),
		Amount: int64(t.Amount), BankRef: t.BankRef, BankError: t.BankError, Reverses: t.Reverses, ReversedBy: t.ReversedBy, Case: t.Case,
	}
}

// TransferAnswer is a transfer with its freshness.
type TransferAnswer struct {
	Fresh
	Transfer
}

// OfTransfer names the transfer of a path.
type OfTransfer struct {
	Transfer uint64 `path:"transfer" minimum:"1" doc:"Platform serial"`
}

// Dates bound a list by business Dates.
type Dates struct {
	From uint32 `query:"from" maximum:"99991231" doc:"First business date"`
	To   uint32 `query:"to" maximum:"99991231" doc:"Last business date"`
}

func (a *API) mountTransfers() {
	const tag = "Transfers"
	hangFast(a, route{
		method: "POST", path: "/v1/deposits", summary: "Ask the client's bank to bring money in", tag: tag, status: 201,
		about: "Nothing is credited before the bank has confirmed. Ref is the platform serial.",
	}, a.newDeposit, asItIs)
	hang(a, route{method: "POST", path: "/v1/withdrawals", summary: "Send money out to the client's bank", tag: tag, status: 201, about: "Ref is the platform serial."},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewWithdrawal
		}) (Outcome, error) {
			return a.withdraw(ctx, p, in.Keyed, &in.Body)
		})
	hang(a, route{method: "POST", path: "/v1/internal-transfers", summary: "Move money Between a main and an auxiliary account of one client", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewInternal
		}) (Outcome, error) {
			if err := errors.Join(in.check(true), a.ownFund(ctx, p, in.Body.From), a.ownFund(ctx, p, in.Body.To)); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.InternalTransfer{From: in.Body.From, To: in.Body.To, Amount: amount(in.Body.Amount)})
		})
	hang(a, route{method: "POST", path: "/v1/transfers/{transfer}/reversal", summary: "Ask the bank to undo a transfer of today", tag: tag, status: 201},
		func(ctx context.Context, p *pass, in *struct {
			OfTransfer
			Keyed
			Body struct {
				Amount int64 `json:"amount" minimum:"1" doc:"The original's, in minor units"`
			}
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.AskReversal{Transfer: in.Transfer, Amount: amount(in.Body.Amount)})
		})
	hang(a, route{method: "POST", path: "/v1/limits", summary: "Set limits of transfers", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewLimit
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			b := &in.Body
			return a.decide(ctx, p, in.Key, &record.SetLimit{
				Bank: b.Bank, Channel: number(channelWords, b.Channel), Client: b.Client, From: b.From, SingleMin: amount(b.SingleMin), SingleMax: amount(b.SingleMax),
				DailyMax: amount(b.DailyMax), DailyCount: b.DailyCount, MinRemaining: amount(b.MinRemaining), SecondFactor: amount(b.SecondFactor), Source: b.Source,
			})
		})
	a.mountTransferLists(tag)
}

// newDeposit makes the command of a deposit.
func (a *API) newDeposit(ctx context.Context, p *pass, key string, b *NewDeposit) (uint64, record.Command, error) {
	switch {
	case b.Amount <= 0:
		return 0, nil, badAmount("body.amount")
	case b.Code != "" && len(b.Code) != 6:
		return 0, nil, fieldProblem("body.code", "a code has six digits", "动态口令为六位数字")
	}
	if b.Code == "" && b.CardPassword == "" {
		return b.Fund, &record.AskDeposit{Fund: b.Fund, Amount: amount(b.Amount), Channel: p.channel}, nil
	}
	if err := a.ownFund(ctx, p, b.Fund); err != nil {
		return 0, nil, err // no code is spent on another's account
	}
	second, err := a.second(ctx, p, key, b.Code)
	if err == nil {
		err = a.keepCardPassword(ctx, p, key, b.Fund, b.CardPassword)
	}
	return b.Fund, &record.AskDeposit{Fund: b.Fund, Amount: amount(b.Amount), Channel: p.channel, SecondFactor: second}, err
}

func (a *API) mountTransferLists(tag string) {
	hang(a, route{method: "GET", path: "/v1/transfers", summary: "Transfers, the newest first", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			Paged
			Dates
			Bank  uint64 `query:"bank" maximum:"255" doc:"Of one bank only; a bank's desk has its own"`
			State string `query:"state" enum:"sent,done,refused,unknown,reversed,poisoned"`
		}) (Page[Transfer], error) {
			if p.may(bankDesk) {
				if in.Bank == 0 {
					in.Bank = uint64(p.user.Bank)
				}
				if err := a.ownBank(p, uint16(in.Bank)); err != nil {
					return Page[Transfer]{}, err
				}
			}
			l, err := a.config.Books.Transfers(ctx, books.TransferQuery{Bank: uint16(in.Bank), State: number(transferWords, in.State), From: in.From, To: in.To}, in.page())
			return list(l, transferOf), err
		})
	hang(a, route{method: "GET", path: "/v1/transfers/{transfer}", summary: "A transfer", tag: tag, about: "One of today is read from the machine and is never behind."},
		func(ctx context.Context, p *pass, in *OfTransfer) (TransferAnswer, error) {
			return a.transfer(ctx, p, in.Transfer)
		})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/transfers", summary: "Transfers of a fund account, the newest first", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Paged
			Dates
		}) (Page[Transfer], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Transfer]{}, err
			}
			l, err := a.config.Books.Transfers(ctx, books.TransferQuery{Fund: in.Fund, From: in.From, To: in.To}, in.page())
			return list(l, transferOf), err
		})
}

// transfer reads a transfer from the machine, which has those of the day and the
// open ones, or from the books. A desk sees the transfers of its own bank.
func (a *API) transfer(ctx context.Context, p *pass, id uint64) (TransferAnswer, error) {
	var t TransferAnswer
	var live bool
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		var x custody.Transfer
		if x, live = m.TransferBy(id); live {
			t.Transfer = transferOf(books.Transfer{
				ID: x.ID, Fund: m.FundAt(x.Fund).Number, Bank: x.Bank, Direction: x.Direction, Initiator: x.Initiator, State: x.State, Channel: x.Channel,
				Date: x.Date, Asked: instant(x.Asked), Ended: instant(x.Ended), Amount: x.Amount, BankRef: zeroed(x.BankRef[:]), BankError: x.BankError,
				Reverses: x.Reverses, ReversedBy: x.ReversedBy, Case: x.Case,
			})
		}
	})
	t.Fresh = a.now()
	if err == nil && !live {
		var x books.Transfer
		var r books.Reached
		x, r, err = a.config.Books.Transfer(ctx, id)
		t = TransferAnswer{fresh(r), transferOf(x)}
	}
	if err == nil && p.may(investor) {
		err = a.ownFund(ctx, p, t.Fund)
	}
	return t, errors.Join(err, a.ownBankIf(err == nil, p, t.Bank))
}

// ownBankIf is ownBank once the object is known.
func (a *API) ownBankIf(known bool, p *pass, bank uint16) error {
	if !known {
		return nil
	}
	return a.ownBank(p, bank)
}

// now is the freshness of what was read from the machine.
func (a *API) now() Fresh {
	head, _ := a.config.Core.Head()
	return Fresh{head.Height, time.Unix(0, head.Time).UTC()}
}

// instant turns block time into a time, zero into none.
func instant(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}

// zeroed reads a zero-padded text.
func zeroed(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// withdraw checks the fund password, which the machine counts, and asks.
func (a *API) withdraw(ctx context.Context, p *pass, k Keyed, b *NewWithdrawal) (Outcome, error) {
	if err := errors.Join(k.check(true), a.ownFund(ctx, p, b.Fund)); err != nil {
		return Outcome{}, err
	}
	client, err := a.owner(ctx, b.Fund)
	if err == nil && client == 0 {
		err = notThere.problem("")
	}
	if err != nil {
		return Outcome{}, err
	}
	right, err := a.tryPassword(ctx, p, client, record.PasswordFund, b.Password)
	if err != nil {
		return Outcome{}, err
	}
	second, err := a.second(ctx, p, k.Key, b.Code)
	if err == nil {
		err = a.keepCardPassword(ctx, p, k.Key, b.Fund, b.CardPassword)
	}
	if err != nil {
		return Outcome{}, err
	}
	return a.decide(ctx, p, k.Key, &record.AskWithdrawal{Fund: b.Fund, Amount: amount(b.Amount), Channel: p.channel, SecondFactor: second, PasswordOK: bit(right)})
}

func badAmount(location string) *Problem {
	return fieldProblem(location, "the figure must be positive and in range", "数值必须为正且在范围内")
}
