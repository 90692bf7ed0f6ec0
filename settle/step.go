package settle

import (
	"fmt"

	"sancun/calendar"
	"sancun/custody"
)

// step is one link of the chain.
type step struct {
	number  uint16
	cutoff  calendar.Cutoff
	share   int // of a usual day end's time, in thousandths, for the first forecast
	parts   func(*run) ([]part, error)
	perform func(*run, bool) (rows uint64, err error) // true: done before, book nothing
}

// chain lists the steps in their order (domain facts E.5, row K36). What the
// clearing house and exchanges must hear is due with the first cut-off, what the
// banks must have with the second.
func chain() []step {
	return []step{
		{custody.StepStop, calendar.ExchangeReporting, 50, nil, (*run).stopBusiness},
		{custody.StepReceive, calendar.ExchangeReporting, 200, (*run).clearingParts, (*run).receive},
		{custody.StepSplit, calendar.ExchangeReporting, 20, nil, (*run).split},
		{custody.StepTransfers, calendar.ExchangeReporting, 50, (*run).transferParts, (*run).compareTransfers},
		{custody.StepFirstLevel, calendar.ExchangeReporting, 150, nil, (*run).clearFirst},
		{custody.StepSecondLevel, calendar.ExchangeReporting, 250, nil, (*run).clearSecond},
		{custody.StepPositions, calendar.ExchangeReporting, 30, nil, (*run).comparePositions},
		{custody.StepEntitle, calendar.ExchangeReporting, 20, nil, (*run).entitle},
		{custody.StepInterest, calendar.ExchangeReporting, 30, (*run).interestParts, (*run).interest},
		{custody.StepBankFiles, calendar.BankFiles, 100, nil, (*run).writeBankFiles},
		{custody.StepTotals, calendar.BankFiles, 30, (*run).totalParts, (*run).compareTotals},
		{custody.StepStatements, calendar.BankFiles, 50, nil, (*run).writeReports},
		{custody.StepArchive, calendar.BankFiles, 20, (*run).archiveParts, (*run).archive},
	}
}

// stepNames are the names of the steps in Chinese and English.
var stepNames = [custody.StepsOfDay + 1]string{
	custody.StepStop:        "停止受理 stop business",
	custody.StepReceive:     "收文件 receive files",
	custody.StepSplit:       "清分 split",
	custody.StepTransfers:   "转账对账 compare transfers",
	custody.StepFirstLevel:  "一级清算 first-level clearing",
	custody.StepSecondLevel: "二级清算 second-level clearing",
	custody.StepPositions:   "持仓核对 compare positions",
	custody.StepEntitle:     "权益 entitlements",
	custody.StepInterest:    "计息 interest",
	custody.StepBankFiles:   "银行文件 bank files",
	custody.StepTotals:      "总分核对 compare totals",
	custody.StepStatements:  "报表 reports",
	custody.StepArchive:     "归档 archive",
}

// NameOf returns the name of a step in Chinese and English.
func NameOf(number uint16) string {
	if number == 0 || int(number) > custody.StepsOfDay {
		return fmt.Sprintf("step %d", number)
	}
	return stepNames[number]
}
