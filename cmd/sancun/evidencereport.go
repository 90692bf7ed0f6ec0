package main

import (
	"errors"
	"os"

	"sancun/evidence"
	"sancun/paper"
	"sancun/suite"
)

type evidenceReportCmd struct {
	Files  []string `arg:"" help:"Bundles; of a figure that several have the last one counts." type:"existingfile"`
	As     string   `help:"data-sync, switch, clearing, levels or acceptance." enum:"data-sync,switch,clearing,levels,acceptance" required:""`
	People string   `help:"The file of people, with their public keys; people.yaml beside each bundle when left out." type:"path"`
	Levels string   `help:"A table of levels of your own instead of the program's." type:"existingfile"`
	Print  printing `embed:""`
}

// Help says what a report is.
func (*evidenceReportCmd) Help() string {
	return `Proves the bundles and prints a report of their figures. What they do not hold is printed as not measured. With --format
html, xlsx or pdf and -o it is a document.`
}

// Run prints a report.
func (c *evidenceReportCmd) Run() error {
	var bundles []*evidence.Manifest
	for _, file := range c.Files {
		m, err := proven(file, c.People)
		if err != nil {
			return err
		}
		bundles = append(bundles, m)
	}
	e := suite.Of(bundles...)
	levels := suite.BuiltinLevels()
	if c.Levels != "" {
		text, err := os.ReadFile(c.Levels)
		if err == nil {
			levels, err = suite.ReadLevels(text)
		}
		if err != nil {
			return err
		}
	}
	var d *paper.Document
	switch c.As {
	case "data-sync":
		d = e.DataSync()
	case "switch":
		d = e.Switch()
	case "clearing":
		d = e.Clearing()
	case "levels":
		d = e.Levels(levels)
	case "acceptance":
		d = e.Acceptance()
	default:
		return errors.New("there is no such report")
	}
	return c.Print.write(bundles, d)
}
