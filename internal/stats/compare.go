package stats

// The rule of a verdict.
//
// The question is whether contender A (an encoder under a probe) is more accurate
// than B beyond what chance explains. There are two sources of chance: which
// images are in the test set, and with which seed an encoder was trained.
//
//   - One seed: nothing is known about others. The claim is about these two
//     trained networks on new images, and the exact McNemar test decides. Two
//     contenders in which nothing is random always have one seed.
//   - Two seeds or more: the claim is about new seeds and new images. Two tests
//     must agree, so the larger p decides: the paired t over the seeds'
//     accuracies, and a t over seeds and images (crossed.go). The first alone would
//     not do: all seeds share their test images, so an accident of these looks
//     like a difference that every seed confirms. Nor would the second alone: its
//     degrees of freedom are too many where two or three seeds happen to agree.
//   - Sign flips never decide, only accompany: p is at least 2^(1-seeds), which is
//     6 % for 5 seeds, and after Holm takes 9 seeds or more in a table of 10. They
//     share the first test's fault.
//   - Decide adjusts the deciding p values of a table after Holm. A comparison is
//     better or worse if its adjusted p is at most the level and the bootstrap's
//     95 % interval excludes 0; otherwise the data cannot tell. Asking for both
//     can only make a false verdict rarer.
//   - Scores of parts of the test images, as of folds and episodes, are compared in
//     the same way, with a paired t in the place of McNemar's test (scores.go).
//
// Limits:
//
//   - "Cannot tell" does not say that two contenders are equal. The interval says
//     how far apart they may be.
//   - Images are taken as a random sample of those that one wants to know about,
//     in the hundreds or more, and seeds as independent. Whoever picks contenders
//     by a look at the test images makes every p invalid.
//   - All runs share their training images. How much accuracies owe to these is
//     not tested.
//   - Two seeds tell large differences only, and t takes their accuracies as
//     normal. The bootstrap's interval is too narrow for few seeds, since it takes
//     the variance between them as known. Read Interval, which pays for that.
//   - The level of the rule for seeds is approximate: in simulations 1 to 6 % of the
//     comparisons with nothing to tell reach p = 0.05, depending on where chance
//     lies. By the paired t alone it is up to 19 % (TestFalseVerdicts).
//   - Images and seeds to tell are planned for one comparison, without Holm.

// Verdict is how a comparison ends, about its first contender.
type Verdict string

// The verdicts.
const (
	Better     Verdict = "better"
	Worse      Verdict = "worse"
	CannotTell Verdict = "cannot tell"
)

// Test names the test that decides.
type Test string

// The tests that decide, with one seed, and with more the one of two that finds
// less.
const (
	ByImages         Test = "exact McNemar"
	BySeeds          Test = "paired t over seeds"
	BySeedsAndImages Test = "t over seeds and images"
)

// Comparison is of the accuracies of two contenders, A and B, on the same test
// images. Decide fills in what depends on the other comparisons of its table.
type Comparison struct {
	// Seeds and Images are how many there were to compare.
	Seeds  int `json:"seeds"`
	Images int `json:"images"`
	// Part is what scores are of, such as "fold", and Parts how many there are; empty
	// where it is images that are compared.
	Part  string `json:"part,omitempty"`
	Parts int    `json:"parts,omitempty"`
	// Difference is A - B in percentage points.
	Difference float64 `json:"difference_points"`
	// Interval is the 95 % interval of Difference by the test that decides, or with
	// one seed by the bootstrap. Bootstrap is the hierarchical bootstrap's; of scores, it
	// is Interval.
	Interval  Interval `json:"interval_points"`
	Bootstrap Interval `json:"bootstrap_points"`
	// Discordant is kept with one seed, the variances with more.
	Discordant *Discordant `json:"discordant,omitempty"`
	Variances  *Components `json:"variances,omitempty"`
	// P is by test, and DecidingP that of the test that decides.
	P         PValues `json:"p"`
	Deciding  Test    `json:"deciding_test"`
	DecidingP float64 `json:"deciding_p"`
	// AdjustedP is DecidingP after Holm, and Verdict what follows.
	AdjustedP float64 `json:"adjusted_p"`
	Verdict   Verdict `json:"verdict"`
	// ImagesToTell and SeedsToTell are how many would tell a difference of this
	// size, each with the other as it is; 0 if no number would. One seed says
	// nothing about how many are needed.
	ImagesToTell int `json:"images_to_tell"`
	SeedsToTell  int `json:"seeds_to_tell,omitempty"`
	PartsToTell  int `json:"parts_to_tell,omitempty"`
}

