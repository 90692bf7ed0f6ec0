package main

import (
	"testing"

	"github.com/alecthomas/kong"
)

// Every command, argument and flag says what it is for.
func TestEverythingHasHelp(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Name("sancun"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	var look func(n *kong.Node)
	look = func(n *kong.Node) {
		if n.Type == kong.CommandNode {
			commands++
			if n.Help == "" {
				t.Errorf("%s says nothing", n.FullPath())
			}
		}
		for _, f := range n.Flags {
			if f.Help == "" {
				t.Errorf("%s --%s says nothing", n.FullPath(), f.Name)
			}
		}
		for _, p := range n.Positional {
			if p.Help == "" {
				t.Errorf("%s <%s> says nothing", n.FullPath(), p.Name)
			}
		}
		for _, c := range n.Children {
			look(c)
		}
	}
	look(parser.Model.Node)
	if commands < 20 {
		t.Errorf("only %d commands", commands)
	}
}
