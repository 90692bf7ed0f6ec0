package record

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sancun/money"
	"sancun/state"
)

var rewriteTransfers = flag.Bool("rewrite-transfers", false, "write testdata/transfer.golden again")

// transferSamples has one command of every transfer kind with every field set to
// another figure, so that two fields that change places are seen.
func transferSamples() []Command {
	card, name := state.KeyOf(1, 2), state.KeyOf(3, 4)
	return []Command{
		&AskDeposit{Fund: 0x1122334455, Amount: 1_00, Channel: ChannelMobile, SecondFactor: 1},
		&AskWithdrawal{Fund: 0x1122334455, Amount: 2_00, Channel: ChannelWeb, SecondFactor: 1, PasswordOK: 1},
		&BankAnswered{Transfer: 2023082500000001, Outcome: OutcomeRefused, Error: 2011, BankRef: "B1"},
		&TransferTimedOut{Transfer: 2023082500000002},
		&EnquiryResult{Transfer: 2023082500000003, Outcome: OutcomeNotArrived, Error: 7, BankRef: "B2"},
		&BankDeposit{Bank: 1, Date: 20230825, BankRef: "B3", Fund: 5, Currency: money.HKD, Amount: 3_00, Card: card, Name: name},
		&BankWithdrawal{Bank: 2, Date: 20230825, BankRef: "B4", Fund: 6, Currency: money.USD, Amount: 4_00, Card: card, Name: name, PasswordOK: 1},
		&AskReversal{Transfer: 2023082500000004, Amount: 5_00},
		&BankReversal{Bank: 3, Date: 20230825, BankRef: "B5", Original: "B6", Transfer: 9, Direction: DirectionWithdrawal, Fund: 7, Amount: 6_00},
		&ResolveTransfer{Transfer: 2023082500000005, Outcome: OutcomeSuccess, BankRef: "B7", Case: 8},
		&CorrectTransfer{Bank: 4, Date: 20230824, BankRef: "B8", Fund: 9, Direction: DirectionDeposit, Amount: 7_00, Case: 10},
		&UndoTransfer{Transfer: 2023082500000006, Case: 11},
		&InternalTransfer{From: 12, To: 13, Amount: 8_00},
		&SettleBetweenBanks{From: 5, To: 6, Currency: money.CNY, Amount: 9_00},
		&SetLimit{
			Bank: 7, Channel: ChannelAPI, Client: 14, From: 20230828, SingleMin: 1, SingleMax: 2, DailyMax: 3, DailyCount: 4,
			MinRemaining: 5, SecondFactor: 6, Source: "agreement 7",
		},
		&AskRemittance{Bank: 9, Market: 2, Currency: money.CNY, Amount: -11_00},
		&AccrueInterest{Date: 20230825, Until: 20230827, First: 15, Count: 16},
		&PostInterest{Date: 20230920, Currency: money.CNY, Rate: 3_500_000, Base: 360, First: 17, Count: 18},
		&CloseInterest{Fund: 19, Rate: 2_500_000, Base: 365},
		&InterestReceived{Bank: 8, Currency: money.CNY, Amount: 10_00},
	}
}

// The bytes of these commands lie in journals for twenty years.
func TestTransferBytes(t *testing.T) {
	var got strings.Builder
	samples := transferSamples()
	if len(samples) != len(transferCommands) {
		t.Fatalf("%d samples of %d kinds", len(samples), len(transferCommands))
	}
	for _, cmd := range samples {
		b := Encode(nil, cmd)
		back, ok := New(cmd.Kind())
		if !ok || !Decode(b, back) || !bytes.Equal(Encode(nil, back), b) {
			t.Errorf("kind %d does not read back", cmd.Kind())
		}
		for n := range b {
			if empty, _ := New(cmd.Kind()); Decode(b[:n], empty) {
				t.Errorf("kind %d reads from %d of %d bytes", cmd.Kind(), n, len(b))
			}
		}
		fmt.Fprintf(&got, "%d %T %s\n", cmd.Kind(), cmd, hex.EncodeToString(b))
	}
	const file = "testdata/transfer.golden"
	if *rewriteTransfers {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the bytes changed:\n%s\nwant\n%s", got.String(), want)
	}
}

// Whatever bytes a command is read from, it writes the same bytes again, and it
// never panics.
func FuzzTransferCommands(f *testing.F) {
	for _, cmd := range transferSamples() {
		f.Add(uint16(cmd.Kind()), Encode(nil, cmd))
	}
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		cmd, ok := New(Kind(kind))
		if !ok || !Decode(b, cmd) {
			return
		}
		if again := Encode(nil, cmd); !bytes.Equal(again, b) {
			t.Errorf("kind %d read from %x writes %x", kind, b, again)
		}
	})
}
