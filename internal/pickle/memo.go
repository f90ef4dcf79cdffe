package pickle

import "fmt"

// memo holds the objects that the pickle refers to again, by number. Python
// numbers them from 0 or 1 on; others go to a map, since an array would have to
// be as long as the greatest.
type memo struct {
	near       []any
	far        map[uint32]any
	remembered int // how many there are
}

// nothing is where near has no object.
type nothing struct{}

// farMemory is what an entry of the map takes, its share of growing included.
const farMemory = 100

func (m *machine) remember(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	m.remembered++
	if i < uint64(len(m.near)) {
		if _, free := m.near[i].(nothing); !free {
			m.remembered--
		}
		m.near[i] = v
		return nil
	}
	if gap := i - uint64(len(m.near)); gap <= 1 {
		if m.near, err = grown(m, m.near, 2); err != nil {
			return err
		}
		if gap == 1 {
			m.near = append(m.near, nothing{})
		}
		m.near = append(m.near, v)
		return nil
	}
	if err := m.spend(farMemory); err != nil {
		return err
	}
	if m.far == nil {
		m.far = map[uint32]any{}
	}
	if _, again := m.far[uint32(i)]; again {
		m.remembered--
	}
	m.far[uint32(i)] = v
	return nil
}

func (m *machine) recall(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, ok := any(nothing{}), false
	if i < uint64(len(m.near)) {
		v, ok = m.near[i], m.near[i] != any(nothing{})
	}
	if !ok {
		v, ok = m.far[uint32(i)]
	}
	if !ok {
		return fmt.Errorf("nothing is remembered as %d", i)
	}
	return m.push(v)
}
