package csdc

// Codes that the simulator of the clearing house writes and settlement reads.
// Those marked "seen" stand in public code (gh:37434504292 for the trade rows,
// gh:26379374979 for the entitlements); the others are ours (assumption A5).
//
// All amounts of a row are signed from the participant's side, fees too: a fee
// paid is negative. So the net of a row is the sum of its amount columns.
const (
	// MarketShanghai is SCDM of the Shanghai files. Seen.
	MarketShanghai = "01"
	// MarketShenzhen is SCDM of the Shenzhen files.
	MarketShenzhen = "02"

	// JsmxClearing is JLLX of a trade cleared today and settled on JSRQ. Seen.
	JsmxClearing = "001"
	// JsmxResult is JLLX of a result: what was settled today (JSRQ).
	JsmxResult = "003"

	// BusinessTrade is YWLX of a trade. Seen.
	BusinessTrade = "001"
	// BusinessEntitlement is YWLX of a cash dividend.
	BusinessEntitlement = "900"
	// BusinessNet is YWLX of the paid net of an earlier trading day.
	BusinessNet = "999"

	// ClearingNet is QSBZ of guaranteed multilateral netting. Seen.
	ClearingNet = "060"
	// TransferTrade is GHLX, and BDLX of zqbd, of a transfer by trade. Seen.
	TransferTrade = "00A"
	// TransferEntitlement is BDLX of units that an entitlement brought.
	TransferEntitlement = "00Q"
	// EntitlementBonus is QYLB of bonus shares. Seen.
	EntitlementBonus = "S"
	// EntitlementDividend is QYLB of a cash dividend.
	EntitlementDividend = "HL"
	// NoteDividend begins FJSM of a cash dividend. Seen.
	NoteDividend = "红利清算"

	// SZTrade is YWLB of a trade. Seen.
	SZTrade = "JY00"
	// SZDividend is YWLB of a cash dividend. Seen.
	SZDividend = "QPPX"
	// SZBonus is YWLB of bonus shares. Seen.
	SZBonus = "QPHG"
	// SZNet is YWLB of the paid net of an earlier trading day.
	SZNet = "ZJJS"

	// ResultOK is JGDM, or JGZYDH, of what went well. Seen.
	ResultOK = "0000"
	// ResultDrawn: paid, the last part of it from the broker's own account.
	ResultDrawn = "0101"
	// ResultDefault: not paid in full; the rest is overdrawn.
	ResultDefault = "9101"
)
