package record

// Rejections 900 to 919 belong to the centres.
const (
	BadProtection  Code = 901
	NothingToStand Code = 902
	OldEpoch       Code = 903
	BadCentre      Code = 904
)

var centreSentences = map[Code]Sentence{
	BadProtection:  {"bad-protection", "保护模式或等待时限无效", "there is no such protection mode, or its limit is out of range", "请选择保护、可用或快速模式；可用模式的时限为 100 毫秒至 10 分钟", "choose protect, available or fast; available waits 100 ms to 10 minutes"},
	NothingToStand: {"already-so", "当前保护模式下该状态无需改变", "the protection mode leaves nothing to change", "请查询当前保护模式", "look up the protection mode in force"},
	OldEpoch:       {"old-epoch", "纪元号不高于已有纪元", "the epoch is not above those the journal has", "请核对两中心的纪元与角色", "compare the epochs and roles of both centres"},
	BadCentre:      {"bad-centre", "中心名称、接管高度或决定人无效", "the centre's name, the height taken over or the people who decided are not valid", "请核对切换预案的执行记录", "check the run of the plan"},
}
