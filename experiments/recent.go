package experiments

import (
	"slices"
	"sync"
)

// recent keeps the values that were made last, by key. Stages that ask for one at
// the same time wait for the first of them to make it. What fails is forgotten.
type recent[T any] struct {
	one sync.Mutex
	all []*kept[T] // the latest last
}

type kept[T any] struct {
	key  string
	make func() (T, error)
}

// mostRecent is how many values there are: one for each of the stages that run
// side by side, most of the time.
const mostRecent = 2

func (r *recent[T]) get(key string, makeIt func() (T, error)) (T, error) {
	k := r.entry(key, makeIt)
	made, err := k.make()
	if err != nil {
		r.forget(k)
	}
	return made, err
}

// entry is that of the key, which is now the latest.
func (r *recent[T]) entry(key string, makeIt func() (T, error)) *kept[T] {
	r.one.Lock()
	defer r.one.Unlock()
	k := &kept[T]{key, sync.OnceValues(makeIt)}
	if i := slices.IndexFunc(r.all, func(other *kept[T]) bool { return other.key == key }); i >= 0 {
		k = r.all[i]
		r.all = slices.Delete(r.all, i, i+1)
	}
	r.all = append(r.all, k)
	if len(r.all) > mostRecent {
		r.all = slices.Delete(r.all, 0, 1)
	}
	return k
}

func (r *recent[T]) forget(k *kept[T]) {
	r.one.Lock()
	defer r.one.Unlock()
	r.all = slices.DeleteFunc(r.all, func(other *kept[T]) bool { return other == k })
}
