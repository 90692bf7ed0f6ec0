package record

var clientCommands = []func() Command{}
