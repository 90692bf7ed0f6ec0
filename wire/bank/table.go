package bank

import "sancun/money"

// The rows below are the words that the built-in formats build their tables
// from. A row is under the MAC and must have a value unless said otherwise.

func text(name string, width int) Field {
	return Field{Name: name, Kind: KindText, Width: width, Scoped: true}
}

func number(name string, width int) Field {
	return Field{Name: name, Kind: KindNumber, Width: width, Scoped: true}
}

func fen(name string, width int) Field {
	return Field{Name: name, Kind: KindFen, Width: width, Scoped: true}
}

// yuan is an amount with a decimal point, filled with spaces.
func yuan(name string, width int) Field {
	return Field{Name: name, Kind: KindYuan, Width: width, Pad: ' ', Scoped: true}
}

func date(name string) Field { return Field{Name: name, Kind: KindDate, Width: 8, Scoped: true} }

func clock(name string) Field { return Field{Name: name, Kind: KindTime, Width: 6, Scoped: true} }

func raw(name string, bytes int) Field {
	return Field{Name: name, Kind: KindHex, Width: 2 * bytes, Scoped: true}
}

func base64Text(name string, width int) Field {
	return Field{Name: name, Kind: KindBase64, Width: width, Scoped: true}
}

func coded(name string, width int, codes []Code) Field {
	return Field{Name: name, Kind: KindCode, Width: width, Codes: codes, Scoped: true}
}

func functionCode(width int) Field {
	return Field{Name: "function", Kind: KindFunction, Width: width, Scoped: true}
}

func optional(f Field) Field { f.Optional = true; return f }

func signed(f Field) Field { f.Signed = true; return f }

func unscoped(f Field) Field { f.Scoped = false; return f }

func labelled(label string, f Field) Field { f.Label = label; return f }

// words numbers the wire words of consecutive canonical values from 1.
func words(wire ...string) []Code {
	codes := make([]Code, len(wire))
	for i, w := range wire {
		codes[i] = Code{w, int64(i + 1)}
	}
	return codes
}

// yesNo spells a yes-or-no value. No is the value zero, so the
// table cannot come from words.
func yesNo(no, yes string) []Code { return []Code{{no, 0}, {yes, 1}} }

func currencies(cny, hkd, usd string) []Code {
	return []Code{{cny, int64(money.CNY)}, {hkd, int64(money.HKD)}, {usd, int64(money.USD)}}
}
