#pragma once

#include <string>

namespace linnet {

/// Bytes that this process may still take: what the machine has left (free, caches, swap), but no more than its control
/// group and its own limits (`ulimit -v`, `-d`) leave it. Infinite where nothing tells, as in linnet::core.
double memory_left();

/// Throws Error (input) unless so many bytes are left; to be asked before any large amount is taken, as the system
/// grants what it does not have and ends the process later. `got` is what would take them: "4000000 neurons". Costs
/// nothing below 64 MB, which are not worth a look, and some 50 microseconds above.
void require_memory(double bytes, const std::string& field, const std::string& got, const std::string& hint = {});

/// The same for what a run records: so many times `numbers`, with their step and time, while they are gathered and
/// given back.
void require_room_for_records(double records, double numbers);

/// Of a matrix of doubles; the numbers may be larger than any that there is.
constexpr double matrix_bytes(double rows, double columns) { return 8 * rows * columns; }

/// "7.2 GB".
std::string format_bytes(double bytes);

}  // namespace linnet
