package aggregation

import "aeprobe/internal/torch"

// Statistics say what the close neighbours of an epoch were. Labels are used here
// alone.
type Statistics struct {
	// Close is the mean number of images that share a cluster with an image in at
	// least one clustering, itself included: the mean size of C.
	Close float64
	// CloseInBackground is that of those among its nearest neighbours: of C and B.
	CloseInBackground float64
	// SameClass and SameClassInBackground are the shares, in percent, of those
	// images of C, and of C and B, that have the image's class, itself left out; NaN
	// where there are no others.
	SameClass, SameClassInBackground float64
	// Empty is how many images had no close neighbour in their background, and no
	// gradient.
	Empty int
}

// Statistics are those of an epoch of local aggregation after its last step.
func (a *Aggregator) Statistics() (Statistics, error) {
	var s Statistics
	found, err := torch.ToSlice[float32](a.found)
	if err != nil {
		return s, err
	}
	clusters, err := torch.ToSlice[int64](a.clusters)
	if err != nil {
		return s, err
	}
	labels, err := torch.ToSlice[int64](a.labels)
	if err != nil {
		return s, err
	}
	var others, same float64
	for ; len(found) > 0; found = found[3:] {
		if found[0] == 0 {
			s.Empty++
		}
		s.CloseInBackground += float64(found[0])
		others += float64(found[1])
		same += float64(found[2])
	}
	n := float64(a.Images)
	s.CloseInBackground /= n
	s.SameClassInBackground = 100 * same / others
	close, alike := closeSets(clusters, labels, a.Clusterings, a.Clusters)
	s.Close = float64(close) / n
	s.SameClass = 100 * float64(alike) / float64(close-a.Images)
	return s, nil
}

// closeSets is the sum of the sizes of all images' sets C, and how many others in
// them have the image's label. clusters are each image's in so many clusterings of
// k clusters.
func closeSets(clusters, labels []int64, clusterings, k int) (size, alike int) {
	members := make([][]int, clusterings*k)
	for i := range labels {
		for h, c := range clusters[i*clusterings : (i+1)*clusterings] {
			members[h*k+int(c)] = append(members[h*k+int(c)], i)
		}
	}
	seen := make([]int, len(labels)) // by the last image, from 1, whose set has it
	for i, label := range labels {
		for h, c := range clusters[i*clusterings : (i+1)*clusterings] {
			for _, j := range members[h*k+int(c)] {
				if seen[j] == i+1 {
					continue
				}
				seen[j] = i + 1
				size++
				if j != i && labels[j] == label {
					alike++
				}
			}
		}
	}
	return size, alike
}
