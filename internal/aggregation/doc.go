// Package aggregation trains embeddings without labels, by instance recognition
// and by local aggregation, next to a memory bank of all images' embeddings.
//
// Instance recognition tells every image from all others (Wu et al.,
// Unsupervised Feature Learning via Non-Parametric Instance Discrimination, CVPR
// 2018). Local aggregation draws an image towards those of its neighbours that
// share a cluster with it, and away from the others (Zhuang, Zhai and Yamins,
// Local Aggregation for Unsupervised Learning of Visual Embeddings, ICCV 2019).
//
// With v_j the bank's rows and t the temperature, P(A|v) is the sum over the
// images j in A of exp(v.v_j / t) / Z. All embeddings have length 1.
//
// Nothing here depends on labels but what Statistics tells. All work is on the
// bank's device, so that a GPU can record a step; gradients reach embeddings
// alone, neither the bank nor the choice of neighbours and clusters.
package aggregation
