package record

var transferCommands = []func() Command{}
