package step

// Codes of refusal of the integrated business platform, from the exchange's table
// IS111; those that this program uses.
const (
	CodeUnreadable     uint32 = 1103  // the request cannot be read
	CodeFailure        uint32 = 10000 // an error inside the exchange
	CodeSecurity       uint32 = 10112 // no such security
	CodeUnit           uint32 = 10270 // no such trading unit
	CodeNotTradingTime uint32 = 10594 // not the time of this business
	CodeDuplicate      uint32 = 11270 // a ClOrdID used before
	CodeQuantity       uint32 = 13340 // quantity not allowed
	CodeNoOrder        uint32 = 13430 // the order to cancel does not exist
	CodePriceStep      uint32 = 19050 // not a multiple of the price step
	CodeBusiness       uint32 = 19068 // no business of this kind in this security
	CodeFilled         uint32 = 19080 // filled, cannot be cancelled
	CodeLot            uint32 = 19098 // not a whole number of lots
	CodePrice          uint32 = 19102 // price out of its range
	CodeHalted         uint32 = 19110 // the security is halted
	CodeMaximum        uint32 = 19184 // more than the largest quantity
	CodeNoCancel       uint32 = 19242 // no cancels now
	CodeSide           uint32 = 20036 // side not allowed
)
