package settle_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"sancun/settle"
)

// Whatever is not a file of obligations is refused with its line; what is read is
// written back as the same obligations.
func FuzzObligations(f *testing.F) {
	const head = "kind,trade_date,settles,bank,to,market,currency,amount_minor\n"
	f.Add([]byte(head + "net,20230825,20230828,1,0,1,CNY,-702156\nbetween,20230825,20230828,1,2,0,CNY,5\n"))
	f.Add([]byte(head))
	f.Add([]byte(head + "net,20230825,20230828,1,0,9,CNY,1\n"))
	f.Add([]byte(head + "\"net\",20230825\n"))
	f.Add([]byte(head + "net,20230825,20230828,1,0,1,CNY,1\n\"\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := settle.ReadObligations(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, settle.ErrSyntax) {
				t.Fatalf("error %v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := settle.WriteObligations(&b, all); err != nil {
			t.Fatal(err)
		}
		again, err := settle.ReadObligations(&b)
		if err != nil || !slices.Equal(again, all) {
			t.Fatalf("%v read back as %v, %v", all, again, err)
		}
	})
}

// Whatever is not an index of links is refused; every link read can be found by
// each of its numbers.
func FuzzTrace(f *testing.F) {
	const head = "kind,fund,order,transfer,ref,market,bank,file,line\n"
	f.Add([]byte(head + "transfer,1001,0,2023082500000001,B1,0,1,strans0825.dat,1\ntrade,1003,3,0,000000000301,2,0,SJSMX1_000456_20230825.DBF,1\n"))
	f.Add([]byte(head + "trade,1,2,0,x,1,0,f,0\n"))
	f.Add([]byte(head + "trade,1,2,0,\"x,y\",1,0,f,1\n"))
	f.Add([]byte(head + "trade,1,2,0,x,1,0,f,1\n\"\n"))
	f.Add([]byte("kind\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		trace, err := settle.OpenTrace(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, settle.ErrSyntax) {
				t.Fatalf("error %v", err)
			}
			return
		}
		found := 0
		for l := range trace.Ref("x") {
			found++
			if l.Line < 1 || !slices.Contains(slices.Collect(trace.Line(l.File, l.Line)), l) || !slices.Contains(slices.Collect(trace.Fund(l.Fund)), l) {
				t.Fatalf("link %+v is not found by its line and fund", l)
			}
		}
		if found > trace.Len() {
			t.Fatalf("%d of %d links", found, trace.Len())
		}
	})
}

// An audience is read from what it writes and from nothing else.
func FuzzAudience(f *testing.F) {
	for _, text := range []string{"broker", "supervisor", "bank-1", "bank-65535", "bank-65536", "bank-01", "bank-", "bank--1", "Broker"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := settle.ParseAudience(text)
		if err == nil && a.String() != text || err != nil && !errors.Is(err, settle.ErrOptions) {
			t.Fatalf("%q is read as %v, %v", text, a, err)
		}
	})
}
