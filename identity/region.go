package identity

// Province is one province-level division: the first two digits of its GB/T 2260
// code and its name.
type Province struct {
	Code uint8  // 11 for Beijing
	Name string // full Chinese name
}

// provinces are the divisions whose codes begin ID numbers. Source: GB/T 2260,
// and for 81, 82 and 83 the residence permits issued since 2018-09-01.
var provinces = [...]Province{
	{11, "北京市"}, {12, "天津市"}, {13, "河北省"}, {14, "山西省"}, {15, "内蒙古自治区"},
	{21, "辽宁省"}, {22, "吉林省"}, {23, "黑龙江省"},
	{31, "上海市"}, {32, "江苏省"}, {33, "浙江省"}, {34, "安徽省"}, {35, "福建省"}, {36, "江西省"}, {37, "山东省"},
	{41, "河南省"}, {42, "湖北省"}, {43, "湖南省"}, {44, "广东省"}, {45, "广西壮族自治区"}, {46, "海南省"},
	{50, "重庆市"}, {51, "四川省"}, {52, "贵州省"}, {53, "云南省"}, {54, "西藏自治区"},
	{61, "陕西省"}, {62, "甘肃省"}, {63, "青海省"}, {64, "宁夏回族自治区"}, {65, "新疆维吾尔自治区"},
	{71, "台湾省"}, {81, "香港特别行政区"}, {82, "澳门特别行政区"}, {83, "台湾居民居住证"},
}

// mainlandProvinces is how many entries of provinces stand before 71.
const mainlandProvinces = 31

// ProvinceOf names the province of a region code of at least two digits. It
// returns false for a prefix that no province has.
func ProvinceOf(region string) (Province, bool) {
	if len(region) < 2 || !digitsOnly(region[:2]) {
		return Province{}, false
	}
	code := (region[0]-'0')*10 + region[1] - '0'
	for _, p := range provinces {
		if p.Code == code {
			return p, true
		}
	}
	return Province{}, false
}
