#pragma once

#include <functional>
#include <string>

namespace linnet {

/// Bytes that this process may still take: the machine's free memory (with caches and swap), or less if its control
/// group or its own limits (`ulimit -v`, `-d`) allow less. Infinite where this is unknown, as in linnet::core.
double memory_left();

/// Whether that many bytes are available. Up to 64 MB are not checked, which costs nothing; above, it takes some 50
/// microseconds.
bool fits_into_memory(double bytes);

/// Throws Error (input) unless `bytes` are available. Call it before taking any large amount: the system grants memory
/// that it does not have, and ends the process later. `got` names what would take the memory: "4000000 neurons". The
/// MemoryCount of the thread, if there is one, can refuse too.
void require_memory(double bytes, const std::string& field, const std::string& got, const std::string& hint = {});

/// The same for the records of a run: that many records of `numbers` numbers, with step and time, while they are
/// collected and returned.
void require_room_for_records(double records, double numbers);

/// While a MemoryCount exists, `require_memory` on its thread calls its function with every number of bytes, and
/// refuses them where it answers false. So computations side by side are counted together: the free memory of the
/// system does not contain what each of them has asked for and has not used yet.
class MemoryCount {
 public:
  explicit MemoryCount(std::function<bool(double bytes)> grant);
  ~MemoryCount();
  MemoryCount(const MemoryCount&) = delete;
  MemoryCount& operator=(const MemoryCount&) = delete;

 private:
  std::function<bool(double bytes)> grant_;
  const std::function<bool(double bytes)>* outer_;
};

/// The bytes of a matrix of doubles. The sizes may exceed any real memory.
constexpr double matrix_bytes(double rows, double columns) { return 8 * rows * columns; }

/// "7.2 GB".
std::string format_bytes(double bytes);

}  // namespace linnet
