package record

// Rejections 600 to 699 belong to the rules of the day and of clearing.
const (
	DayNotCleared Code = 601
	DayNotStopped Code = 602
)

var clearingSentences = map[Code]Sentence{
	DayNotStopped: {"day-not-stopped", "营业日尚未停止受理", "business has not been stopped for the day", "请先停止受理", "stop the day first"},
	DayNotCleared: {"day-not-cleared", "上一营业日尚未完成清算", "the last business day has not been cleared", "请先完成日终各步骤", "finish the steps of the day end first"},
}
