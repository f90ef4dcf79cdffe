package torch

import (
	"context"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"
)

// ForwardBatch is how many images are encoded or tested at a time: enough to
// keep the kernels busy, few enough to stay in a cache.
const ForwardBatch = 250

// ForwardBatches is the number of batches that EachBatch cuts n examples into.
func ForwardBatches(n int) int { return (n + ForwardBatch - 1) / ForwardBatch }

// EachBatch calls f for every batch of n examples, without recording for
// back-propagation. index, int64 [B] on the device, holds the batch's examples;
// number counts batches from 0. Batches run on as many threads as given, so f
// must store its results by batch number and sum them in order afterwards:
// another order would round differently. EachBatch stops with ctx's error when
// ctx ends.
func EachBatch(ctx context.Context, device Device, threads, n int, f func(number int, index *ts.Tensor) error) error {
	all, err := ts.Arange(ts.IntScalar(int64(n)), gotch.Int64, device.Gotch())
	if err != nil {
		return err
	}
	defer Drop(all)
	return Each(ctx, threads, ForwardBatches(n), func(number int) error {
		first := number * ForwardBatch
		index, err := all.Narrow(0, int64(first), int64(min(ForwardBatch, n-first)), false)
		if err != nil {
			return err
		}
		defer Drop(index)
		return f(number, index)
	})
}

// MaxBlockRows is how many rows of a matrix EachBlock takes at a time.
const MaxBlockRows = 500

// BlockRows is the number of rows in the largest block of a matrix with n rows.
func BlockRows(n int) int { return min(n, MaxBlockRows) }

// EachBlock calls f with consecutive blocks of matrix's rows.
func EachBlock(matrix *ts.Tensor, f func(rows *ts.Tensor) error) error {
	size, err := matrix.Size()
	if err != nil {
		return err
	}
	for first := int64(0); first < size[0]; first += MaxBlockRows {
		rows, err := matrix.Narrow(0, first, min(MaxBlockRows, size[0]-first), false)
		if err != nil {
			return err
		}
		err = f(rows)
		Drop(rows)
		if err != nil {
			return err
		}
	}
	return nil
}

// Scalar reads a float32 scalar.
func Scalar(t *ts.Tensor) (float64, error) {
	values, err := ToSlice[float32](t)
	if err != nil {
		return 0, err
	}
	return float64(values[0]), nil
}
