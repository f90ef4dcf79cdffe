package pickle

import (
	"errors"
	"slices"
)

// Dict is Python's dict, in the order its keys were first set. Attributes of an
// OrderedDict, such as a state_dict's _metadata, are dropped. A key of bytes
// becomes the string of these bytes, as Python 2's str is one. The zero Dict is
// empty.
//
// A key that Get cannot look up is kept in Items all the same, once for each
// time it was set: a float, a tuple, a string of over MaxKey bytes.
type Dict struct {
	Items []Item
	// index has the place of each key, once there are more than maxScan.
	index map[any]int
}

// Item is one entry of a Dict.
type Item struct{ Key, Value any }

// MaxKey is the length of the longest key that is looked up, in bytes. One long
// string can be used again and again, and each use would hash all of it.
const MaxKey = 1 << 12

// maxScan is the most items that are searched one by one: a small map takes
// more memory than they do.
const maxScan = 8

// Get returns the value of a key, which is a string, an int64, a bool or nil.
func (d *Dict) Get(key any) (value any, ok bool) {
	if !isKey(key) {
		return nil, false
	}
	if i := d.find(key); i >= 0 {
		return d.Items[i].Value, true
	}
	return nil, false
}

// Set gives a key a value.
func (d *Dict) Set(key, value any) {
	if b, ok := key.(Bytes); ok && len(b) <= MaxKey {
		key = string(b)
	}
	if isKey(key) {
		if i := d.find(key); i >= 0 {
			d.Items[i].Value = value
			return
		}
		if d.index != nil {
			d.index[key] = len(d.Items)
		}
	}
	if len(d.Items) == cap(d.Items) { // doubled, for itemMemory to be enough
		d.Items = slices.Grow(d.Items, max(1, len(d.Items)))
	}
	d.Items = append(d.Items, Item{key, value})
	if d.index == nil && len(d.Items) > maxScan {
		d.index = map[any]int{}
		for i, item := range d.Items {
			if isKey(item.Key) {
				d.index[item.Key] = i
			}
		}
	}
}

// find is the place of a key, -1 where it is not in the dict.
func (d *Dict) find(key any) int {
	if d.index != nil {
		if i, ok := d.index[key]; ok {
			return i
		}
		return -1
	}
	for i, item := range d.Items {
		if isKey(item.Key) && item.Key == key {
			return i
		}
	}
	return -1
}

func isKey(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64:
		return true
	case string:
		return len(v) <= MaxKey
	}
	return false
}

// itemMemory is what an item of a Dict takes, its part of the index and of
// both when they grow.
const itemMemory = 220

// setAll sets keys and values in turn.
func (m *machine) setAll(d *Dict, items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a dict's key without a value")
	}
	if err := m.spend(itemMemory * len(items) / 2); err != nil {
		return err
	}
	for i := 0; i < len(items); i += 2 {
		d.Set(items[i], items[i+1])
	}
	return nil
}

// dictClass is collections.OrderedDict, which takes nothing, or, as Python 2
// writes it, a list of pairs.
type dictClass struct{}

func (m *machine) newDict(args Tuple) (*Dict, error) {
	d := &Dict{}
	if len(args) == 0 {
		return d, m.spend(dictMemory)
	}
	pairs, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, errors.New("an OrderedDict made of something other than a list of pairs")
	}
	if err := m.spend(dictMemory + itemMemory*len(pairs.Items)); err != nil {
		return nil, err
	}
	for _, item := range pairs.Items {
		var pair []any
		switch item := item.(type) {
		case *List:
			pair = item.Items
		case Tuple:
			pair = item
		}
		if len(pair) != 2 {
			return nil, errors.New("an OrderedDict made of something other than pairs")
		}
		d.Set(pair[0], pair[1])
	}
	return d, nil
}
