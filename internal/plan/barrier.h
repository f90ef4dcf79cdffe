// A place where the threads of a step wait for one another.
#pragma once

#include <atomic>
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plan {

// Waiting is spinning, since what one waits for takes a few microseconds, but not
// for long: a thread that lost its core is not back soon, and might be waiting
// for this very one.
class Barrier {
public:
  explicit Barrier(int threads) : threads(threads) {}

  void wait() {
    if (threads == 1) return;
    const unsigned round = rounds.load(std::memory_order_relaxed);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
      arrived.store(0, std::memory_order_relaxed);
      rounds.store(round + 1, std::memory_order_seq_cst);
      if (sleepers.load(std::memory_order_seq_cst) > 0) futex(FUTEX_WAKE_PRIVATE, INT_MAX);
      return;
    }
    for (int i = 0; i < patience; i++) {
      if (rounds.load(std::memory_order_acquire) != round) return;
      __builtin_ia32_pause();
    }
    sleepers.fetch_add(1, std::memory_order_seq_cst);
    while (rounds.load(std::memory_order_seq_cst) == round) futex(FUTEX_WAIT_PRIVATE, round);
    sleepers.fetch_sub(1, std::memory_order_relaxed);
  }

private:
  static constexpr int patience = 4000; // some 50 to 200 us

  void futex(int operation, unsigned value) {
    syscall(SYS_futex, reinterpret_cast<unsigned *>(&rounds), operation, value, nullptr, nullptr, 0);
  }

  const int threads;
  std::atomic<int> arrived{0}, sleepers{0};
  std::atomic<unsigned> rounds{0};
};

} // namespace plan
