package models

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// This file moves parameters between tensors and files of weights. The rule:
// values keep their bits and their type, on the way out and back.

// File copies parameters to the host, under their names.
func File(parameters []Parameter) (*weights.File, error) {
	f := &weights.File{Tensors: map[string]weights.Array{}, Metadata: map[string]string{}}
	for _, p := range parameters {
		var err error
		if f.Tensors[p.Name], err = Array(p.Tensor); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return f, nil
}

// Load gives the parameters their values in f, which must hold exactly these
// names, types and shapes; otherwise it fails before anything changes.
func Load(parameters []Parameter, f *weights.File) error {
	specs, err := Specs(parameters)
	if err != nil {
		return err
	}
	if err := weights.Match(f, specs); err != nil {
		return err
	}
	return Fill(parameters, f)
}

// Fill is Load for a file that is known to match, and may hold more.
func Fill(parameters []Parameter, f *weights.File) error {
	for _, p := range parameters {
		if err := Set(p.Tensor, f.Tensors[p.Name]); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// Specs are the parameters' types and shapes, by name.
func Specs(parameters []Parameter) (map[string]weights.Spec, error) {
	specs := map[string]weights.Spec{}
	for _, p := range parameters {
		spec, err := SpecOf(p.Tensor)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		specs[p.Name] = spec
	}
	return specs, nil
}

// SpecOf is a tensor's type and shape.
func SpecOf(t *ts.Tensor) (weights.Spec, error) {
	shape, err := shapeOf(t)
	if err != nil {
		return weights.Spec{}, err
	}
	types := map[gotch.DType]weights.DType{gotch.Float: weights.F32, gotch.Double: weights.F64,
		gotch.Int64: weights.I64, gotch.Uint8: weights.U8}
	dtype, known := types[t.DType()]
	if !known {
		return weights.Spec{}, fmt.Errorf("files of weights do not hold tensors of type %v", t.DType())
	}
	return weights.Spec{DType: dtype, Shape: shape}, nil
}

// Array copies a tensor to the host, in row-major order.
func Array(t *ts.Tensor) (weights.Array, error) {
	spec, err := SpecOf(t)
	if err != nil {
		return weights.Array{}, err
	}
	switch spec.DType {
	case weights.F64:
		return array(t, spec.Shape, weights.Float64s)
	case weights.I64:
		return array(t, spec.Shape, weights.Int64s)
	case weights.U8:
		return array(t, spec.Shape, weights.Bytes)
	default:
		return array(t, spec.Shape, weights.Float32s)
	}
}

func array[T torch.Element](t *ts.Tensor, shape []int, encode func([]int, []T) weights.Array) (weights.Array, error) {
	values, err := torch.ToSlice[T](t)
	if err != nil {
		return weights.Array{}, err
	}
	return encode(shape, values), nil
}

// Set writes a's values into t, of the same type and shape.
func Set(t *ts.Tensor, a weights.Array) error {
	switch a.DType {
	case weights.F64:
		return set(t, a, weights.Array.Float64s)
	case weights.I64:
		return set(t, a, weights.Array.Int64s)
	case weights.U8:
		return set(t, a, weights.Array.Bytes)
	default:
		return set(t, a, weights.Array.Float32s)
	}
}

func set[T torch.Element](t *ts.Tensor, a weights.Array, decode func(weights.Array) ([]T, error)) error {
	values, err := decode(a)
	if err != nil {
		return err
	}
	shape := make([]int64, len(a.Shape))
	for i, d := range a.Shape {
		shape[i] = int64(d)
	}
	host, err := torch.FromSlice(values, shape...)
	if err != nil {
		return err
	}
	defer torch.Drop(host)
	return torch.Copy(t, host)
}

func shapeOf(t *ts.Tensor) ([]int, error) {
	size, err := t.Size()
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(size))
	for i, d := range size {
		shape[i] = int(d)
	}
	return shape, nil
}
