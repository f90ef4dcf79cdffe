package vision

import "fmt"

// Where is the folder or archive that Open would read a data set from, found as
// Open finds it but without the network; empty for a set that is drawn.
func Where(name string, o Options) (string, error) {
	for _, s := range sources() {
		if s.name != name {
			continue
		}
		at, err := s.locate(o)
		if err == nil && at.path == "" {
			err = fmt.Errorf("%s is not on this machine\naeprobe data downloads it", s.title)
		}
		return at.path, err
	}
	if _, err := lookUp(name); err != nil {
		return "", err
	}
	return "", nil
}
