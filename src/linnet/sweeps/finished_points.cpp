#include "linnet/sweeps/finished_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "linnet/error.hpp"
#include "linnet/storage/difference.hpp"

namespace linnet::sweeps {

namespace {

using storage::Session;

void require_same_version(const std::filesystem::path& file, const Session& ours, const Session& theirs) {
  if (ours.version == theirs.version) return;
  bad_input({.field = file.string(),
             .expected = "points computed with linnet " + ours.version + ", as here",
             .got = "linnet " + theirs.version,
             .hint = "their last bits may differ: go on with that version, or without shards and with --mixed"});
}

void require_same_machine(const std::filesystem::path& file, const Session& ours, const Session& theirs) {
  if (ours.machine == theirs.machine) return;
  const storage::Difference d = storage::first_difference(ours.machine, theirs.machine);
  bad_input({.field = file.string(),
             .expected = "points computed with " + d.ours + ", as here",
             .got = d.theirs,
             .hint = "their last bits may differ: go on where it began, give --mixed to have both, or --force to begin "
                     "again"});
}

bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace

FinishedPoints::FinishedPoints(const PreparedSweep& sweep, Accept accept)
    : own_(sweep.session()),
      accept_(accept),
      results_(sweep.no_results()),
      machine_of_(static_cast<std::size_t>(sweep.size())) {}

void FinishedPoints::require_fitting(const Session& session, Accept accept, const std::filesystem::path& from) const {
  storage::require_same_sweep(from, own_, session);
  if (accept == Accept::alike) require_same_machine(from, own_, session);
  if (accept == Accept::same_version) require_same_version(from, own_, session);
}

void FinishedPoints::take(const Blocks& blocks, Accept accept, const std::filesystem::path& from) {
  const Session* last = nullptr;
  std::uint16_t machine = 0;
  std::vector<Session> sessions;
  damaged_ += blocks(
      [&](const Session& session, Index point, std::span<const double> values) {
        if (&session != last) {
          require_fitting(session, accept, from);
          machine = number_of(session.machine);
          last = &session;
        }
        set(point, values, machine, from);
      },
      sessions);
  for (const Session& session : sessions) require_fitting(session, accept, from);
}

void FinishedPoints::read(const std::filesystem::path& journal) {
  take([&](const storage::TakePoint& point,
           std::vector<Session>& sessions) { return storage::read_journal(journal, point, &sessions); },
       accept_, journal);
}

void FinishedPoints::take(std::string_view blocks) {
  const Index damaged = damaged_;
  take([&](const storage::TakePoint& point,
           std::vector<Session>& sessions) { return storage::read_blocks(blocks, point, &sessions); },
       accept_ == Accept::alike ? Accept::same_version : accept_, "points of another process");
  if (damaged_ == damaged) return;
  bad_input({.field = "points of another process",
             .expected = "the bytes that it sent",
             .got = fmt::format("{} damaged bytes", damaged_ - damaged)});
}

void FinishedPoints::set(const storage::FinishedPoint& point) {
  set(point.index, point.values, number_of(own_.machine), "this process");
}

void FinishedPoints::set(Index point, std::span<const double> values, std::uint16_t machine,
                         const std::filesystem::path& from) {
  std::uint16_t& own = machine_of_[static_cast<std::size_t>(point)];
  if (results_.has(point)) {
    if (own != machine || same_bits(results_.of(point), values)) return;
    bad_input({.field = from.string(),
               .expected = fmt::format("the results of point {} that another journal has", point),
               .got = "other bits, of the same kind of machine",
               .hint = "one of them is damaged or of something else: remove it, and compute its points again"});
  }
  results_.set(point, values);
  own = machine;
  ++count_;
}

std::uint16_t FinishedPoints::number_of(const std::string& machine) {
  const auto number = std::find(machines_.begin(), machines_.end(), machine) - machines_.begin();
  if (number == std::ssize(machines_)) machines_.push_back(machine);
  return static_cast<std::uint16_t>(number);
}

std::vector<std::pair<std::string, Index>> FinishedPoints::machines() const {
  std::vector<Index> counts(machines_.size());
  std::vector<std::size_t> order;
  for (Index point = 0; point < results_.points(); ++point) {
    if (!results_.has(point)) continue;
    const std::size_t machine = machine_of_[static_cast<std::size_t>(point)];
    if (counts[machine]++ == 0) order.push_back(machine);
  }
  std::vector<std::pair<std::string, Index>> found;
  for (const std::size_t machine : order) found.emplace_back(machines_[machine], counts[machine]);
  return found;
}

void FinishedPoints::tell_machines(Dataset& data) const {
  const std::vector<std::pair<std::string, Index>> found = machines();
  if (found.size() == 1) {
    for (auto& [name, value] : attributes_of_machine(found.front().first)) data.attributes[name] = value;
    return;
  }
  std::string text;
  for (const auto& [description, count] : found) text += fmt::format("{} points by\n{}", count, description);
  data.attributes["machines"] = text;
}

}  // namespace linnet::sweeps
