package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"aeprobe/internal/torch"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of aeprobe, Go, gotch and libtorch",
		Args:  arguments(cobra.NoArgs),
		Run: func(*cobra.Command, []string) {
			v := readVersions()
			fmt.Fprintf(stdout, "aeprobe   %s\nGo        %s\ngotch     %s\nlibtorch  %s\n", v.Aeprobe, v.Go, v.Gotch, v.Libtorch)
		},
	}
}

// versions of the program and its parts.
type versions struct {
	Aeprobe  string `json:"aeprobe"`
	Go       string `json:"go"`
	Gotch    string `json:"gotch"`
	Libtorch string `json:"libtorch"`
}

func readVersions() versions {
	v := versions{Aeprobe: "unknown", Go: runtime.Version(), Gotch: "unknown", Libtorch: torch.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Aeprobe = info.Main.Version
	}
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/sugarme/gotch" {
			v.Gotch = dependency.Version
		}
	}
	return v
}
