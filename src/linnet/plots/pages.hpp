#pragma once

#include <exception>
#include <string>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/plots/page.hpp"
#include "linnet/plots/plot.hpp"
#include "linnet/plots/view.hpp"

namespace linnet::plots {

/// The panels of a run: curves over time, spectra.
Page run_page(const Dataset& data, const PlotOptions& options);

/// The panels of a sweep: the dimensions of each variable decide its kind of panel.
Page sweep_page(const Dataset& data, const PlotOptions& options);

/// Whether a sweep or a run has a variable that this kind of picture could show.
bool sweep_has(const Dataset& data, const std::string& kind);

/// The variables requested by the options or by the data set's attribute "panels"; empty if there are none. Throws
/// Error (input) for one that cannot be drawn.
std::vector<std::string> wanted(const Dataset& data, const PlotOptions& options);

/// Draws those of several variables that can be drawn: a variable that was not requested by name and has no picture
/// (because of too many panels) is left out, as long as others have one.
class Drawn {
 public:
  Drawn(const Page& page, const PlotOptions& options) : page_(&page), asked_(!options.variables.empty()) {}

  template <class Item, class Add>
  void each(const std::vector<Item>& items, const Add& add) {
    for (const Item& item : items) {
      try {
        add(item);
      } catch (const Error&) {
        if (asked_) throw;
        if (!first_) first_ = std::current_exception();
      }
    }
  }

  /// If nothing was drawn, throws the Error of the first variable that was left out.
  void require_something() const {
    if (page_->panels.empty() && first_) std::rethrow_exception(first_);
  }

 private:
  const Page* page_;
  bool asked_;
  std::exception_ptr first_;
};

/// "time and mode": the dimensions that a variable needs for this kind of picture over time.
std::string needed_dimensions(const std::string& kind);

}  // namespace linnet::plots
