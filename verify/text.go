package verify

import (
	"fmt"
	"io"
	"time"
)

// Print writes the verdict on one page.
func (v *Verdict) Print(w io.Writer) error {
	p := printer{w: w}
	p.line("Sancun verification · 三存核验")
	p.line("")
	p.line("  blocks   %12d      records  %12d", v.Blocks, v.Records)
	p.line("  accepted %12d      rejected %12d", v.Accepted, v.Rejected)
	p.line("  postings %12d      accounts %12d", v.Postings, v.Accounts)
	p.line("  head hash   %s", v.Head)
	p.line("  state root  %s (from effects alone)", v.StateRoot)
	p.line("")
	if len(v.Banks) > 0 {
		p.line("  bank ccy      client ledgers  =         pooled  +        reserve  +  in settlement")
	}
	for _, b := range v.Banks {
		mark := "ok"
		if !b.Balanced {
			mark = "DIFFERENCE"
		}
		p.line("  %4d %3d  %18s %16s  %15s  %15s  %s", b.Bank, b.Currency, yuan(b.Ledger), yuan(b.Pooled), yuan(b.Reserve), yuan(b.InSettlement), mark)
	}
	p.line("")
	p.laws(v.Laws)
	p.line("")
	switch {
	case v.OK():
		p.line("  VERDICT: every law holds. 核验通过")
	case v.Blocks == 0:
		p.line("  VERDICT: there is nothing to prove, the journal has no block. 无可核验")
	default:
		p.line("  VERDICT: THE JOURNAL IS NOT SOUND. 核验不通过")
		p.line("  Stop using this copy, keep it, and compare it with the other centre's or a backup's at the height named above.")
	}
	return p.err
}

// yuan writes minor units as a decimal figure.
func yuan(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

// Print writes the verdict on one page.
func (v *ProofVerdict) Print(w io.Writer) error {
	p := printer{w: w}
	p.line("Sancun inclusion proof · 三存存在性证明")
	p.line("")
	p.line("  record   %d.%d  %s → %s, ref %d", v.Height, v.Index, v.Command, v.Outcome, v.Ref)
	p.line("  time     %s", time.Unix(0, v.Time).In(beijing).Format(time.RFC3339Nano))
	p.line("  leaf     %s", v.Leaf)
	p.line("  block    %d %s", v.Height, v.Block)
	p.line("  head     %d %s", v.Head, v.Hash)
	p.line("")
	p.laws(v.Laws)
	p.line("")
	if v.OK() {
		p.line("  VERDICT: whoever knows the head's hash knows that this record stands in that journal. 证明成立")
	} else {
		p.line("  VERDICT: THE PROOF DOES NOT HOLD. 证明不成立")
	}
	return p.err
}

// beijing is the business's time.
var beijing = time.FixedZone("CST", 8*60*60)

// laws writes every law with what became of it.
func (p *printer) laws(laws []Law) {
	for _, l := range laws {
		switch {
		case l.Broken != "":
			p.line("  BROKEN  %s", l.Name)
			p.line("          %s", l.Broken)
		case l.Checked == 0:
			p.line("  none    %s (nothing to check)", l.Name)
		default:
			p.line("  holds   %s (%d checks)", l.Name, l.Checked)
		}
	}
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
