package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/config"
)

// This file fills in what a user has set once and for all. The rules:
//
//   - A flag comes before a variable, a variable before the user's file, and that
//     before the default.
//   - Flags that say where a command computes, and with which images, have a variable
//     and a key in the file. Those that say what it does have none.
//   - A run says which fields of its definition come from there.

// settings are the flags that variables and the user's file can set.
var settings = []string{"device", "threads", "data"}

// otherVariables are read elsewhere: by install-libtorch.sh and by benchmarks.
var otherVariables = []string{"AEPROBE_CONFIG", "AEPROBE_LIBTORCH", "AEPROBE_LIBTORCH_KIND", "AEPROBE_PYTHON"}

// variableOf is the variable of a flag.
func variableOf(flag string) string {
	return config.VariablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// userFilePath is where the user's configuration is: AEPROBE_CONFIG, or a file in the
// folder of configurations. It is empty if there is no such folder.
func userFilePath() string {
	if path := os.Getenv("AEPROBE_CONFIG"); path != "" {
		return path
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "aeprobe", "config.yaml")
}

func readUserFile() (*config.UserFile, error) {
	path := userFilePath()
	if path == "" {
		return nil, nil
	}
	return config.ReadUserFile(path, settings)
}

// overrides are what the user has set for definitions.
func overrides(sets []string) (config.Overrides, error) {
	o := config.Overrides{Sets: sets}
	var err error
	if o.User, err = readUserFile(); err != nil {
		return o, err
	}
	known := slices.Clone(otherVariables)
	for _, flag := range settings {
		known = append(known, variableOf(flag))
	}
	var hints []string
	o.Environment, hints, err = config.FromEnvironment(os.Environ(), known)
	for _, hint := range hints {
		fmt.Fprintln(os.Stderr, "aeprobe: warning:", hint)
	}
	return o, err
}

// applySettings gives flags that were left out the values that the user has set.
func applySettings(c *cobra.Command) error {
	if !slices.ContainsFunc(settings, func(name string) bool { return c.Flags().Lookup(name) != nil }) {
		return nil // so that a bad file is no obstacle
	}
	user, err := readUserFile()
	if err != nil {
		return err
	}
	for _, name := range settings {
		f := c.Flags().Lookup(name)
		if f == nil || f.Changed {
			continue
		}
		if value, origin := settingOf(user, name); value != "" {
			if err := f.Value.Set(value); err != nil {
				return &usageError{fmt.Errorf("%s: %q is not a value of --%s: %w", origin, value, name, err)}
			}
		}
	}
	return nil
}

// settingOf is what the user has set for a flag, and where; empty for nothing.
func settingOf(user *config.UserFile, flag string) (value, origin string) {
	if value := os.Getenv(variableOf(flag)); value != "" {
		return value, variableOf(flag)
	}
	if user != nil && user.Flags[flag] != "" {
		return user.Flags[flag], user.Path
	}
	return "", ""
}

// settingsText lists the settings of run's flags with their origins, as YAML comments.
func settingsText() (string, error) {
	flags := newRun().Flags()
	user, err := readUserFile()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, name := range settings {
		value, origin := settingOf(user, name)
		if value == "" {
			value, origin = cmp.Or(flags.Lookup(name).DefValue, "not set"), "default"
		}
		fmt.Fprintf(&text, "# --%s: %s (%s)\n", name, value, origin)
	}
	return text.String(), nil
}
