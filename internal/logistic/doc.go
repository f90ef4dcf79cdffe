// Package logistic fits the converged linear probe: multinomial logistic
// regression with an L2 penalty on standardised features, in float64, as
// scikit-learn's StandardScaler and LogisticRegression do.
//
// With n images, weights W of the standardised features and intercepts b that
// are not penalised, a fit minimises
//
//	1/n sum_i cross-entropy_i + |W|^2 / (2 C n)
//
// which is scikit-learn's C sum_i cross-entropy_i + |W|^2 / 2 divided by C n. It
// has converged when no entry of this function's gradient is larger than
// [Tolerance]: scikit-learn's criterion, too. With two classes scikit-learn
// fits one row of weights rather than two, and its C is twice ours.
//
// Four rules hold. A class without a training image is never predicted. What
// was fitted carries its gradient's norm, which near zero proves a fit, however it was
// found. The same images and the same seed give the same bits: there is
// one goroutine, which the caller has pinned ([torch.Pin]), and no random start.
// C is chosen on training images.
package logistic
