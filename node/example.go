package node

import _ "embed" // the example

// Example is a configuration to begin with: every key, with what it means.
//
//go:embed sancun.example.yaml
var Example string
