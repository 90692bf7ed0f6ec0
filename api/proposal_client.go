package api

import "sancun/record"

// ReviewClient decides about a client that is held.
type ReviewClient struct {
	Client    uint64 `json:"client" minimum:"1" maximum:"999999999999"`
	Release   bool   `json:"release" doc:"false refuses the opening: the client is closed, or frozen when there are accounts"`
	Reference string `json:"reference" minLength:"1" maxLength:"200" doc:"What was looked at"`
}

// CheckRule says which checks a class of clients needs from a date on.
type CheckRule struct {
	Class    string   `json:"class" enum:"person,organisation"`
	Required []string `json:"required" maxItems:"5" enum:"name,face,document,card,list"`
	Days     uint16   `json:"days,omitempty" maximum:"30" doc:"How many days old an outcome may be; 0 is of the same business date"`
	From     uint32   `json:"from" minimum:"19000101" maximum:"99991231" doc:"First business date it holds"`
	Source   string   `json:"source" minLength:"1" maxLength:"80" doc:"Rule or ticket"`
}

// clientActs lists the acts given about clients and their checks.
func (n *NewProposal) clientActs() (all []record.Command) {
	if c := n.Review; c != nil {
		all = append(all, &record.ReviewClient{Client: c.Client, Release: bit(c.Release), Reference: c.Reference})
	}
	if c := n.Checks; c != nil {
		all = append(all, &record.SetCheckRule{Class: number(classWords, c.Class), Required: checkBits(c.Required), Days: c.Days, From: c.From, Source: c.Source})
	}
	return all
}

// checkBits is the set of some checks.
func checkBits(names []string) (bits uint8) {
	for _, name := range names {
		bits |= 1 << number(checkWords, name)
	}
	return bits
}
