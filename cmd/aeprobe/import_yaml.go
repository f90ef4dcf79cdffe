package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"aeprobe/internal/infer"
)

// proposalYAML is a definition with an inferred network that starts from the file.
// Names from the file get into it only as YAML scalars.
func proposalYAML(path string, p *infer.Proposal) (string, error) {
	var b strings.Builder
	b.WriteString("# Inferred from names and shapes. Check what is guessed against the network's code:\n" +
		"# another stride or activation makes another network of the same weights.\n")
	for _, note := range p.Notes {
		fmt.Fprintf(&b, "# %s\n", printable(note))
	}
	b.WriteString("base: report\nmodel:\n  encoder:\n")
	if err := writeLayers(&b, p.Encoder); err != nil {
		return "", err
	}
	if p.DecoderGuessed {
		b.WriteString("  # The file has no decoder: this one mirrors the encoder, and starts random.\n")
	}
	b.WriteString("  decoder:\n")
	if err := writeLayers(&b, p.Decoder); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "  pool: %s # guessed\nfiles:\n  theirs:\n    path: %s\n    encoder: %s\n", p.Pool, yamlText(path), yamlList(theirNames(p.Encoder)))
	if names := theirNames(p.Decoder); len(names) > 0 {
		fmt.Fprintf(&b, "    decoder: %s\n", yamlList(names))
	}
	linear := ""
	if p.Linear != "" {
		fmt.Fprintf(&b, "    linear: %s\n", yamlText(p.Linear))
		linear = "linear: theirs, "
	}
	fmt.Fprintf(&b, "classifiers:\n  theirs_frozen: {encoder: theirs, %sfreeze: true}\n", linear)
	return b.String(), nil
}

func writeLayers(b *strings.Builder, layers []infer.Layer) error {
	for _, l := range layers {
		var node yaml.Node
		if err := node.Encode(l.Layer); err != nil {
			return err
		}
		node.Style = yaml.FlowStyle
		text, err := yaml.Marshal(&node)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "    - %s", strings.TrimSuffix(string(text), "\n"))
		if l.Guess != "" {
			fmt.Fprintf(b, " # guessed: %s", l.Guess)
		}
		b.WriteByte('\n')
	}
	return nil
}

func theirNames(layers []infer.Layer) []string {
	var names []string
	for _, l := range layers {
		if l.Theirs != "" {
			names = append(names, l.Theirs)
		}
	}
	return names
}

// plainText is what YAML may show without quotes, unless it means something else.
var plainText = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// yamlText is a string as YAML, on one line.
func yamlText(s string) string {
	if plainText.MatchString(s) {
		if text, err := yaml.Marshal(s); err == nil { // which quotes no and 1.5
			return strings.TrimSuffix(string(text), "\n")
		}
	}
	return strconv.Quote(strings.ToValidUTF8(s, "?")) // YAML has Go's escapes
}

// yamlList is a list of strings as YAML, on one line.
func yamlList(all []string) string {
	var items []string
	for _, s := range all {
		items = append(items, yamlText(s))
	}
	return "[" + strings.Join(items, ", ") + "]"
}
