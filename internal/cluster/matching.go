package cluster

import "math"

// bestMatching is the largest sum of counts, [rows][columns] and not negative,
// with at most one of every row and column: the Hungarian algorithm (Kuhn 1955,
// Munkres 1957) with shortest augmenting paths (Jonker and Volgenant 1987), in
// the smaller number of rows or columns squared times the larger. Whole numbers
// make it exact.
func bestMatching(counts [][]int) int {
	if len(counts) > len(counts[0]) {
		counts = transposed(counts)
	}
	// Row and column 0 stand for none. A cell costs its row's potential plus its
	// column's, less its count: 0 where matched, 0 or more elsewhere in rows so far.
	rows, columns := len(counts), len(counts[0])
	ofRow, ofColumn := make([]int, rows+1), make([]int, columns+1)
	matched := make([]int, columns+1) // the row of each column
	for row := 1; row <= rows; row++ {
		matched[0] = row
		before := make([]int, columns+1) // the column before, on the shortest path
		shortest := make([]int, columns+1)
		for j := range shortest {
			shortest[j] = math.MaxInt
		}
		reached := make([]bool, columns+1)
		column := 0
		for matched[column] != 0 {
			reached[column] = true
			from, next, step := matched[column], 0, math.MaxInt
			for j := 1; j <= columns; j++ {
				if reached[j] {
					continue
				}
				if cost := ofRow[from] + ofColumn[j] - counts[from-1][j-1]; cost < shortest[j] {
					shortest[j], before[j] = cost, column
				}
				if shortest[j] < step {
					next, step = j, shortest[j]
				}
			}
			for j := range reached {
				if reached[j] {
					ofRow[matched[j]] -= step
					ofColumn[j] += step
				} else {
					shortest[j] -= step
				}
			}
			column = next
		}
		for column != 0 {
			matched[column] = matched[before[column]]
			column = before[column]
		}
	}
	var sum int
	for j := 1; j <= columns; j++ {
		if matched[j] != 0 {
			sum += counts[matched[j]-1][j-1]
		}
	}
	return sum
}

func transposed(counts [][]int) [][]int {
	t := make([][]int, len(counts[0]))
	for j := range t {
		t[j] = make([]int, len(counts))
		for i := range counts {
			t[j][i] = counts[i][j]
		}
	}
	return t
}
