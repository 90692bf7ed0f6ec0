package export

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Tables whose rows name accounts. Of each only the first field is read
// (docs/formats/state.md): the date, the fund account's number, the security.
const (
	tableDay         = 2
	tableFunds       = 5
	tableInstruments = 7
)

// Owners of accounts between banks and of deductions (docs/formats/state.md).
const (
	ownerBetween    = 0
	ownerDeductions = 1
)

// names turns account rows into names people can read. It learns them from the
// same records that use them.
type names struct {
	totals      bool
	date        uint32
	banks       map[uint16]string
	funds       []uint64
	instruments []market.ID
	accounts    []ledger.Key
}

func newNames(totals bool) *names { return &names{totals: totals, banks: map[uint16]string{}} }

// command learns from a command what no row says in its first field: what a bank
// is called.
func (n *names) command(v *record.View) error {
	if v.Kind != record.KindSetBank || v.Code != record.Accepted {
		return nil
	}
	cmd, err := v.Cmd()
	if err != nil {
		return err
	}
	if bank, ok := cmd.(*record.SetBank); ok {
		n.banks[bank.Number] = segment(bank.Code)
	}
	return nil
}

func (n *names) open(row uint32, key state.Key) error {
	if int(row) != len(n.accounts) {
		return fmt.Errorf("account %d opens after %d others: %w", row, len(n.accounts), record.ErrMalformed)
	}
	n.accounts = append(n.accounts, ledger.KeyFrom(key))
	return nil
}

func (n *names) known(row uint32) bool { return int(row) < len(n.accounts) }

func (n *names) put(table uint16, row uint32, b []byte) {
	switch {
	case table == tableDay && len(b) >= 4:
		n.date = binary.LittleEndian.Uint32(b)
	case table == tableFunds && len(b) >= 8:
		n.funds = set(n.funds, row, binary.LittleEndian.Uint64(b))
	case table == tableInstruments && len(b) >= 4:
		n.instruments = set(n.instruments, row, market.ID(binary.LittleEndian.Uint32(b)))
	}
}

// set writes a row or appends the next one.
func set[T any](rows []T, row uint32, v T) []T {
	if int(row) == len(rows) {
		return append(rows, v)
	}
	if int(row) < len(rows) {
		rows[row] = v
	}
	return rows
}

// beijing is the business's time.
var beijing = time.FixedZone("CST", 8*60*60)

// dateOf returns the business date, or a block's own before there is one.
func (n *names) dateOf(nanos int64) uint32 {
	if n.date != 0 {
		return n.date
	}
	y, m, d := time.Unix(0, nanos).In(beijing).Date()
	return uint32(y*10_000 + int(m)*100 + d)
}

func (n *names) bank(number uint16) string {
	if code, ok := n.banks[number]; ok {
		return code
	}
	return "bank " + strconv.Itoa(int(number))
}

// fund names a fund account by its row.
func (n *names) fund(row uint64) string {
	if row < uint64(len(n.funds)) {
		return strconv.FormatUint(n.funds[row], 10)
	}
	return "row " + strconv.FormatUint(row, 10)
}

func marketName(owner uint64) string {
	if owner == ownerBetween {
		return "between banks"
	}
	if owner < 256 && market.Market(owner).Valid() {
		return market.Market(owner).String()
	}
	return "owner " + strconv.FormatUint(owner, 10)
}

// account returns the name of an account. Its first part is one of the words by
// which accounting programs know what kind of account it is.
func (n *names) account(row uint32) string {
	k := n.accounts[row]
	bank := n.bank(k.Bank)
	switch k.Kind {
	case ledger.ClientCash:
		if n.totals {
			return "liabilities:clients:cash:" + bank
		}
		return "liabilities:clients:cash:" + bank + ":" + n.fund(k.Owner)
	case ledger.Pooled:
		return "assets:clients:pooled:" + bank
	case ledger.ClientReserve:
		return "assets:clients:reserve:" + bank + ":" + marketName(k.Owner)
	case ledger.InSettlement:
		return "assets:clients:in settlement:" + bank + ":" + marketName(k.Owner)
	case ledger.Suspense:
		return "assets:clients:suspense:" + bank + suspenseName(k.Owner)
	case ledger.InterestDue:
		return "liabilities:clients:interest due:" + bank
	case ledger.FeesDue:
		return "liabilities:clients:fees due:" + bank
	case ledger.OwnBank:
		return "assets:own:bank:" + bank
	case ledger.FeeIncome:
		return "revenues:own:fees"
	case ledger.InterestKept:
		return "revenues:own:interest"
	case ledger.Rounding:
		return "revenues:own:rounding"
	case ledger.OwnLoss:
		return "expenses:own:losses"
	case ledger.OwnEquity:
		return "equity:own:opening"
	case ledger.Position:
		if n.totals {
			return "liabilities:clients:securities"
		}
		return "liabilities:clients:securities:" + n.fund(k.Owner-1)
	case ledger.Custody:
		return "assets:clients:securities:" + marketName(k.Owner)
	case ledger.General:
		return "liabilities:general:" + strconv.FormatUint(k.Owner, 10) + generalBank(k.Bank)
	case ledger.GeneralWorld:
		return "assets:general:" + strconv.FormatUint(k.Owner, 10) + generalBank(k.Bank)
	}
	return "equity:kind " + strconv.Itoa(int(k.Kind))
}

func suspenseName(owner uint64) string {
	switch owner {
	case 0:
		return ""
	case ownerDeductions:
		return ":deductions"
	}
	return ":" + strconv.FormatUint(owner, 10)
}

func generalBank(bank uint16) string {
	if bank == 0 {
		return ""
	}
	return ":" + strconv.Itoa(int(bank))
}

// commodity names an account's unit and says with how many decimals its figures
// are written: money has two, securities none, and other units are what they are.
func (n *names) commodity(row uint32) (symbol string, decimals int) {
	unit := n.accounts[row].Unit
	switch {
	case unit >= ledger.UnitSecurity:
		if at := unit - ledger.UnitSecurity; int(at) < len(n.instruments) {
			return n.instruments[at].String(), 0
		}
		return "security " + strconv.Itoa(int(unit-ledger.UnitSecurity)), 0
	case unit < 256 && money.Currency(unit).Valid():
		return money.Currency(unit).String(), 2
	}
	return "unit " + strconv.Itoa(int(unit)), 0
}

// segment makes a part of an account's name of text that people gave: a colon
// would begin another part, two spaces or a line end the name.
func segment(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == ':' || r == ';' || r == '"' }), " ")
}

// commandName returns the name of a command, "BankDeposit".
func commandName(k record.Kind) string {
	cmd, ok := record.New(k)
	if !ok {
		return "kind " + strconv.Itoa(int(k))
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", cmd), "*record.")
}

func reasonName(code uint16) string { return ledger.Code(code).String() }

// figure appends an amount with its decimals.
func figure(dst []byte, amount int64, decimals int) []byte {
	magnitude := uint64(amount)
	if amount < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	if decimals == 0 {
		return strconv.AppendUint(dst, magnitude, 10)
	}
	dst = strconv.AppendUint(dst, magnitude/100, 10)
	return append(dst, '.', byte('0'+magnitude%100/10), byte('0'+magnitude%10))
}

// isoDate appends yyyy-mm-dd.
func isoDate(dst []byte, date uint32) []byte {
	y, m, d := date/10_000, date/100%100, date%100
	return append(dst,
		byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
}
