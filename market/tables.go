package market

import (
	"sancun/calendar"
	"sancun/money"
)

// The sources of the tables, as docs/rules.md prints them.
const (
	fromReal    = "trading rules, confirmed by the real prices of 2023-08-25 (domain facts G)"
	from2026    = "SSE 上证发〔2026〕41号 and SZSE 深证上〔2026〕551号 (domain facts D.3)"
	fromTrading = "SSE and SZSE trading rules 2023, 3.3.8–3.3.11, as quoted in public material"
	fromChiNext = "SZSE ChiNext trading provisions 2.8, as quoted in public material"
	fromSTAR    = "SSE STAR trading provisions, article 20, as quoted in public material"
	fromBSE     = "BSE trading rules, search excerpt (domain facts D.3)"
	fromHalts   = "first-day halts, search excerpt (domain facts D.3); later days, the opening price as reference and 14:57 from memory"
	fromCage    = "price cage rules of 2023-04-10 (domain facts D.3)"
	fromFees    = "published fee tables (domain facts D.4)"
	fromMemory  = "from memory: confirm before relying on it"
)

// These units make table rows readable.
const (
	percent = money.RateUnit / 100
	fen     = money.Price(100)
	mill    = money.Price(10) // 0.001
)

var (
	aShares = []Board{Main, ChiNext, STAR, BSE}
	bonds   = []Board{Convertible, Bond}
	shsz    = []Board{Main, ChiNext, STAR}
)

var builtinLimits = []LimitRule{
	{Scope: Scope{From: FirstDay, Boards: []Board{Main}, Source: fromReal, Verified: true}, Standing: Ordinary, Up: 10 * percent, Down: 10 * percent},
	{Scope: Scope{From: FirstDay, To: 20260705, Boards: []Board{Main}, Source: fromReal, Verified: true}, Standing: RiskWarning, Up: 5 * percent, Down: 5 * percent},
	{Scope: Scope{From: 20260706, Boards: []Board{Main}, Source: from2026, Verified: true}, Standing: RiskWarning, Up: 10 * percent, Down: 10 * percent},
	{Scope: Scope{From: FirstDay, Boards: []Board{Main}, Source: "SSE risk-warning board rules, article 7, as quoted in public material", Verified: false}, Standing: Delisting, Up: 10 * percent, Down: 10 * percent},
	{Scope: Scope{From: FirstDay, To: 20230409, Boards: []Board{Main}, Source: fromMemory, Verified: false}, Standing: Ordinary, FirstDay: 1, LastDay: 1, Up: 44 * percent, Down: 36 * percent},
	{Scope: Scope{From: 20230410, Boards: []Board{Main}, Source: fromReal, Verified: true}, Standing: Ordinary, FirstDay: 1, LastDay: 5, Free: true},
	{Scope: Scope{From: FirstDay, Boards: []Board{ChiNext, STAR}, Source: fromReal, Verified: true}, Up: 20 * percent, Down: 20 * percent},
	{Scope: Scope{From: FirstDay, Boards: []Board{ChiNext, STAR}, Source: fromReal, Verified: true}, Standing: Ordinary, FirstDay: 1, LastDay: 5, Free: true},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: fromBSE, Verified: false}, Up: 30 * percent, Down: 30 * percent},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: fromBSE, Verified: false}, Standing: Ordinary, FirstDay: 1, LastDay: 1, Free: true},
	{Scope: Scope{From: FirstDay, Boards: []Board{Main, ChiNext, STAR, BSE}, Source: "delisting period, first day without limit (domain facts D.3)", Verified: true}, Standing: Delisting, FirstDay: 1, LastDay: 1, Free: true},
	{Scope: Scope{From: FirstDay, Boards: []Board{BShare}, Source: fromMemory, Verified: false}, Up: 10 * percent, Down: 10 * percent},
	{Scope: Scope{From: FirstDay, To: 20260705, Boards: []Board{BShare}, Source: fromMemory, Verified: false}, Standing: RiskWarning, Up: 5 * percent, Down: 5 * percent},
	{Scope: Scope{From: FirstDay, Boards: []Board{Fund}, Source: fromMemory, Verified: false}, Up: 10 * percent, Down: 10 * percent},
	{Scope: Scope{From: FirstDay, To: 20220731, Boards: []Board{Convertible}, Source: fromMemory, Verified: false}, Free: true},
	{Scope: Scope{From: 20220801, Boards: []Board{Convertible}, Source: fromMemory, Verified: false}, Up: 20 * percent, Down: 20 * percent},
	{Scope: Scope{From: 20220801, Boards: []Board{Convertible}, Source: fromMemory, Verified: false}, FirstDay: 1, LastDay: 1, Up: 573 * percent / 10, Down: 433 * percent / 10},
	{Scope: Scope{From: FirstDay, Boards: []Board{Bond}, Source: fromMemory, Verified: false}, Free: true},
}

