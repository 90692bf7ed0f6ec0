package identity

import (
	"encoding/json"
	"testing"

	person "sancun/identity"
)

// FuzzQuestion proves that no body makes the register panic, and that every
// answer it gives to a good question is of the agreed form.
func FuzzQuestion(f *testing.F) {
	people := person.NewPeople(1, 20230825)
	p := people.Person(1)
	truth := Among(3, people.Person)
	for path, q := range map[string]question{
		"/v1/name": {Serial: "S", Name: p.Name, Kind: 1, Number: p.Number}, "/v1/document": {Serial: "S", Image: Specimen(p)},
		"/v1/face": {Serial: "S", Name: p.Name, Kind: 1, Number: p.Number, Portrait: Portrait(p)},
		"/v1/card": {Serial: "S", Name: p.Name, Kind: 1, Number: p.Number, Card: p.Card, Mobile: p.Mobile},
	} {
		body, err := json.Marshal(q)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(path, body)
	}
	f.Add("/v1/name", []byte(`{"serial":`))
	f.Add("", []byte(`null`))
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		q, err := decodeQuestion(path, body)
		if err != nil {
			return
		}
		a := judge(truth, path, q)
		if a.Serial != q.Serial || a.RegisterSerial == "" || (a.Result == agree) != (a.Reason == 0) || a.Result != agree && a.Result != disagree {
			t.Errorf("%s %s is answered %+v", path, body, a)
		}
		if c := a.contrary(path); c.Result != disagree || c.Reason == 0 {
			t.Errorf("%s %s: contrary to %+v is %+v", path, body, a, c)
		}
	})
}

func TestFaultNames(t *testing.T) {
	for f := Silent; f <= Late; f++ {
		if got, ok := ParseFault(f.String()); got != f || !ok {
			t.Errorf("%v reads as %v, %v", f, got, ok)
		}
	}
	if _, ok := ParseFault(""); ok {
		t.Error("no name is a fault")
	}
}
