#include "linnet/support/memory.hpp"

#include <array>
#include <utility>

#include "linnet/error.hpp"

namespace linnet {

namespace {

thread_local const std::function<bool(double bytes)>* counting = nullptr;

}  // namespace

MemoryCount::MemoryCount(std::function<bool(double bytes)> grant)
    : grant_(std::move(grant)), outer_(std::exchange(counting, &grant_)) {}

MemoryCount::~MemoryCount() { counting = outer_; }

bool fits_into_memory(double bytes) {
  constexpr double always_there = 64e6;
  return bytes <= always_there || bytes <= memory_left();
}

void require_memory(double bytes, const std::string& field, const std::string& got, const std::string& hint) {
  const bool granted = counting == nullptr || (*counting)(bytes);
  if (granted && fits_into_memory(bytes)) return;
  bad_input({.field = field,
             .expected = "what fits into " + format_bytes(memory_left()) + " of memory",
             .got = got + ", which takes " + format_bytes(bytes),
             .hint = hint});
}

void require_room_for_records(double records, double numbers) {
  constexpr double copies = 2;
  require_memory(copies * matrix_bytes(records, numbers + 2), "record.schedule",
                 format_number(records) + " records of " + format_number(numbers) + " numbers",
                 "record less often, or less");
}

std::string format_bytes(double bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < units.size(); ++unit) bytes /= 1000;
  return format_number(bytes, 3) + " " + units[unit];
}

}  // namespace linnet
