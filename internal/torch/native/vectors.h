// Vectors of LANES floats, for files that are compiled once for each kind of
// processor.
//
// No C++ library here: an inline function of it, compiled for these
// instructions, might be linked in where the processor lacks them.
#pragma once

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *p) { return *reinterpret_cast<const vec *>(p); }
INLINE void store(float *p, vec v) { *reinterpret_cast<vec *>(p) = v; }
