package models

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
)

// This file lets weights be read that were trained elsewhere. The rule: only names
// are translated, never values or shapes.

// StandardNames are the names that published ResNets give the parts of a network
// of spec: conv1 and bn1 are its stem, layer1.0 the first block, and a stage,
// layer2, begins with a block whose shortcut changes the shape. There is one list
// for each way to name what is behind: torchvision has downsample and fc,
// akamaster/pytorch_resnet_cifar10 and kuangliu/pytorch-cifar have shortcut and
// linear. Each list has the same tensors as state, under those names. There is none
// where the encoder is no ResNet, or state has parameters of a decoder.
func StandardNames(spec config.Model, state []Parameter) [][]Parameter {
	parts, is := standardParts(spec.Encoder)
	if !is {
		return nil
	}
	var all [][]Parameter
	for _, words := range [][2]string{{"downsample", "fc"}, {"shortcut", "linear"}, {"downsample", "linear"}, {"shortcut", "fc"}} {
		parts[config.Head] = words[1]
		var renamed []Parameter
		for _, p := range state {
			name, known := standardName(p.Name, parts)
			if !known {
				return nil
			}
			name = strings.Replace(name, ".downsample.", "."+words[0]+".", 1)
			renamed = append(renamed, Parameter{name, p.Tensor})
		}
		if !slices.ContainsFunc(all, func(other []Parameter) bool { return slices.Equal(other, renamed) }) {
			all = append(all, renamed)
		}
	}
	return all
}

// standardParts are the standard names of the encoder's layers, by ours
// ("encoder.3": "layer1.0"); false where it is no stem with blocks behind.
func standardParts(layers []config.Layer) (map[string]string, bool) {
	parts := map[string]string{}
	convolutions, norms, stage, block := 0, 0, 0, 0
	for i, l := range layers {
		ours := fmt.Sprintf("%s.%d", config.Encoder, i)
		switch l.Type {
		case "conv2d":
			convolutions++
			parts[ours] = fmt.Sprint("conv", convolutions)
		case "batch_norm2d":
			norms++
			parts[ours] = fmt.Sprint("bn", norms)
		case "residual":
			if block++; stage == 0 || l.Shortcut != config.ShortcutIdentity {
				stage, block = stage+1, 0
			}
			parts[ours] = fmt.Sprintf("layer%d.%d", stage, block)
		}
	}
	return parts, stage > 0
}

// standardName translates the part of a name that parts has.
func standardName(name string, parts map[string]string) (string, bool) {
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if part, known := parts[name[:end]]; known {
			return part + name[end:], true
		}
	}
	return "", false
}
