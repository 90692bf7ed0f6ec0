package bank

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"sancun/record"
	wire "sancun/wire/bank"
)

// What a bank's format says of its client is compared with what we have: a name
// where it has names, a document where it has documents. Where it has neither, the
// card tells, and a changed name stops transfers by the data that wait for the bank.
func TestBankSaysWhoItsClientIs(t *testing.T) {
	none, document := record.NameDiffers, record.DocumentDiffers
	for format, want := range map[string][2]record.Code{ // when our name is another, when our document is
		"delim": {none, document}, "xml": {none, document}, "xml-utf8": {none, document}, "fixed24": {record.DataMismatch, document},
		"fixed10": {record.DataMismatch, record.DataMismatch},
	} {
		t.Run(format, func(t *testing.T) {
			f, ok := wire.FormatOf(format)
			if !ok {
				t.Fatal("there is no such format")
			}
			w := newWorld(t, 3, f)
			defer w.close()
			w.drain()
			s := w.banks[0]
			hash := hasher{}
			w.must(&record.ChangeIdentity{Client: 1001, Document: 1, ID: hash.DocumentIndex(wire.IDCard, paperNumber(1001)), Name: hash.NameIndex("另一客户"), Verified: 1})
			w.must(&record.ChangeIdentity{Client: 1002, Document: 1, ID: hash.DocumentIndex(wire.IDCard, paperNumber(1009)), Name: hash.NameIndex(clientName(1002)), Verified: 1})
			refused := func(what, kind, serial string, code record.Code) {
				t.Helper()
				w.drain()
				answer := s.ctl.Answer(serial)
				if s.entry(serial).State != wire.TransferRefused || answer == nil || !strings.HasPrefix(answer.Result().ErrorText, strconv.Itoa(int(code))) {
					t.Errorf("%s %s: %+v", what, kind, answer)
				}
			}
			refused("another name", "deposit", s.bankDeposit(1001, 4_000), want[0])
			refused("another name", "withdrawal", s.bankWithdraw(1001, 4_000), want[0])
			refused("another document", "deposit", s.bankDeposit(1002, 4_000), want[1])
			refused("another document", "withdrawal", s.bankWithdraw(1002, 4_000), want[1])
			in := s.bankDeposit(1003, 4_000)
			w.drain()
			if s.entry(in).State != wire.TransferDone {
				t.Errorf("the same data: %s", s.story())
			}
			if slices.ContainsFunc(w.log, func(line string) bool { return strings.Contains(line, "客户") }) {
				t.Error("a name is in what was logged")
			}
		})
	}
}
