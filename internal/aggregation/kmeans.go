package aggregation

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// StartEpoch begins an epoch, from 1: what is drawn and counted is the epoch's.
func (a *Aggregator) StartEpoch(epoch int) error {
	if err := fill(a.epoch, []int64{int64(epoch)}, 1); err != nil {
		return err
	}
	return a.found.Zero_()
}

// Cluster clusters the bank anew, from rows that the seed, the epoch, from 1, and
// a clustering's number draw. Clusterings run on as many threads as given, each on
// one: the bits are the same on any number.
func (a *Aggregator) Cluster(ctx context.Context, epoch, threads int) error {
	columns := make([]*ts.Tensor, a.Clusterings)
	defer func() { torch.Drop(columns...) }()
	err := torch.Each(ctx, min(threads, a.Clusterings), a.Clusterings, func(number int) (err error) {
		random := rand.New(rand.NewPCG(a.Seed, uint64(epoch)<<32|uint64(number+1)))
		starts := random.Perm(a.Images)[:a.Clusters]
		columns[number], err = a.clustering(ctx, starts)
		return err
	})
	if err != nil {
		return err
	}
	all, err := ts.Cat(columns, 1)
	if err != nil {
		return err
	}
	defer torch.Drop(all)
	return torch.Copy(a.clusters, all)
}

// clustering clusters the bank from the rows of the given numbers: int64 [N, 1].
func (a *Aggregator) clustering(ctx context.Context, starts []int) (*ts.Tensor, error) {
	wide := make([]int64, len(starts))
	for i, n := range starts {
		wide[i] = int64(n)
	}
	var o ops
	defer o.Drop()
	index := o.Do(func() (*ts.Tensor, error) {
		return ts.Zeros([]int64{int64(len(wide))}, gotch.Int64, a.device.Gotch())
	})
	o.run(func() error { return fill(index, wide, int64(len(wide))) })
	centroids := o.rows(a.bank, index)
	if o.Err != nil {
		return nil, o.Err
	}
	found, err := kMeans(ctx, a.bank, centroids, a.Iterations)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(found)
	return found.Unsqueeze(1, false)
}

// BlockRows is how many rows are compared with all centroids at a time: few enough
// for their distances to stay in a cache.
const BlockRows = 1000

// kMeans moves centroids, float32 [K, D], to the means of the rows, float32 [N, D],
// that are nearest to them, so many times or until no row changes its centroid. It
// is the number of the centroid that each row then is nearest to, int64 [N], which
// the caller drops. A centroid without rows takes over the row that is farthest
// from its own, as in scikit-learn, but never another's only one. Sums have a fixed
// order.
func kMeans(ctx context.Context, rows, centroids *ts.Tensor, iterations int) (*ts.Tensor, error) {
	k := centroids.MustSize()[0]
	var o ops
	defer o.Drop()
	ones := o.Do(func() (*ts.Tensor, error) {
		return ts.Ones([]int64{rows.MustSize()[0], 1}, gotch.Float, rows.MustDevice())
	})
	// With a column of ones, sums of rows tell how many there were.
	counted := o.Do(func() (*ts.Tensor, error) { return ts.Cat([]*ts.Tensor{rows, ones}, 1) })
	if o.Err != nil {
		return nil, o.Err
	}
	var before *ts.Tensor
	defer func() { torch.Drop(before) }()
	current, err := copyOf(centroids)
	if err != nil {
		return nil, err
	}
	defer func() { torch.Drop(current) }()
	for iteration := 0; ; iteration++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		assigned, distances, err := nearest(rows, current)
		if err != nil {
			return nil, err
		}
		still := false
		if before != nil {
			still, err = assigned.Equal(before, false)
		}
		if err != nil || still || iteration == iterations {
			torch.Drop(distances)
			return assigned, err
		}
		torch.Drop(before)
		before = assigned
		moved, err := update(counted, assigned, distances, current, k)
		torch.Drop(distances)
		if err != nil {
			return nil, err
		}
		torch.Drop(current)
		current = moved
	}
}

func copyOf(t *ts.Tensor) (*ts.Tensor, error) {
	made, err := ts.Zeros(t.MustSize(), t.DType(), t.MustDevice())
	if err != nil {
		return nil, err
	}
	if err := torch.Copy(made, t); err != nil {
		torch.Drop(made)
		return nil, err
	}
	return made, nil
}

