package record

// Rejections 1000 to 1099 belong to comparisons with name lists and to filings
// with the supervisor.
const (
	BadListVersion    Code = 1001
	ComparisonRunning Code = 1002
	ListsCompared     Code = 1003
	ComparisonMoved   Code = 1004

	FilingMoved      Code = 1011
	UnknownFiling    Code = 1012
	UnknownFile      Code = 1013
	FilingElsewhere  Code = 1014
	BadFilingAnswer  Code = 1015
	AnsweredBefore   Code = 1016
	FilingNotRefused Code = 1017
	FiledAgain       Code = 1018
)

var complianceSentences = map[Code]Sentence{
	BadListVersion:    {"bad-list-version", "名单名称、日期或份数无效", "the name, date or number of the lists is not valid", "请核对名单文件", "look at the files of the lists"},
	ComparisonRunning: {"comparison-running", "同一组名单的回溯比对正在进行", "the clients are being compared with these lists now", "请等待本轮比对结束", "wait until it has ended"},
	ListsCompared:     {"lists-compared", "现行名单已完成回溯比对", "the clients were compared with these lists already", "名单更新后会自动重新比对，也可由人员重新发起", "a new version begins a comparison by itself; a person may have it done again"},
	ComparisonMoved:   {"comparison-moved", "比对进度与请求不符", "the comparison stands elsewhere than this step says", "请从当前进度继续", "go on from where it stands"},

	FilingMoved:      {"filing-moved", "待报备记录已变化，文件须按顺序包含下一批", "a file takes the next entries in their order, and these are others", "请查询待报备记录后重新生成", "look up what is to be filed and make the file again"},
	UnknownFiling:    {"unknown-filing", "报备记录不存在", "there is no entry of this number", "请核对报备编号", "check the number of the entry"},
	UnknownFile:      {"unknown-filing-file", "报备文件不存在", "there is no filing file of this number", "请核对文件编号", "check the number of the file"},
	FilingElsewhere:  {"filing-elsewhere", "该报备记录不在此文件中", "the entry is not in this file", "请核对回执与文件编号", "compare the answer with the file it belongs to"},
	BadFilingAnswer:  {"bad-filing-answer", "回执结果无效或重复", "an answer is neither yes nor no, or stands there twice", "请核对回执文件", "look at the answer file"},
	AnsweredBefore:   {"answered-before", "该报备记录已有不同的回执", "the entry was answered otherwise before", "请与监管机构核对回执", "clear it up with the supervisor"},
	FilingNotRefused: {"filing-not-refused", "该报备记录未被退回，不能重新报备", "the entry was not refused", "仅退回的记录可更正后重新报备", "only what was refused is filed again"},
	FiledAgain:       {"filed-again", "该报备记录已重新报备", "the entry was filed again already", "请查询新的报备记录", "look up the entry that repeats it"},
}
