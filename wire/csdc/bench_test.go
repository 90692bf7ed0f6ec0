package csdc

import (
	"bytes"
	"io"
	"testing"
)

const benchRows = 1_000_000

// manyRows is a table of benchRows equal records that needs no memory.
func manyRows(b *testing.B, raw []byte, head DBFHeader) io.Reader {
	b.Helper()
	from := head.headBytes()
	record := raw[from : from+head.RecordBytes()]
	head.Records, head.Updated, head.CodePage = benchRows, testDay, dbfCodePage
	return io.MultiReader(bytes.NewReader(head.encode()), &repeated{bytes.Repeat(record, 100), 0, int64(benchRows) * int64(len(record))})
}

type repeated struct {
	block []byte
	at    int
	left  int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.block[r.at:])
	r.at, r.left = (r.at+n)%len(r.block), r.left-int64(n)
	return n, nil
}

func benchRow() Jsmx {
	return Jsmx{
		Market: "01", RecordKind: "001", TradeMethod: "001", SettleMethod: "001", Business: "001", ClearingFlag: "060", TransferKind: "00A",
		SettlementNo: "2023082500000017", ExecNo: "17", RequestNo: "A000000017", OrderNo: "A000000017", TradeDate: testDay, ClearingDate: testDay,
		SettlementDate: "20230828", OrderTime: "093012", ExecTime: "093013", Unit1: "12345", UnitMember: "00123", SettlementMember: "00123",
		Account: "A123456789", Security: "600000", SecurityKind: "PT", Circulation: "0", Side: "S", Quantity: -1_000, TradedQuantity: -1_000,
		CashAccount: "000000123456789012", Currency: "RMB", Price1: 7_120_000_000, ClearingAmount: 712_000, StampDuty: -356, HandlingFee: -24,
		TransferFee: -7, RegulatoryFee: -14, NetAmount: 711_599, ResultCode: "0000",
	}
}

// BenchmarkReadJsmx reads a million rows in each round.
func BenchmarkReadJsmx(b *testing.B) {
	for name, note := range map[string]string{"ascii": "", "han": "证券交易清算"} {
		b.Run(name, func(b *testing.B) {
			row := benchRow()
			row.Note = note
			var file bytes.Buffer
			if _, err := WriteJsmx(&file, testDay, 1, seq([]Jsmx{row})); err != nil {
				b.Fatal(err)
			}
			head := DBFHeader{Fields: jsmxTable.dbfFields()}
			b.SetBytes(int64(benchRows) * int64(head.RecordBytes()))
			b.ReportAllocs()
			for b.Loop() {
				rows := 0
				err := ReadJsmx(manyRows(b, file.Bytes(), head), func(r Jsmx) error {
					rows++
					return nil
				})
				if err != nil || rows != benchRows {
					b.Fatal(rows, err)
				}
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkWriteJsmx writes a million rows in each round.
func BenchmarkWriteJsmx(b *testing.B) {
	row := benchRow()
	b.ReportAllocs()
	for b.Loop() {
		_, err := WriteJsmx(io.Discard, testDay, benchRows, func(yield func(Jsmx) bool) {
			for range benchRows {
				if !yield(row) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