// nearest is each row's nearest centroid, int64 [N], and its squared distance from
// there less the row's own square, float32 [N].
func nearest(rows, centroids *ts.Tensor) (assigned, distances *ts.Tensor, err error) {
	var o ops
	defer o.Drop()
	squares := torch.Alone(&o, o.sumRows(torch.Alone(&o, centroids.Square)).T)
	down := torch.Alone(&o, torch.Alone(&o, torch.Apply(&o, centroids.Add, centroids).Neg).T)
	var numbers, values []*ts.Tensor
	for first, n := int64(0), rows.MustSize()[0]; first < n; first += BlockRows {
		block := o.Do(func() (*ts.Tensor, error) { return rows.Narrow(0, first, min(BlockRows, n-first), false) })
		all := o.Do(func() (*ts.Tensor, error) { return squares.Addmm(block, down, false) })
		least, number := o.two(func() (*ts.Tensor, *ts.Tensor, error) { return all.MinDim(1, false, false) })
		values, numbers = append(values, least), append(numbers, number)
		if o.Err != nil {
			return nil, nil, o.Err
		}
		torch.Drop(all) // the largest by far
	}
	if assigned, err = ts.Cat(numbers, 0); err != nil {
		return nil, nil, err
	}
	if distances, err = ts.Cat(values, 0); err != nil {
		torch.Drop(assigned)
	}
	return assigned, distances, err
}

// update is the means of the centroids' rows, after empty ones have taken theirs,
// which changes assigned.
func update(counted, assigned, distances, centroids *ts.Tensor, k int64) (*ts.Tensor, error) {
	var o ops
	defer o.Drop()
	sums := o.Do(func() (*ts.Tensor, error) { return sumsOf(counted, assigned, k) })
	d := centroids.MustSize()[1]
	counts := o.Do(func() (*ts.Tensor, error) { return sums.Narrow(1, d, 1, false) })
	if o.Err != nil {
		return nil, o.Err
	}
	sizes, err := torch.ToSlice[float32](counts)
	if err != nil {
		return nil, err
	}
	if slices.Contains(sizes, 0) {
		if err := fillEmpty(counted, assigned, distances, sizes); err != nil {
			return nil, err
		}
		sums = o.Do(func() (*ts.Tensor, error) { return sumsOf(counted, assigned, k) })
		counts = o.Do(func() (*ts.Tensor, error) { return sums.Narrow(1, d, 1, false) })
	}
	one := o.Do(func() (*ts.Tensor, error) { return ts.Ones([]int64{1}, gotch.Float, centroids.MustDevice()) })
	least := torch.Apply(&o, counts.ClampMinTensor, one)
	means := torch.Apply(&o, o.Do(func() (*ts.Tensor, error) { return sums.Narrow(1, 0, d, false) }).Div, least)
	// What still has no rows stays: its mean is 0 here, and its share of the old 1.
	empty := torch.Apply(&o, least.Sub, counts)
	stay := torch.Apply(&o, centroids.Mul, empty)
	if o.Err != nil {
		return nil, o.Err
	}
	return means.Add(stay, false)
}

// sumsOf are the sums of the rows of x, [N, D], that each of k numbers is assigned
// to: [K, D]. As the gradient of an embedding it has a fixed order on a CPU and on
// a GPU alike.
func sumsOf(x, assigned *ts.Tensor, k int64) (*ts.Tensor, error) {
	return ts.EmbeddingDenseBackward(x, assigned, k, -1, false)
}

// fillEmpty assigns rows to the centroids of size 0. Few have none, if any: it is
// done in Go.
func fillEmpty(counted, assigned, distances *ts.Tensor, sizes []float32) error {
	numbers, err := torch.ToSlice[int64](assigned)
	if err != nil {
		return err
	}
	far, err := torch.ToSlice[float32](distances)
	if err != nil {
		return err
	}
	values, err := torch.ToSlice[float32](counted)
	if err != nil {
		return err
	}
	width := len(values) / len(numbers)
	order := make([]int, len(numbers))
	for i := range numbers {
		order[i] = i
		for _, x := range values[i*width : (i+1)*width-1] {
			far[i] += x * x
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(far[j], far[i]) })
	for j := range sizes {
		for sizes[j] == 0 && len(order) > 0 {
			i := order[0]
			order = order[1:]
			if from := numbers[i]; sizes[from] > 1 {
				numbers[i] = int64(j)
				sizes[from]--
				sizes[j]++
			}
		}
	}
	return fill(assigned, numbers, int64(len(numbers)))
}
