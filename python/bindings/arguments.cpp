#include "arguments.hpp"

#include <memory>

#include "convert.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

bool is_text(py::handle value) { return py::isinstance<py::str>(value); }

/// A number as it is, a text in double quotes.
std::string shown(py::handle value) { return is_text(value) ? config::in_quotes(py::str(value)) : text(value); }

/// Sets what a field refers to from an argument. Errors call the argument `field`.
class Fill {
 public:
  using Argument = config::FieldVisitor::Argument;

  Fill(py::handle given, const std::string& field, const Argument& as, std::vector<std::string> words)
      : given_(given), field_(field.c_str()), as_(as), words_(std::move(words)) {}

  void operator()(std::string* value) const {
    if (!words_.empty() && !(is_text(given_) && config::among(words_, py::str(given_)))) {
      bad_input({.field = field_, .expected = config::list_in_quotes(words_), .got = shown(given_)});
    }
    *value = py::str(given_);
  }
  void operator()(std::vector<std::string>* value) const {
    value->clear();
    for (const py::handle one : given_) value->push_back(py::str(one));
  }
  void operator()(bool* value) const { *value = py::bool_(py::reinterpret_borrow<py::object>(given_)); }
  void operator()(Index* value) const { *value = whole_number(given_, field_); }
  void operator()(std::uint64_t* value) const { *value = as_seed(given_, field_); }
  void operator()(double* value) const { *value = number(given_, field_); }
  void operator()(std::vector<double>* value) const {
    const Vector numbers = python::vector(given_, field_);
    value->assign(numbers.begin(), numbers.end());
  }
  void operator()(std::vector<Index>* value) const {
    if (is_text(given_) || PySequence_Check(given_.ptr()) == 0 || PySequence_Size(given_.ptr()) < 0) {
      PyErr_Clear();  // a NumPy scalar array calls itself a sequence and has no size
      bad_input({.field = field_, .expected = "a sequence of whole numbers", .got = text(given_)});
    }
    value->clear();
    for (const py::handle one : given_) value->push_back(whole_number(one, field_));
  }
  void operator()(config::LayerValue* value) const {
    if (is_text(given_) && !words_.empty()) {
      if (!config::among(words_, py::str(given_))) {
        bad_input({.field = field_,
                   .expected = "a number, one a layer, or the rule " + config::list_in_quotes(words_),
                   .got = shown(given_)});
      }
      *value = std::string(py::str(given_));
    } else {
      *value = as_.pair ? per_layer(given_, field_) : layerwise(given_, field_);
    }
  }
  template <class T>
  void operator()(std::optional<T>* value) const {
    value->reset();
    if (!given_.is_none()) (*this)(&value->emplace());
  }
  void operator()(Shape* value) const {
    if (!given_.is_none()) *value = shape_like(given_);
  }
  void operator()(config::MatrixInput* value) const {
    if (given_.is_none()) return;
    if (as_.array == Argument::Array::stack) value->of_rows = shape_in_stack(given_, field_);
    value->values = std::make_shared<const Matrix>(matrix());
  }
  void operator()(std::vector<config::MatrixInput>* value) const {
    value->clear();
    for (const py::handle one : given_) {
      value->push_back({.values = std::make_shared<const Matrix>(python::matrix(one, field_))});
    }
  }
  void operator()(std::vector<config::Axis>* /*value*/) const {}  // of sweeps, which are configurations

  void operator()(const Task** value) const {
    if (!py::isinstance<Task>(given_)) {
      bad_input({.field = field_, .expected = "a task, made by linnet.tasks", .got = text(given_)});
    }
    *value = &given_.cast<const Task&>();
  }
  void operator()(std::vector<StopRule>* value) const {
    value->clear();
    for (const py::handle rule : given_) {
      if (!py::isinstance<StopRule>(rule)) {
        bad_input({.field = field_, .expected = "stop rules, made by linnet.stop", .got = text(rule)});
      }
      value->push_back(rule.cast<const StopRule&>());
    }
  }
  void operator()(std::vector<FlowEvent>* value) const {
    value->clear();
    for (const py::handle event : given_) {
      if (!py::hasattr(event, "kind") || !py::hasattr(event, "terminal")) {
        bad_input({.field = field_, .expected = "events, made by linnet.event", .got = text(event)});
      }
      value->push_back({.kind = event_kind(event.attr("kind")),
                        .value = number(event.attr("value"), field_),
                        .terminal = event.attr("terminal").cast<bool>()});
    }
  }
  void operator()(std::function<double(Index)>* value) const {
    *value = {};
    if (given_.is_none()) return;
    if (PyCallable_Check(given_.ptr()) == 0) {
      bad_input({.field = field_, .expected = "a function of the number of steps so far", .got = text(given_)});
    }
    // Called without the interpreter's lock; its last copy may be destroyed without it too.
    const std::shared_ptr<py::object> function(new py::object(py::reinterpret_borrow<py::object>(given_)),
                                               [](py::object* held) {
                                                 const py::gil_scoped_acquire lock;
                                                 delete held;
                                               });
    *value = [function, field = std::string(field_)](Index step) {
      const Locked locked;
      return number((*function)(step), field.c_str());
    };
  }

 private:
  [[nodiscard]] Matrix matrix() const {
    switch (as_.array) {
      case Argument::Array::samples:
        return samples(given_, field_);
      case Argument::Array::with_gaps:
        return matrix_with_gaps(given_, field_);
      case Argument::Array::stack:
        return stack(given_, field_);
      case Argument::Array::matrix:
        break;
    }
    return python::matrix(given_, field_);
  }

  [[nodiscard]] FlowEvent::Kind event_kind(py::handle name) const {
    for (const auto kind : {FlowEvent::Kind::threshold_crossing, FlowEvent::Kind::cost_below,
                            FlowEvent::Kind::gradient_below, FlowEvent::Kind::slope_below}) {
      if (is_text(name) && std::string(py::str(name)) == to_string(kind)) return kind;
    }
    bad_input({.field = field_, .expected = "the name of an event", .got = shown(name)});
  }

  py::handle given_;
  const char* field_;
  const Argument& as_;
  std::vector<std::string> words_;
};

}  // namespace

Arguments::Given Arguments::take(const char* key) {
  const Argument argument = take_argument();
  const char* name = argument.name == nullptr ? key : argument.name;
  const std::string field = argument.field == nullptr ? section_ + "." + name : argument.field;
  const py::handle value = given_.contains(name) ? py::handle(given_[name]) : py::handle();
  return {.value = value, .field = field, .as = argument};
}

void Arguments::field(const Field& field) {
  const Given given = take(field.key);
  if (given.value) std::visit(Fill(given.value, given.field, given.as, field.words), field.value);
}

void Arguments::object(const char* key, Object value, const char* /*doc*/) {
  const Given given = take(key);
  if (given.value) std::visit(Fill(given.value, given.field, given.as, {}), value);
}

}  // namespace linnet::python