var builtinOrders = []OrderRule{
	{Scope: Scope{From: FirstDay, Boards: []Board{Main}, Source: fromTrading, Verified: true}, Minimum: 100, Step: 100, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: fen},
	{Scope: Scope{From: FirstDay, Boards: []Board{ChiNext}, Source: fromChiNext, Verified: true}, Minimum: 100, Step: 100, LimitMax: 300_000, MarketMax: 150_000, FixedMax: 1_000_000, Tick: fen},
	{Scope: Scope{From: FirstDay, Boards: []Board{STAR}, Source: fromSTAR, Verified: true}, Minimum: 200, Step: 1, LimitMax: 100_000, MarketMax: 50_000, FixedMax: 1_000_000, Tick: fen},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: fromBSE, Verified: false}, Minimum: 100, Step: 1, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: fen},
	{Scope: Scope{From: FirstDay, Market: Shanghai, Boards: []Board{BShare}, Source: fromMemory, Verified: false}, Minimum: 100, Step: 100, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: mill},
	{Scope: Scope{From: FirstDay, Market: Shenzhen, Boards: []Board{BShare}, Source: fromMemory, Verified: false}, Minimum: 100, Step: 100, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: fen},
	{Scope: Scope{From: FirstDay, Boards: []Board{Fund}, Source: fromMemory, Verified: false}, Minimum: 100, Step: 100, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: mill},
	{Scope: Scope{From: FirstDay, Boards: bonds, Source: fromMemory, Verified: false}, Minimum: 10, Step: 10, LimitMax: 1_000_000, MarketMax: 1_000_000, FixedMax: 1_000_000, Tick: mill},
}

var builtinCages = []CageRule{
	{Scope: Scope{From: 20230410, Boards: []Board{Main, ChiNext}, Source: fromCage, Verified: true}, Rate: 2 * percent, Ticks: 10},
	{Scope: Scope{From: FirstDay, Boards: []Board{STAR}, Source: fromCage, Verified: true}, Rate: 2 * percent},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: fromBSE, Verified: false}, Rate: 5 * percent, Ticks: 10},
}

var builtinHalts = []HaltRule{
	{Scope: Scope{From: FirstDay, Boards: []Board{ChiNext, STAR}, Source: fromHalts, Verified: false}, FirstDay: 1, LastDay: 5, First: 30 * percent, Second: 60 * percent, For: 10 * calendar.Minute, Until: calendar.Clock(14, 57, 0)},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: fromHalts, Verified: false}, FirstDay: 1, LastDay: 1, First: 30 * percent, Second: 60 * percent, For: 10 * calendar.Minute, Until: calendar.Clock(14, 57, 0)},
	{Scope: Scope{From: 20230410, Boards: []Board{Main}, Source: fromMemory, Verified: false}, FirstDay: 1, LastDay: 5, First: 30 * percent, Second: 60 * percent, For: 10 * calendar.Minute, Until: calendar.Clock(14, 57, 0)},
}

var builtinFeatures = []SessionRule{
	{Scope: Scope{From: FirstDay, To: 20260705, Boards: []Board{Main}, Source: from2026, Verified: true}, ClosingAuction: true},
	{Scope: Scope{From: 20260706, Boards: []Board{Main}, Source: from2026, Verified: true}, ClosingAuction: true, AfterHours: true},
	{Scope: Scope{From: FirstDay, Boards: []Board{ChiNext, STAR}, Source: from2026, Verified: true}, ClosingAuction: true, AfterHours: true},
	{Scope: Scope{From: 20211115, Boards: []Board{BSE}, Source: "no BSE text seen that gives it after-hours trading", Verified: false}, ClosingAuction: true},
	{Scope: Scope{From: FirstDay, Boards: []Board{BShare}, Source: fromMemory, Verified: false}, ClosingAuction: true},
	{Scope: Scope{From: FirstDay, To: 20260705, Market: Shanghai, Boards: []Board{Fund}, Source: from2026, Verified: true}},
	{Scope: Scope{From: FirstDay, To: 20260705, Market: Shenzhen, Boards: []Board{Fund}, Source: fromMemory, Verified: false}, ClosingAuction: true},
	{Scope: Scope{From: 20260706, Boards: []Board{Fund}, Source: from2026, Verified: true}, ClosingAuction: true, AfterHours: true},
	{Scope: Scope{From: FirstDay, Market: Shenzhen, Boards: []Board{Convertible}, Source: fromMemory, Verified: false}, ClosingAuction: true},
}

