package record

var contractCommands = []func() Command{}
