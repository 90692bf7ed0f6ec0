// Package market knows what may be traded and by which rules: instruments,
// boards, price limits and cages, lots, ticks, the phases of a day, settlement
// and fees. Every rule is a row with the dates it is in force, its source and
// whether we could verify it; docs/rules.md prints the rows.
//
// It must never read a clock or a file, hold state between calls, or guess: a
// date or a board without a rule is refused with a verdict of its own.
package market

import (
	"errors"
	"fmt"
	"strings"

	"sancun/calendar"
	"sancun/money"
)

// Market is an exchange. The numbers are written to records and never change.
type Market uint8

// The exchanges. Zero stands for all of them in a rule.
const (
	Shanghai Market = 1
	Shenzhen Market = 2
	Beijing  Market = 3

	marketCount = 4
)

var marketCodes = [marketCount]string{Shanghai: "SH", Shenzhen: "SZ", Beijing: "BJ"}

// Valid says whether m is one of the exchanges.
func (m Market) Valid() bool { return m >= Shanghai && m <= Beijing }

// String returns "SH", "SZ" or "BJ".
func (m Market) String() string {
	if m.Valid() {
		return marketCodes[m]
	}
	return fmt.Sprintf("market %d", uint8(m))
}

// Board is the class of security that decides which rules apply. The numbers
// are written to records and never change.
type Board uint8

// The boards and security classes.
const (
	Main        Board = 1 // 主板 A shares
	ChiNext     Board = 2 // 创业板
	STAR        Board = 3 // 科创板
	BSE         Board = 4 // 北交所
	BShare      Board = 5 // B 股
	Fund        Board = 6 // listed funds: ETF, LOF, closed-end, REIT
	Convertible Board = 7 // 可转换公司债券
	Bond        Board = 8
	Repo        Board = 9  // 债券回购: known by code, no rules yet, so every order is refused
	Index       Board = 10 // quoted, never traded

	boardCount = 11
)

var boardNames = [boardCount]string{
	Main: "main", ChiNext: "ChiNext", STAR: "STAR", BSE: "BSE", BShare: "B share", Fund: "fund",
	Convertible: "convertible", Bond: "bond", Repo: "repo", Index: "index",
}

// Valid says whether b is one of the boards.
func (b Board) Valid() bool { return b >= Main && b <= Index }

// String names b in English.
func (b Board) String() string {
	if b.Valid() {
		return boardNames[b]
	}
	return fmt.Sprintf("board %d", uint8(b))
}

// ErrID reports text that is not a security such as "600000.SH".
var ErrID = errors.New("not a security code with its market")

// ID names a security: its market times one million plus its six-digit code.
// 600000 of Shanghai is 1600000. The zero ID names nothing.
type ID uint32

const codeUnit = 1_000_000

// NewID returns the ID of a code from 0 to 999999 on a market.
func NewID(m Market, code uint32) (ID, error) {
	if !m.Valid() || code >= codeUnit {
		return 0, fmt.Errorf("%d on %s: %w", code, m, ErrID)
	}
	return ID(uint32(m)*codeUnit + code), nil
}

// ParseID reads "600000.SH"; the letters may be small.
func ParseID(text string) (ID, error) {
	wrong := fmt.Errorf("security %q: %w", text, ErrID)
	if len(text) != 9 || text[6] != '.' {
		return 0, wrong
	}
	var code uint32
	for _, c := range []byte(text[:6]) {
		if c < '0' || c > '9' {
			return 0, wrong
		}
		code = code*10 + uint32(c-'0')
	}
	for m := Shanghai; m <= Beijing; m++ {
		if strings.EqualFold(text[7:], marketCodes[m]) {
			return NewID(m, code)
		}
	}
	return 0, wrong
}

// Market returns the exchange of id.
func (id ID) Market() Market { return Market(min(uint32(id)/codeUnit, 255)) }

// Code returns the code of id as a number; Digits prints it.
func (id ID) Code() uint32 { return uint32(id) % codeUnit }

// Digits returns the six digits of the code, "600000".
func (id ID) Digits() string { return fmt.Sprintf("%06d", id.Code()) }

// Valid says whether id names a market and a code.
func (id ID) Valid() bool { return id.Market().Valid() }

// String returns "600000.SH".
func (id ID) String() string { return id.Digits() + "." + id.Market().String() }

// MarshalText writes the form of String.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseID reads.
func (id *ID) UnmarshalText(text []byte) error {
	v, err := ParseID(string(text))
	if err == nil {
		*id = v
	}
	return err
}

// Standing is whether a security trades as usual or under a warning. The
// numbers are written to records and never change.
type Standing uint8

// The standings. Zero stands for all of them in a rule.
const (
	Ordinary    Standing = 1
	RiskWarning Standing = 2 // 风险警示 ST, *ST
	Delisting   Standing = 3 // 退市整理期

	standingCount = 4
)

// Valid says whether s is one of the standings.
func (s Standing) Valid() bool { return s >= Ordinary && s < standingCount }

// Status is whether a security can be traded today. The numbers are written to
// records and never change.
type Status uint8

// The statuses.
const (
	Trading   Status = 1
	Suspended Status = 2 // 停牌 for the day
	Halted    Status = 3 // 临时停牌, minutes
	Delisted  Status = 4 // 已退市
	Unlisted  Status = 5 // 未上市
)

// Valid says whether s is one of the statuses.
func (s Status) Valid() bool { return s >= Trading && s <= Unlisted }

// Instrument is one security as the static data of a day describe it. Zero in
// Tick, Lot and LimitRate means that the rule of the board applies; the
// exchanges' static files override it for single securities.
type Instrument struct {
	ID            ID
	Name          string
	Board         Board
	Standing      Standing
	Status        Status
	SameDay       bool          // T+0: may be sold on the day it was bought, beyond what its board allows
	Listed        calendar.Date // first trading day; zero when unknown, which means long ago
	DelistingFrom calendar.Date // first day of the delisting period; zero when unknown or none
	Tick          money.Price
	Lot           money.Quantity
	LimitRate     money.Rate // of a fund that follows a 20 % board, for example
}

// NewInstrument returns a trading instrument with the board of its code and the
// standing its name shows. Static data may correct every field afterwards. It
// returns ErrID for an invalid id or a code no board uses.
func NewInstrument(id ID, name string) (Instrument, error) {
	board, ok := Classify(id)
	if !ok {
		return Instrument{}, fmt.Errorf("no board uses code %s: %w", id, ErrID)
	}
	return Instrument{ID: id, Name: name, Board: board, Standing: StandingOf(name), Status: Trading}, nil
}

// StandingOf reads the standing from a security's short name: ST and *ST mark a
// risk warning, 退 marks the delisting period. Other marks (XD, DR, N) may stand
// before them.
func StandingOf(name string) Standing {
	switch {
	case strings.Contains(name, "退"):
		return Delisting
	case strings.Contains(name, "ST"):
		return RiskWarning
	}
	return Ordinary
}

// Currency returns the currency in which the security trades and settles.
func (in *Instrument) Currency() money.Currency {
	if in.Board != BShare {
		return money.CNY
	}
	if in.ID.Market() == Shanghai {
		return money.USD
	}
	return money.HKD
}
