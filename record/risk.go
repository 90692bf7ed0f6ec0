package record

var riskCommands = []func() Command{}
