package custody

import "sancun/record"

func (m *Machine) decideRisk(record.Command) (record.Code, uint64) { return record.UnknownKind, 0 }

func (m *Machine) checkOrderRisk(*record.NewOrder, *entry) record.Code { return record.Accepted }
