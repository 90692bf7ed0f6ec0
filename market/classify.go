package market

// codeRange assigns the codes [Low, High] of a market to a board. The ranges
// are the exchanges' code allocation as widely published; the A-share ranges are
// verified on the 5,047 shares of 2023-08-25, the others are from memory.
type codeRange struct {
	market    Market
	low, high uint32
	board     Board
}

// codeRanges are searched in order; they do not overlap within a market.
var codeRanges = []codeRange{
	{Shanghai, 600_000, 605_999, Main},
	{Shanghai, 688_000, 689_999, STAR},
	{Shanghai, 900_000, 900_999, BShare},
	{Shanghai, 500_000, 589_999, Fund},
	{Shanghai, 110_000, 111_999, Convertible},
	{Shanghai, 113_000, 113_999, Convertible},
	{Shanghai, 118_000, 118_999, Convertible},
	{Shanghai, 204_000, 204_999, Repo},
	{Shanghai, 9_000, 29_999, Bond},
	{Shanghai, 120_000, 199_999, Bond},
	{Shanghai, 240_000, 279_999, Bond},
	{Shanghai, 0, 999, Index},

	{Shenzhen, 1, 4_999, Main},
	{Shenzhen, 300_000, 309_999, ChiNext},
	{Shenzhen, 200_000, 200_999, BShare},
	{Shenzhen, 150_000, 189_999, Fund},
	{Shenzhen, 123_000, 123_999, Convertible},
	{Shenzhen, 127_000, 128_999, Convertible},
	{Shenzhen, 131_000, 131_999, Repo},
	{Shenzhen, 100_000, 119_999, Bond},
	{Shenzhen, 133_000, 149_999, Bond},
	{Shenzhen, 190_000, 199_999, Bond},
	{Shenzhen, 395_000, 399_999, Index},

	{Beijing, 430_000, 439_999, BSE},
	{Beijing, 830_000, 839_999, BSE},
	{Beijing, 870_000, 879_999, BSE},
	{Beijing, 880_000, 889_999, BSE},
	{Beijing, 920_000, 929_999, BSE},
	{Beijing, 899_000, 899_999, Index},
}

// Classify returns the board that a security's code belongs to; ok is false for
// a code no board uses. Subscription, rights and voting codes are not boards:
// they belong to the non-trading business.
func Classify(id ID) (board Board, ok bool) {
	m, code := id.Market(), id.Code()
	for i := range codeRanges {
		r := &codeRanges[i]
		if r.market == m && code >= r.low && code <= r.high {
			return r.board, true
		}
	}
	return 0, false
}
