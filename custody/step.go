package custody

import (
	"sancun/record"
	"sancun/state"
)

// Step is the last outcome of one step of the day end (row K36).
type Step struct {
	Number uint16
	OK     uint8
	Date   uint32
	Ended  int64 // block time, unix nanoseconds
	Rows   uint64
	Runs   uint32 // how often it was run for this date
	Input  [32]byte
}

// The steps of the day end, in their order. The numbers are written to disk.
const (
	StepStop        uint16 = 1  // 停止受理: stop business, expire orders
	StepReceive     uint16 = 2  // 收文件: receive and verify files
	StepSplit       uint16 = 3  // 清分: split by settlement number and account
	StepTransfers   uint16 = 4  // 转账对账: transfers against the banks' detail
	StepFirstLevel  uint16 = 5  // 一级清算: net with the clearing house
	StepSecondLevel uint16 = 6  // 二级清算: clients' cash, fees, positions
	StepPositions   uint16 = 7  // 持仓核对: positions against the clearing house
	StepEntitle     uint16 = 8  // 权益: dividends, bonus
	StepInterest    uint16 = 9  // 计息: day-products
	StepBankFiles   uint16 = 10 // 银行文件: net settlement, balances, totals
	StepTotals      uint16 = 11 // 总分核对: totals against the banks' answers
	StepStatements  uint16 = 12 // 报表: settlement report, protection-fund report
	StepArchive     uint16 = 13 // 归档
	StepsOfDay             = 13
)

const stepWidth = 64

// Encode writes the row.
func (s *Step) Encode(dst []byte) { f := state.Writing(dst); s.walk(&f) }

// Decode reads the row.
func (s *Step) Decode(src []byte) { f := state.Reading(src); s.walk(&f) }

func (s *Step) walk(f *state.Fields) {
	f.U16(&s.Number)
	f.U8(&s.OK)
	f.U32(&s.Date)
	state.I64(f, &s.Ended)
	f.U64(&s.Rows)
	f.U32(&s.Runs)
	f.Bytes(s.Input[:])
}

// step returns the row of a step by its number.
func (m *Machine) step(number uint16) (uint32, bool) {
	for row := range m.steps.Len() {
		if m.steps.At(row).Number == number {
			return row, true
		}
	}
	return 0, false
}

// stepDone records the outcome of a step. A step that succeeded on one input
// must not succeed on another the same day: that would be clearing twice.
func (m *Machine) stepDone(c *record.StepDone) record.Code {
	d := m.today()
	switch {
	case c.Date != d.Date:
		return record.WrongDate
	case d.Phase != DayStopped:
		return record.DayNotStopped
	case c.Step == 0 || c.Step > StepsOfDay || c.OK > 1:
		return record.Malformed
	}
	row, ok := m.step(c.Step)
	s := Step{Number: c.Step}
	if ok {
		s = *m.steps.At(row)
	} else {
		row = m.steps.Len()
	}
	if s.Date != c.Date {
		s.Date, s.Runs, s.OK = c.Date, 0, 0
	}
	if s.OK == 1 && s.Input != c.Input {
		return record.StepChanged
	}
	s.OK, s.Rows, s.Input, s.Ended = c.OK, c.Rows, c.Input, m.now
	s.Runs++
	put(m, m.steps, row, s)
	return record.Accepted
}
