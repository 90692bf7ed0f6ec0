package record

var clearingCommands = []func() Command{}
