package record

// Rejections 900 to 919 belong to the centres, from 910 on to what lies beside the
// journal and to orphans.
const (
	BadProtection  Code = 901
	NothingToStand Code = 902
	OldEpoch       Code = 903
	BadCentre      Code = 904

	BadFile          Code = 910
	ClientNotClosed  Code = 911
	AlreadyErased    Code = 912
	UnknownOrphan    Code = 913
	OrphanClosed     Code = 914
	OrphanNotAgain   Code = 915
	OrphanAskedAgain Code = 916
	BadOrphan        Code = 917
	KeptByLaw        Code = 918
)

var centreSentences = map[Code]Sentence{
	BadProtection:  {"bad-protection", "保护模式或等待时限无效", "there is no such protection mode, or its limit is out of range", "请选择保护、可用或快速模式；可用模式的时限为 100 毫秒至 10 分钟", "choose protect, available or fast; available waits 100 ms to 10 minutes"},
	NothingToStand: {"already-so", "当前保护模式下该状态无需改变", "the protection mode leaves nothing to change", "请查询当前保护模式", "look up the protection mode in force"},
	OldEpoch:       {"old-epoch", "纪元号不高于已有纪元", "the epoch is not above those the journal has", "请核对两中心的纪元与角色", "compare the epochs and roles of both centres"},
	BadCentre:      {"bad-centre", "中心名称、接管高度或决定人无效", "the centre's name, the height taken over or the people who decided are not valid", "请核对切换预案的执行记录", "check the run of the plan"},

	BadFile:          {"bad-file", "文件名、长度或文件数无效", "a file's name, its length or the number of files is not valid", "请核对文件目录", "look at the folder of files"},
	ClientNotClosed:  {"client-not-closed", "客户尚未销户，不得销毁其个人信息密钥", "the client has not left: personal data are not erased", "请先办理销户并核对保存期限", "close the client first, and mind how long data must be kept"},
	KeptByLaw:        {"kept-by-law", "客户资料仍在法定保存期内，不得销毁", "the law still demands that the client's records are kept", "请在保存期满后办理", "ask again when the term has ended"},
	AlreadyErased:    {"already-erased", "该客户的个人信息密钥已销毁", "the client's personal data are erased already", "无需重复办理", "there is nothing left to do"},
	UnknownOrphan:    {"unknown-orphan", "孤儿记录不存在", "there is no such orphan", "请核对孤儿记录编号", "check the orphan's number"},
	OrphanClosed:     {"orphan-closed", "孤儿记录已办结", "the orphan is worked off already", "请查询孤儿记录", "look up the orphan"},
	OrphanNotAgain:   {"orphan-not-again", "该孤儿记录不能由系统重做", "this orphan cannot be done again from here", "请按普通流程补办后以协商或拒绝办结", "do it by its ordinary way, then settle the orphan as agreed or rejected"},
	OrphanAskedAgain: {"orphan-asked-again", "客户已以同一幂等键重新提交，不得重复执行", "its caller has asked again under the same key: doing it once more would do it twice", "请以“已重新提交”办结", "settle it as repeated"},
	BadOrphan:        {"bad-orphan", "孤儿记录内容或办结方式无效", "the orphan's fields, or the way it is to end, are not valid", "请核对孤儿清单和办结方式", "check the list of orphans and how it is to end"},
}