// Discordant counts the images that one contender alone classified correctly.
type Discordant struct {
	OnlyA int `json:"only_a"`
	OnlyB int `json:"only_b"`
}

// PValues are two-sided; nil where the test does not apply.
type PValues struct {
	McNemar        *float64 `json:"mcnemar,omitempty"`
	SeedsAndImages *float64 `json:"seeds_and_images,omitempty"`
	// Of scores: Parts is the paired t over parts, of one seed.
	Parts         *float64 `json:"parts,omitempty"`
	SeedsAndParts *float64 `json:"seeds_and_parts,omitempty"`
	// PairedT and SignFlip are over the seeds' accuracies: on these test images.
	PairedT  *float64 `json:"paired_t,omitempty"`
	SignFlip *float64 `json:"sign_flip,omitempty"`
}

// Compare compares two contenders by which test images they classified correctly
// [seeds][images]. Row s of both is of the same seed, column i of the same image;
// a contender in which nothing is random has one row. It is not decided until
// Decide has seen its whole table. Random numbers come from seed.
func Compare(correctA, correctB [][]bool, seed uint64) (Comparison, error) {
	d, err := newPairs(correctA, correctB)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{
		Seeds:      len(d),
		Images:     d.images(),
		Difference: 100 * d.mean(),
		Bootstrap:  d.bootstrap(seed).times(100),
		Verdict:    CannotTell,
	}
	if c.Seeds == 1 {
		c.overImages(d)
		return c, nil
	}
	test, err := d.crossed()
	if err != nil {
		return Comparison{}, err
	}
	c.overSeeds(d, test, seed)
	return c, nil
}

// overImages is the part of Compare for one seed.
func (c *Comparison) overImages(d pairs) {
	onlyA, onlyB := d.discordant()
	p := McNemar(onlyA, onlyB)
	c.Interval = c.Bootstrap
	c.Discordant = &Discordant{onlyA, onlyB}
	c.P.McNemar = &p
	c.Deciding, c.DecidingP = ByImages, p
	c.ImagesToTell = ImagesToTell(onlyA, onlyB, c.Images)
}

// overSeeds is the part of Compare for two seeds or more.
func (c *Comparison) overSeeds(d pairs, test crossed, seed uint64) {
	// Sums over images rather than accuracies: they are exact, and the test does not
	// depend on the scale.
	sums := make([]float64, c.Seeds)
	for s, sum := range d.bySeed() {
		sums[s] = float64(sum)
	}
	flip := signFlip(sums, seed)
	bootstrap := c.Bootstrap
	c.overBothOf(test, BySeeds, BySeedsAndImages)
	c.Bootstrap = bootstrap
	c.P = PValues{SeedsAndImages: &test.overBoth.p, PairedT: &test.overSeeds.p, SignFlip: &flip}
	c.ImagesToTell = test.imagesToTell(test.difference, c.Seeds)
	c.SeedsToTell = test.seedsToTell(test.difference, c.Images)
}

// Decide gives each comparison of a table its adjusted p and its verdict at a
// level such as 0.05. They are all the comparisons that a reader may pick from.
func Decide(comparisons []*Comparison, level float64) {
	p := make([]float64, len(comparisons))
	for i, c := range comparisons {
		p[i] = c.DecidingP
	}
	for i, adjusted := range Holm(p) {
		c := comparisons[i]
		c.AdjustedP, c.Verdict = adjusted, CannotTell
		if adjusted <= level && c.Bootstrap.Excludes(0) {
			c.Verdict = Better
			if c.Difference < 0 {
				c.Verdict = Worse
			}
		}
	}
}
