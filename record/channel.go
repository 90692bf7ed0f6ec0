package record

// Channels a request of a client comes in by, for transfers and orders alike
// (rows K25, K29). Numbers are written to disk.
const (
	ChannelCounter     uint8 = 1 // 柜台
	ChannelWeb         uint8 = 2 // 网上
	ChannelMobile      uint8 = 3 // 手机
	ChannelAPI         uint8 = 4 // 接口
	ChannelInstitution uint8 = 5 // 机构专线
	ChannelBank        uint8 = 6 // the bank's own channels, for what the bank asks
)
