package record

var orderCommands = []func() Command{}
