#pragma once

#include <string>

namespace linnet {

/// Bytes that this process may still take: the machine's free memory (with caches and swap), or less if its control
/// group or its own limits (`ulimit -v`, `-d`) allow less. Infinite where this is unknown, as in linnet::core.
double memory_left();

/// Throws Error (input) unless `bytes` are available. Call it before taking any large amount: the system grants memory
/// that it does not have, and ends the process later. `got` names what would take the memory: "4000000 neurons". Costs
/// nothing below 64 MB, which are not checked, and some 50 microseconds above.
void require_memory(double bytes, const std::string& field, const std::string& got, const std::string& hint = {});

/// The same for the records of a run: that many records of `numbers` numbers, with step and time, while they are
/// collected and returned.
void require_room_for_records(double records, double numbers);

/// The bytes of a matrix of doubles. The sizes may exceed any real memory.
constexpr double matrix_bytes(double rows, double columns) { return 8 * rows * columns; }

/// "7.2 GB".
std::string format_bytes(double bytes);

}  // namespace linnet
