package csdc

import (
	"errors"
	"testing"
)

func TestShenzhenAccount(t *testing.T) {
	for kind, want := range map[AccountKind]string{Reserve: "B001000456", GuaranteeFund: "B002000456", NonGuaranteed: "B009000456"} {
		got, err := ShenzhenAccount(kind, "000456")
		if got != want || err != nil {
			t.Errorf("kind %d: %q, %v; want %q", kind, got, err, want)
		}
		if back, number, err := ParseShenzhenAccount(got); back != kind || number != "000456" || err != nil {
			t.Errorf("%q read as %d, %q, %v", got, back, number, err)
		}
	}
	if _, err := ShenzhenAccount(0, "000456"); !errors.Is(err, ErrRange) {
		t.Errorf("kind 0: %v", err)
	}
	if _, err := ShenzhenAccount(Reserve, "456"); !errors.Is(err, ErrFigure) {
		t.Errorf("number 456: %v", err)
	}
	for _, account := range []string{"", "B001", "B00100045", "B0010004567", "B00100045a", "B201000456", "b001000456"} {
		if _, _, err := ParseShenzhenAccount(account); !errors.Is(err, ErrFigure) {
			t.Errorf("%q: %v", account, err)
		}
	}
	for account, want := range map[string]bool{"000000123456789012": true, "00000012345678901": false, "00000012345678901x": false, "": false} {
		if ValidShanghaiAccount(account) != want {
			t.Errorf("Shanghai account %q: %v", account, !want)
		}
	}
}
