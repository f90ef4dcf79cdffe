package main

import (
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
)

// newLog logs to stderr.
func newLog() *slog.Logger {
	return slog.New(tint.NewHandler(os.Stderr, &tint.Options{
		NoColor: colours(os.Stderr) == nil,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}))
}
