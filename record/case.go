package record

var caseCommands = []func() Command{}
