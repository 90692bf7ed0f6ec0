package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
)

// progress is a bar for work that goes through a journal, on the standard error. It is
// shown to people only: in a log or a pipe each of its pictures would be a line.
func progress(total uint64, what string, shown bool) *progressbar.ProgressBar {
	return progressbar.NewOptions64(int64(total), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(shown && watched(os.Stderr)))
}

// watched says whether a file is a terminal.
func watched(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
