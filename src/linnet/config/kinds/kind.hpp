#pragma once

#include <memory>
#include <string>
#include <vector>

#include "linnet/config/fields.hpp"

namespace linnet::config {

/// A function of Python that makes a kind (of solvers, a class): its name, what it returns, and its help above the
/// arguments: a line, paragraphs, the source, what is refused.
struct PythonFunction {
  std::string name;     ///< "gaussian_gram"
  std::string returns;  ///< "GramState"
  std::string about;
  std::string state = {};  ///< of a network: how it is held, where the name says it
};

/// One kind of task, network or solver, with the present values of its options: its name in configurations, its meaning
/// and its fields. Reading, writing and documentation are derived from these. The classes TaskKind, NetworkKind and
/// SolverKind add what is made from the options.
class Kind {
 public:
  virtual ~Kind() = default;

  [[nodiscard]] virtual const char* word() const = 0;                      ///< "deep"
  [[nodiscard]] virtual const char* initialization() const { return ""; }  ///< "balanced", where the word has several
  [[nodiscard]] virtual const char* meaning() const = 0;                   ///< in a line or two
  virtual void visit(FieldVisitor& v) = 0;                                 ///< its fields, in the order of a file
  /// What makes it in Python; nothing where a class of Python's own does, or there is none.
  [[nodiscard]] virtual std::vector<PythonFunction> python() const { return {}; }
  [[nodiscard]] virtual std::vector<std::vector<std::string>> alternatives() const {
    return {};
  }  ///< keys for one thing

  /// "deep, initialization = balanced"
  [[nodiscard]] std::string name() const {
    const std::string start = initialization();
    return word() + (start.empty() ? "" : ", initialization = " + start);
  }

 protected:
  Kind() = default;
  Kind(const Kind&) = default;
  Kind& operator=(const Kind&) = default;
};

/// Every kind of a section, in the order of the pages, with its defaults; the first kind is the default. Defined in
/// kinds.cpp.
template <class Section>
const std::vector<std::unique_ptr<Section>>& kinds();

/// Copying, for a class `Self` of kind `Base`.
template <class Self, class Base>
class KindOf : public Base {
 public:
  [[nodiscard]] std::unique_ptr<typename Base::Section> clone() const override {
    return std::make_unique<Self>(static_cast<const Self&>(*this));
  }
};

/// The kind chosen in a section, with its options; copied by value.
template <class Section>
class Chosen {
 public:
  Chosen() : kind_(kinds<Section>().front()->clone()) {}
  explicit Chosen(std::unique_ptr<Section> kind) : kind_(std::move(kind)) {}
  Chosen(const Chosen& other) : kind_(other.kind_->clone()) {}
  Chosen(Chosen&&) noexcept = default;
  Chosen& operator=(Chosen other) noexcept {
    kind_.swap(other.kind_);
    return *this;
  }
  ~Chosen() = default;

  const Section* operator->() const { return kind_.get(); }
  Section* operator->() { return kind_.get(); }
  const Section& operator*() const { return *kind_; }

  /// Chooses a kind by name, with its defaults; does nothing if it is already chosen.
  void choose(const std::string& word, const std::string& initialization) {
    if (word == kind_->word() && initialization == kind_->initialization()) return;
    for (const auto& kind : kinds<Section>()) {
      if (word == kind->word() && initialization == kind->initialization()) kind_ = kind->clone();
    }
  }

  /// The same kind with its defaults.
  [[nodiscard]] Chosen fresh() const {
    for (const auto& kind : kinds<Section>()) {
      if (kind->name() == kind_->name()) return Chosen(kind->clone());
    }
    return *this;
  }

 private:
  std::unique_ptr<Section> kind_;
};

}  // namespace linnet::config
