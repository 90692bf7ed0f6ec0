package csdc

import (
	"fmt"
	"strings"
)

// AccountKind is what a cash account at the clearing house is for. The numbers
// are used in records and never change.
type AccountKind uint8

// The kinds with a prefix of their own in Shenzhen (domain facts E.4). B201,
// B301 and B401 exist too; what they are for is not public, so they are refused.
const (
	Reserve       AccountKind = 1 // 结算备付金, B001
	GuaranteeFund AccountKind = 2 // 结算保证金, B002
	NonGuaranteed AccountKind = 3 // 非担保交收, B009
)

var shenzhenPrefixes = [...]string{Reserve: "B001", GuaranteeFund: "B002", NonGuaranteed: "B009"}

// shanghaiAccountDigits is the length of a Shanghai cash account.
const shanghaiAccountDigits = 18

// ShenzhenAccount returns the cash account of a 6-digit settlement number: the
// prefix of its kind and the number. It returns ErrFigure for another number and
// ErrRange for an unknown kind.
func ShenzhenAccount(kind AccountKind, settlementNo string) (string, error) {
	if kind < Reserve || kind > NonGuaranteed {
		return "", fmt.Errorf("account kind %d: %w", kind, ErrRange)
	}
	if len(settlementNo) != 6 || !allDigits(settlementNo) {
		return "", fmt.Errorf("settlement number %q is not 6 digits: %w", settlementNo, ErrFigure)
	}
	return shenzhenPrefixes[kind] + settlementNo, nil
}

// ParseShenzhenAccount takes a cash account apart. It returns ErrFigure for text
// that is none.
func ParseShenzhenAccount(account string) (AccountKind, string, error) {
	for kind := Reserve; kind <= NonGuaranteed; kind++ {
		number, ok := strings.CutPrefix(account, shenzhenPrefixes[kind])
		if ok && len(number) == 6 && allDigits(number) {
			return kind, number, nil
		}
	}
	return 0, "", fmt.Errorf("cash account %q of Shenzhen: %w", account, ErrFigure)
}

// ValidShanghaiAccount says whether account has the 18 digits of a Shanghai cash
// account; their inner structure is not public.
func ValidShanghaiAccount(account string) bool {
	return len(account) == shanghaiAccountDigits && allDigits(account)
}
