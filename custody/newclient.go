package custody

import (
	"sancun/record"
	"sancun/state"
)

func (m *Machine) openClients(c *record.OpenClients) (record.Code, uint64) {
	if code := m.fromDesk(); code != record.Accepted {
		return code, 0
	}
	var numbers, identities state.Index
	held := make([]uint8, len(c.Rows))
	code, ref := batch(len(c.Rows), func(i int) record.Code {
		d := &c.Rows[i]
		if code := m.checkClient(d); code != record.Accepted {
			return code
		}
		number := state.KeyOf(d.Number, 0)
		if _, taken := numbers.Find(number); taken {
			return record.ClientNumberTaken
		}
		if _, taken := identities.Find(d.ID); taken {
			return record.IdentityTaken
		}
		numbers.Put(number, 0)
		identities.Put(d.ID, 0)
		var code record.Code
		held[i], code = m.judgeChecks(d.Class, d.ID, d.Name)
		return code
	})
	if code != record.Accepted {
		return code, ref
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		row := m.clients.Len()
		put(m, m.clients, row, Client{
			Filed: filedAtOnce(held[i]), Number: d.Number, Class: d.Class, State: openingState(held[i]), Held: held[i], Document: d.Document, Risk: d.Risk, Investor: InvestorOrdinary,
			Branch: d.Branch, Permissions: d.Permissions, Opened: m.today().Date, RiskUntil: d.RiskUntil,
			ID: d.ID, Name: d.Name, Mobile: d.Mobile,
		})
		m.fileEvent(row, record.FilingOpening)
	}
	return code, ref
}

// openingState is the state in which a client begins.
func openingState(held uint8) uint8 {
	if held != 0 {
		return Held
	}
	return Normal
}

// filedAtOnce says whether an opening is to be filed with the supervisor at once: one
// that is held is filed when it is released.
func filedAtOnce(held uint8) uint8 {
	if held != 0 {
		return 0
	}
	return 1
}

// checkClient checks one client by itself and against those there are.
func (m *Machine) checkClient(d *record.ClientData) record.Code {
	if d.Number == 0 || d.Number > record.ClientNumberMax {
		return record.BadNumber
	}
	if code := checkDocument(d.Class, d.Document); code != record.Accepted {
		return code
	}
	switch none := (state.Key{}); {
	case d.ID == none || d.Name == none || d.Mobile == none:
		return record.BadHash
	case d.Permissions&^permitAll != 0:
		return record.BadPermission
	case len(d.Sealed) > record.SealedMax:
		return record.SealedTooLong
	case d.Risk == 0 && d.RiskUntil != 0, d.Risk != 0 && !m.riskHolds(d.Risk, d.RiskUntil):
		return record.BadRisk
	}
	if _, taken := m.client(d.Number); taken {
		return record.ClientNumberTaken
	}
	if _, taken := m.byIdentity(d.ID); taken {
		return record.IdentityTaken
	}
	return record.Accepted
}

// checkDocument checks that class and kind of document go together.
func checkDocument(class, document uint8) record.Code {
	switch {
	case class != Person && class != Organisation:
		return record.BadClass
	case document < 1 || document > documentOrganisation, (document == documentOrganisation) != (class == Organisation):
		return record.BadDocument
	}
	return record.Accepted
}

// riskYearsMax is how long a risk answer holds (domain facts F.3), written as a
// difference of dates.
const riskYearsMax = 2_00_00

// riskHolds checks a risk class and its last date.
func (m *Machine) riskHolds(risk uint8, until uint32) bool {
	today := m.today().Date
	return risk >= 1 && risk <= 5 && validDate(until) && until >= today && until <= today+riskYearsMax
}
