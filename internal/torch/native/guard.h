// How the C++ files of this package report errors to their C callers.

#pragma once

#include <cstring>
#include <exception>

#include <c10/util/Exception.h>

// guard runs f and turns what it throws into a message for the caller to free.
// libtorch's messages end in a C++ backtrace that helps no user.
template <typename F> char *guard(F f) {
  try {
    f();
    return nullptr;
  } catch (const c10::Error &e) {
    return strdup(e.what_without_backtrace());
  } catch (const std::exception &e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("unknown C++ exception");
  }
}
