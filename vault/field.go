package vault

import "strconv"

// Field is a personal field by its number in the seal. The numbers below are
// written to disk and never change. Callers may use numbers from 256 on for
// fields of their own; zero is refused.
type Field uint16

// The personal fields of a client.
const (
	FieldName     Field = 1
	FieldDocument Field = 2 // number of the identity document
	FieldCard     Field = 3 // bank card or account number
	FieldMobile   Field = 4
	FieldEmail    Field = 5
	FieldAddress  Field = 6
	FieldFactor   Field = 7 // secret of the second factor
	FieldFiling   Field = 8 // line of a filing with the supervisor
)

var fieldNames = [...]string{
	FieldName: "name", FieldDocument: "document", FieldCard: "card",
	FieldMobile: "mobile", FieldEmail: "email", FieldAddress: "address", FieldFactor: "factor", FieldFiling: "filing",
}

// String names the field, never its content.
func (f Field) String() string {
	if f >= FieldName && f <= FieldFiling {
		return fieldNames[f]
	}
	return "field " + strconv.Itoa(int(f))
}