var builtinSettles = []SettleRule{
	{Scope: Scope{From: FirstDay, Boards: aShares, Source: "turnover rules (domain facts D.3, H4)", Verified: true}, SellDays: 1, WithdrawDays: 1},
	{Scope: Scope{From: FirstDay, Boards: []Board{BShare}, Source: "B shares settle at T+3 (domain facts E.2); sale and use from memory", Verified: false}, SellDays: 1, WithdrawDays: 3},
	{Scope: Scope{From: FirstDay, Boards: []Board{Fund}, Source: "turnover rules (domain facts D.3); same-day funds carry their own flag", Verified: true}, SellDays: 1, WithdrawDays: 1},
	{Scope: Scope{From: FirstDay, Boards: bonds, Source: fromMemory, Verified: false}, WithdrawDays: 1},
}

// builtinFees: rates are thousand-millionths, so 0.00341 % is 34_100.
var builtinFees = []FeeRule{
	{Scope: Scope{From: FirstDay, To: 20230827, Boards: aShares, Source: fromFees, Verified: true}, Kind: Stamp, Sell: 1_000_000},
	{Scope: Scope{From: 20230828, Boards: aShares, Source: "Ministry of Finance and tax administration, announcement 2023 no. 39 (domain facts D.4)", Verified: true}, Kind: Stamp, Sell: 500_000},
	{Scope: Scope{From: FirstDay, To: 20220428, Boards: shsz, Source: fromFees, Verified: true}, Kind: Transfer, Buy: 20_000, Sell: 20_000},
	{Scope: Scope{From: 20220429, Boards: shsz, Source: "CSDC notice of 2022-04-28 (domain facts D.4)", Verified: true}, Kind: Transfer, Buy: 10_000, Sell: 10_000},
	{Scope: Scope{From: 20211115, To: 20220428, Boards: []Board{BSE}, Source: fromMemory, Verified: false}, Kind: Transfer, Buy: 25_000, Sell: 25_000},
	{Scope: Scope{From: 20220429, Boards: []Board{BSE}, Source: fromMemory, Verified: false}, Kind: Transfer, Buy: 10_000, Sell: 10_000},
	{Scope: Scope{From: FirstDay, To: 20230827, Boards: shsz, Source: fromFees, Verified: true}, Kind: Handling, Buy: 48_700, Sell: 48_700},
	{Scope: Scope{From: 20230828, Boards: shsz, Source: "SSE and SZSE notices of 2023-08 (domain facts D.4)", Verified: true}, Kind: Handling, Buy: 34_100, Sell: 34_100},
	{Scope: Scope{From: 20211115, To: 20230827, Boards: []Board{BSE}, Source: "北证公告〔2023〕54号, as quoted in public material", Verified: false}, Kind: Handling, Buy: 250_000, Sell: 250_000},
	{Scope: Scope{From: 20230828, Boards: []Board{BSE}, Source: "北证公告〔2023〕54号, as quoted in public material", Verified: false}, Kind: Handling, Buy: 125_000, Sell: 125_000},
	{Scope: Scope{From: FirstDay, Boards: aShares, Source: "发改价格〔2012〕2119号 (domain facts D.4)", Verified: true}, Kind: Regulatory, Buy: 20_000, Sell: 20_000},
	{Scope: Scope{From: FirstDay, Boards: []Board{Fund}, Source: fromMemory, Verified: false}, Kind: Handling, Buy: 40_000, Sell: 40_000},
	{Scope: Scope{From: FirstDay, Market: Shanghai, Boards: bonds, Source: fromMemory, Verified: false}, Kind: Handling, Buy: 1_000, Sell: 1_000},
	{Scope: Scope{From: FirstDay, Market: Shenzhen, Boards: []Board{Convertible}, Source: fromMemory, Verified: false}, Kind: Handling, Buy: 40_000, Sell: 40_000},
	{Scope: Scope{From: FirstDay, Market: Shenzhen, Boards: []Board{Bond}, Source: fromMemory, Verified: false}, Kind: Handling, Buy: 1_000, Sell: 1_000},
}

// builtinCommissions: the rate is our assumption, the minimum of 5 yuan and the
// cap of 3 per mille are the published rule.
var builtinCommissions = []CommissionRule{
	{
		Scope:   Scope{From: FirstDay, Boards: []Board{Main, ChiNext, STAR, BSE, Fund, Convertible, Bond}, Source: "minimum and cap: " + fromFees + "; the default rate is the broker's choice", Verified: true},
		Default: Tariff{Rate: 250_000, Minimum: 500}, Cap: 3 * percent / 10,
	},
}
