package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// TestShapeOfDrawn refuses drawn images that the definition's networks do not take.
func TestShapeOfDrawn(t *testing.T) {
	drawn := &vision.Dataset{Name: synthetic, Shape: [3]int{3, 32, 32}}
	if err := checkShape(drawn, config.Data{Set: "cifar10"}); err != nil {
		t.Error(err)
	}
	err := checkShape(drawn, config.Data{Set: "mnist"})
	if err == nil || !strings.Contains(err.Error(), "are [3, 32, 32], and those of the definition's mnist are [1, 28, 28]\nset data.size") {
		t.Errorf("%v", err)
	}
}

// TestLayerRows bounds what is shown of a layer, in time that grows with the tensors.
func TestLayerRows(t *testing.T) {
	d := weights.Dict{}
	for i := range 200_000 {
		d.Tensors = append(d.Tensors, weights.Named{Name: fmt.Sprintf("l%d.weight", i)}, weights.Named{Name: fmt.Sprintf("many.%d", i)})
	}
	rows, err := layerRows(t.Context(), d)
	if err != nil || len(rows) != 200_001 || rows[1].layer != "many" || len(rows[1].tensors) != mostTensors {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !strings.HasSuffix(rows[1].text(), " and 199980 more") {
		t.Error(rows[1].text())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := layerRows(ctx, d); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

func TestDescribeData(t *testing.T) {
	d := &vision.Dataset{Name: "cifar10", Classes: []string{"plane", "car"},
		Train:      vision.Split{Labels: []byte{1, 0, 1, vision.NoLabel}},
		Test:       vision.Split{Labels: []byte{0}},
		Unlabelled: vision.Split{Labels: []byte{vision.NoLabel, vision.NoLabel}},
	}
	got := describeData(d)
	want := []classCount{{"plane", 1, 1}, {"car", 2, 0}}
	if diff := cmp.Diff(want, got.Classes); diff != "" {
		t.Error(diff)
	}
	if got.Unlabelled != 3 {
		t.Errorf("%d images without a class, want 3", got.Unlabelled)
	}
}
