// Package native is the C++ behind package torch: aeprobe_torch.h is its
// interface. It is a package of its own so that a change of package torch does
// not compile it again, which takes minutes.
package native

import "C"
