#include "linnet/observables/observable.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <memory>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/observables/new_property.hpp"
#include "linnet/observables/noise.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::caught;
using testing::error_of;
using testing::normal;
using testing::relative;

constexpr Shape shape{.outputs = 4, .inputs = 6};

std::vector<double> measure(const Observable& o, const Task& task, const Network& start, const Network& now,
                            const Layerwise& rates = 1.0, std::optional<double> threshold = std::nullopt) {
  const Reference reference(task, start, rates, threshold);
  const Matrix a = end_to_end(now);
  const Snapshot snapshot(reference, a, &now, 0);
  std::vector<double> out(static_cast<std::size_t>(o.length(shape)));
  o.evaluate(snapshot, out);
  return out;
}

Task task_with_signal() { return tasks::target(normal(4, 6, 1), normal(4, 6, 2)); }

DeepLinear weights(std::uint64_t seed, Index width = 5) {
  return {normal(width, 6, seed), normal(4, width, seed + 50)};
}

TEST(Observables, OfErrors) {
  const Task task = task_with_signal();
  const Network network = weights(3);
  const Matrix a = end_to_end(network);
  const Matrix r = a - task.target();
  EXPECT_NEAR(measure(observables::cost(), task, network, network)[0], r.squaredNorm() / 2, 1e-12);
  EXPECT_NEAR(measure(observables::gradient_norm(), task, network, network)[0], r.norm(), 1e-13);
  EXPECT_NEAR(measure(observables::train_error(), task, network, network)[0], r.squaredNorm() / 24, 1e-13);
  EXPECT_NEAR(measure(observables::test_error(), task, network, network)[0],
              (a - task.test->target()).squaredNorm() / 24, 1e-13);
}

TEST(Observables, OfTheSpectrum) {
  const Task task = task_with_signal();
  const Network network = weights(3);
  const Matrix a = end_to_end(network);
  // Singular values as square roots of the eigenvalues of A Aᵀ.
  const Vector s = linalg::symmetric_eigen(a * a.transpose()).values.reverse().cwiseSqrt();
  const std::vector<double> values = measure(observables::singular_values(), task, network, network);
  for (Index i = 0; i < 4; ++i) EXPECT_NEAR(values[static_cast<std::size_t>(i)], s(i), 1e-12);
  EXPECT_NEAR(measure(observables::nuclear_norm(), task, network, network)[0], s.sum(), 1e-12);
  EXPECT_NEAR(measure(observables::stable_rank(), task, network, network)[0], a.squaredNorm() / (s(0) * s(0)), 1e-12);
  double entropy = 0;
  for (Index i = 0; i < 4; ++i) entropy -= s(i) / s.sum() * std::log(s(i) / s.sum());
  EXPECT_NEAR(measure(observables::effective_rank(), task, network, network)[0], std::exp(entropy), 1e-12);
  for (const double fraction : {0.0, 0.2, 0.6}) {
    EXPECT_EQ(measure(observables::rank(fraction), task, network, network)[0],
              static_cast<double>((s.array() > fraction * s(0)).count()));
  }
}

TEST(Observables, EndToEndIsA) {
  const Task task = task_with_signal();
  const Trajectory run = train(weights(3), task, GradientDescent{.step = 1e-2, .max_steps = 5},
                               {.observables = {observables::end_to_end()}, .schedule = Schedule::ends()});
  const Series& recorded = run["end_to_end"];
  EXPECT_EQ(recorded.over, Over::entries);
  const Matrix last = end_to_end(*run.final);
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 6; ++j) EXPECT_EQ(recorded.values(1, 6 * i + j), last(i, j));
  }
}

TEST(Observables, AlignmentIsOneForTheTasksOwnVectors) {
  const Task task = task_with_signal();
  const linalg::Svd y = linalg::svd(task.target());
  Vector s(4);
  s << 9, 5, 2, 1;
  Network network = SelfConsistent(y.u * s.asDiagonal() * y.v.transpose(), 1.0);
  for (const double x : measure(observables::alignment(), task, network, network)) EXPECT_NEAR(x, 1, 1e-12);
  // The order of the modes is exchanged: the first of A is the second of Y.
  std::swap(s(0), s(1));
  network = SelfConsistent(y.u * s.asDiagonal() * y.v.transpose(), 1.0);
  const std::vector<double> swapped = measure(observables::alignment(), task, network, network);
  EXPECT_NEAR(swapped[0], 0, 1e-12);
  EXPECT_NEAR(swapped[1], 0, 1e-12);
  EXPECT_NEAR(swapped[2], 1, 1e-12);
  // An angle θ between the first two left vectors.
  Matrix turned = y.u;
  turned.col(0) = std::cos(0.3) * y.u.col(0) + std::sin(0.3) * y.u.col(1);
  turned.col(1) = -std::sin(0.3) * y.u.col(0) + std::cos(0.3) * y.u.col(1);
  s << 9, 5, 2, 1;
  network = SelfConsistent(turned * s.asDiagonal() * y.v.transpose(), 1.0);
  EXPECT_NEAR(measure(observables::alignment(), task, network, network)[0], std::cos(0.3), 1e-12);
}

TEST(Observables, ActiveAboveTheThreshold) {
  const Task task = task_with_signal();
  const linalg::Svd y = linalg::svd(task.target());
  Vector s(4);
  s << 9, 5, 2, 1;
  const Network network = SelfConsistent(y.u * s.asDiagonal() * y.v.transpose(), {1.5, 4.5});
  EXPECT_EQ(measure(observables::active(), task, network, network), (std::vector<double>{1, 1, 0, 0})) << "κ = 3";
  EXPECT_EQ(measure(observables::active(), task, network, network, 1.0, 1.5), (std::vector<double>{1, 1, 1, 0}));
  // Rates (η_1, η_2) = (4, 1): κ = (a √(η_2/η_1) + b √(η_1/η_2))/2 = (0.75 + 9)/2.
  EXPECT_EQ(measure(observables::active(), task, network, network, {4, 1}), (std::vector<double>{1, 1, 0, 0}));
  EXPECT_NEAR(Reference(task, network, {4, 1}, std::nullopt).threshold(), 4.875, 1e-14);
  // The same from the Gram state of that network, where κ must be fitted.
  const Network gram = std::get<SelfConsistent>(network).gram_state();
  EXPECT_NEAR(Reference(task, gram, 1.0, std::nullopt).threshold(), 3, 1e-12);
}

/// Δ = W_2ᵀW_2/η_2 − W_1W_1ᵀ/η_1, with rates scaled to product 1.
Matrix imbalance(const DeepLinear& w, const Layerwise& rates) {
  const double root = std::sqrt(rates[0] * rates[1]);
  return w.w2().transpose() * w.w2() * (root / rates[1]) - w.w1() * w.w1().transpose() * (root / rates[0]);
}

TEST(Observables, ImbalanceDriftIsThatOfDelta) {
  const Task task = task_with_signal();
  const Layerwise rates{2.0, 0.5};
  for (const Index width : {Index{5}, Index{60}}) {
    const DeepLinear start = weights(3, width);
    const DeepLinear now = weights(4, width);
    const double size = start.w1().squaredNorm() / 2 + start.w2().squaredNorm() / 0.5;
    const double trace = std::abs((imbalance(now, rates) - imbalance(start, rates)).trace()) / size;
    const double norm2 =
        std::abs(imbalance(now, rates).squaredNorm() - imbalance(start, rates).squaredNorm()) / (size * size);
    const double all = (imbalance(now, rates) - imbalance(start, rates)).norm() / size;
    const Network gram = GramState::from_weights(start);
    // A Gram state determines the trace and the norm of Δ; explicit weights of moderate width determine all of Δ.
    EXPECT_NEAR(measure(observables::imbalance_drift(), task, gram, GramState::from_weights(now), rates)[0],
                std::max(trace, norm2), 1e-13);
    EXPECT_NEAR(measure(observables::imbalance_drift(), task, start, now, rates)[0],
                width == 5 ? all : std::max(trace, norm2), 1e-13);
  }
}

TEST(Observables, ImbalanceDriftsByTheSquareOfTheStep) {
  const Task task = task_with_signal();
  for (const Network& start : {Network(weights(3)), Network(GramState::from_weights(weights(3)))}) {
    const auto drift = [&](double step, const Layerwise& ratio) {
      const Layerwise steps{step * ratio[0], step * ratio[1]};
      return train(start, task, GradientDescent{.step = steps, .max_steps = 1},
                   {.observables = {observables::imbalance_drift()}})
          .values("imbalance_drift")(1);
    };
    for (const Layerwise& ratio : {Layerwise{1, 1}, Layerwise{3, 0.5}}) {
      EXPECT_NEAR(drift(1e-3, ratio) / drift(1e-4, ratio), 100, 1);
    }
  }
}

/// The tangent kernel on whitened inputs, n_0 n_2 square: ∂vec(A)/∂W_1 and ∂vec(A)/∂W_2 from the weights themselves.
Matrix tangent_kernel(const DeepLinear& w, const Layerwise& rates = 1.0) {
  const Index n0 = w.w1().cols();
  const Index n2 = w.w2().rows();
  const Index width = w.width();
  Matrix jacobian = Matrix::Zero(n0 * n2, width * (n0 + n2));
  for (Index i = 0; i < n2; ++i) {
    for (Index j = 0; j < n0; ++j) {
      for (Index k = 0; k < width; ++k) {
        jacobian(i + n2 * j, k + width * j) = w.w2()(i, k);            // ∂A_ij/∂(W_1)_kj
        jacobian(i + n2 * j, width * n0 + i + n2 * k) = w.w1()(k, j);  // ∂A_ij/∂(W_2)_ik
      }
    }
  }
  jacobian.leftCols(width * n0) *= std::sqrt(rates[0]);
  jacobian.rightCols(width * n2) *= std::sqrt(rates[1]);
  return jacobian * jacobian.transpose();
}

TEST(Observables, KernelDistanceIsThatOfTheFullTangentKernel) {
  const Task task = task_with_signal();
  const DeepLinear start = weights(3);
  const DeepLinear now = weights(4);
  const Matrix k0 = tangent_kernel(start);
  const Matrix kt = tangent_kernel(now);
  const double right = 1 - k0.cwiseProduct(kt).sum() / (k0.norm() * kt.norm());
  EXPECT_NEAR(measure(observables::kernel_distance(), task, start, now)[0], right, 1e-13);
  EXPECT_NEAR(
      measure(observables::kernel_distance(), task, GramState::from_weights(start), GramState::from_weights(now))[0],
      right, 1e-13);
  EXPECT_GT(right, 0.01);
  for (const Layerwise& rates : {Layerwise{0.1, 3}, Layerwise{5, 0.2}}) {  // each layer contributes with its rate
    const Matrix k0_at = tangent_kernel(start, rates);
    const Matrix kt_at = tangent_kernel(now, rates);
    const double distance = 1 - k0_at.cwiseProduct(kt_at).sum() / (k0_at.norm() * kt_at.norm());
    EXPECT_GT(std::abs(distance - right), 0.01);
    EXPECT_NEAR(measure(observables::kernel_distance(), task, start, now, rates)[0], distance, 1e-13);
    const DeepLinear deep_start({start.w1(), start.w2()});
    const DeepLinear deep_now({now.w1(), now.w2()});
    EXPECT_NEAR(measure(observables::kernel_distance(), task, deep_start, deep_now, rates)[0], distance, 1e-13);
  }
  EXPECT_LT(measure(observables::kernel_distance(), task, start, start)[0], 1e-15);
  EXPECT_GE(measure(observables::kernel_distance(), task, start, start)[0], 0);
}

/// Inputs of very different variances, correlated.
Matrix correlated_inputs(Index samples) {
  return normal(samples, 6, 21) * Vector{{3.0, 2.0, 1.0, 0.5, 0.2, 0.1}}.asDiagonal() * normal(6, 6, 22);
}

TEST(Observables, OfRepresentationsAreOnTheTasksInputs) {
  const DeepLinear start = weights(3, 3);
  const DeepLinear now = weights(4, 3);
  for (const Index samples : {4, 40}) {
    const Matrix x = correlated_inputs(samples);
    const Task task = tasks::regression({.inputs = x, .targets = normal(samples, 4, 23)});
    for (const bool gram : {false, true}) {
      const auto state = [&](const DeepLinear& w) { return gram ? Network(GramState::from_weights(w)) : Network(w); };
      const Matrix k0 = neural_tangent_kernel(start, x);
      const Matrix kt = neural_tangent_kernel(now, x);
      const double right = 1 - k0.cwiseProduct(kt).sum() / (k0.norm() * kt.norm());
      EXPECT_NEAR(measure(observables::kernel_distance(), task, state(start), state(now))[0], right, 1e-12);
      // The similarities have the same eigenvalues as those of all samples, over P.
      const auto eigenvalues = [&](const Observable& o) {
        const std::vector<double> found = measure(o, task, state(start), state(now));
        return linalg::symmetric_eigen(Eigen::Map<const Matrix>(found.data(), 6, 6)).values.tail(3).eval();
      };
      const auto of_samples = [&](const Matrix& hidden) {  // neurons x P
        return linalg::symmetric_eigen(hidden * hidden.transpose() / static_cast<double>(samples)).values.eval();
      };
      const Vector hidden = of_samples(now.w1() * x.transpose());
      EXPECT_LT((eigenvalues(observables::hidden_similarity()) - hidden).norm(), 1e-10 * hidden.norm());
      const Vector needed = of_samples(now.w2().completeOrthogonalDecomposition().solve(task.target() * x.transpose()));
      EXPECT_LT((eigenvalues(observables::output_similarity()) - needed).norm(), 1e-10 * needed.norm());
    }
    // With whitened inputs they are those without data.
    if (samples < 6) continue;
    const Task white = tasks::regression({.inputs = x, .targets = normal(samples, 4, 23), .whiten = true});
    const Task bare = tasks::target(white.target());
    for (const char* name : {"kernel_distance", "hidden_similarity", "output_similarity"}) {
      const Observable o = observables::by_name(name);
      EXPECT_EQ(measure(o, white, start, now), measure(o, bare, start, now)) << name;
    }
  }
}

TEST(Observables, OfOneHotItemsAreThoseOfTheItems) {
  const DeepLinear now = weights(4, 3);
  const Task items = tasks::regression({.inputs = Matrix::Identity(6, 6), .targets = normal(6, 4, 23)});
  const std::vector<double> found = measure(observables::hidden_similarity(), items, now, now);
  const Matrix hidden = now.w1().transpose() * now.w1();
  EXPECT_LT(relative(Eigen::Map<const Matrix>(found.data(), 6, 6), hidden), 1e-14);
}

TEST(Observables, OfNarrowWeightsNeedNoMatrixOfTheSizeOfTheirEnds) {
  // A matrix of outputs x outputs would have 3·10¹¹ numbers.
  constexpr Index outputs = 600'000;
  const DeepLinear start(0.3 * normal(2, 3, 1), 0.01 * normal(outputs, 2, 2));
  const Task task = tasks::target(0.01 * normal(outputs, 3, 3));
  std::vector<Observable> all;
  for (const std::string& name : observables::names()) {
    const Observable o = observables::by_name(name);
    const bool is_one = o.over == Over::output_pairs || o.over == Over::entry_pairs;
    if (o.fits(start, task) && !is_one) all.push_back(o);
  }
  const Trajectory run = train(start, task, GradientDescent{.step = 1e-3, .max_steps = 2},
                               {.observables = all, .schedule = Schedule::ends()});
  for (const Series& s : run.series) EXPECT_TRUE(s.values.allFinite()) << s.name;
  EXPECT_NEAR(run.threshold, fit_closure(start).threshold(), 0);
  EXPECT_LT(run.values("imbalance_drift")(1), 1e-3);
}

TEST(Observables, ClosureResidualIsAtTheStartsClosure) {
  const Task task = task_with_signal();
  const Network start = networks::gaussian_gram(shape, {.width = 30, .variance = {0.1, 0.2}, .seed = 1});
  const Network now = networks::gaussian_gram(shape, {.width = 30, .variance = {0.1, 0.2}, .seed = 2});
  const Closure closure = fit_closure(std::get<GramState>(start));
  EXPECT_NEAR(measure(observables::closure_residual(), task, start, now)[0],
              closure_residual(std::get<GramState>(now), closure.balance, closure.scale2), 1e-14);
  const Network exact = networks::infinite_width(shape, {0.5, 2.0});
  EXPECT_LT(measure(observables::closure_residual(), task, exact, exact)[0], 1e-15);
}

TEST(Observables, HiddenSimilarityIsThatOfTheHiddenLayer) {
  const Task task = task_with_signal();
  const DeepLinear now = weights(3);
  const std::vector<double> c1 = measure(observables::hidden_similarity(), task, now, now);
  const Matrix direct = now.w1().transpose() * now.w1();
  EXPECT_LT(relative(Eigen::Map<const Matrix>(c1.data(), 6, 6), direct), 1e-14);
}

Matrix pseudo_inverse(const Matrix& a) {
  const linalg::Svd d = linalg::svd(a);
  const Vector inverse = (d.s.array() > 1e-12 * d.s(0)).select(d.s.cwiseInverse(), 0.0);
  return d.v * inverse.asDiagonal() * d.u.transpose();
}

TEST(Observables, RepresentationsAndTangentKernelByTheirEntries) {
  const Task task = task_with_signal();
  const DeepLinear now = weights(3);
  const Matrix& w1 = now.weights()[0];
  const Matrix& w2 = now.w2();
  const std::vector<double> c1 = measure(observables::input_representation(), task, now, now);
  const std::vector<double> c2 = measure(observables::output_representation(), task, now, now);
  EXPECT_LT(relative(Eigen::Map<const Matrix>(c1.data(), 6, 6), (w1.transpose() * w1).eval()), 1e-14);
  EXPECT_LT(relative(Eigen::Map<const Matrix>(c2.data(), 4, 4), (w2 * w2.transpose()).eval()), 1e-14);

  // ⟨∂A_ij/∂θ, ∂A_kl/∂θ⟩ at the rates, by differences: A is linear in each weight.
  for (const DeepLinear& network : {now, DeepLinear({normal(3, 6, 1), normal(2, 3, 2), normal(4, 2, 3)})}) {
    std::vector<double> rates(static_cast<std::size_t>(network.depth()), 1.0);
    rates.front() = 2.5;
    const Matrix a = end_to_end(network);
    Matrix expected = Matrix::Zero(24, 24);
    for (std::size_t l = 0; l < rates.size(); ++l) {
      for (Index k = 0; k < network.weights()[l].size(); ++k) {
        std::vector<Matrix> moved = network.weights();
        moved[l].reshaped()(k) += 1;
        const Matrix change = (end_to_end(DeepLinear(moved)) - a).transpose();  // row after row
        expected += rates[l] * change.reshaped() * change.reshaped().transpose();
      }
    }
    const std::vector<double> found = measure(observables::tangent_kernel(), task, network, network, Layerwise(rates));
    EXPECT_LT(relative(Eigen::Map<const Matrix>(found.data(), 24, 24), expected), 1e-12);
  }
  EXPECT_EQ(measure(observables::tangent_kernel(), task, now, gram_state(Network(now))).size(), 576U);
}

TEST(Observables, OutputSimilarityIsOfWhatTheOutputWeightsRead) {
  // The hidden activities of least norm from which the output weights produce the targets, W_2⁺Y.
  const Task task = task_with_signal();
  const DeepLinear now = weights(3, 7);
  const Matrix needed = pseudo_inverse(now.w2()) * task.target();
  const std::vector<double> found = measure(observables::output_similarity(), task, now, now);
  EXPECT_LT(relative(Eigen::Map<const Matrix>(found.data(), 6, 6), (needed.transpose() * needed).eval()), 1e-11);
  // Output weights of rank 2 reach only two directions.
  const DeepLinear narrow = weights(4, 2);
  const Matrix some = pseudo_inverse(narrow.w2()) * task.target();
  const std::vector<double> of_narrow = measure(observables::output_similarity(), task, narrow, narrow);
  EXPECT_LT(relative(Eigen::Map<const Matrix>(of_narrow.data(), 6, 6), (some.transpose() * some).eval()), 1e-11);
}

TEST(Observables, NewPropertyIsWhatTrainingMakesOfANewRow) {
  const Task task = task_with_signal();
  const DeepLinear now = weights(3);
  const Index item = 2;
  const Matrix& w1 = now.weights()[0];

  // W_1 frozen: descent of the row alone.
  Matrix row = Matrix::Zero(1, 5);
  const double step = 0.3 / w1.col(item).squaredNorm();
  for (int k = 0; k < 300; ++k) row -= step * ((row * w1.col(item))(0) - 1) * w1.col(item).transpose();
  const std::vector<double> frozen = measure(observables::new_property(item), task, now, now);
  EXPECT_LT((Eigen::Map<const Matrix>(frozen.data(), 1, 6) - row * w1).norm(), 1e-12);
  EXPECT_EQ(measure(observables::new_property(item), task, now, gram_state(now)), frozen) << "C_1 suffices";

  // All layers: gradient flow of W_1 and the row, one sample.
  const Matrix x = Matrix::Identity(6, 6).row(item);
  const Task taught = tasks::regression({.inputs = x, .targets = Matrix::Ones(1, 1)});
  for (const Layerwise& rates : {Layerwise(1.0), Layerwise{3.0, 0.5}}) {
    const Trajectory run = train(DeepLinear(w1, Matrix::Zero(1, 5)), taught,
                                 GradientFlow{.t_end = 100, .rates = rates, .rtol = 1e-12, .atol = 1e-14},
                                 {.observables = {}, .schedule = Schedule::ends()});
    const std::vector<double> all = measure(observables::new_property_all_layers(item), task, now, now, rates);
    EXPECT_LT((Eigen::Map<const Matrix>(all.data(), 1, 6) - end_to_end(*run.final)).norm(), 1e-9);
  }
  // A hidden layer that does not answer to the item learns nothing; one of large answers hardly moves.
  const DeepLinear silent(Matrix::Zero(5, 6), now.w2());
  for (const Index i : {0, 5}) {
    EXPECT_EQ(measure(observables::new_property(i), task, silent, silent), std::vector<double>(6, 0.0));
    EXPECT_EQ(measure(observables::new_property_all_layers(i), task, silent, silent), std::vector<double>(6, 0.0));
  }
  const DeepLinear loud(1e4 * w1, now.w2());
  for (std::size_t j = 0; j < 6; ++j) {
    EXPECT_NEAR(measure(observables::new_property_all_layers(item), task, loud, loud)[j], frozen[j], 1e-12);
  }
  EXPECT_EQ(error_of([&] { measure(observables::new_property(6), task, now, now); }),
            "record.item: expected an item from 0 to 5, got 6");
  EXPECT_EQ(error_of([] { observables::new_property_all_layers(-1); }),
            "record.item: expected an item from 0 on, got -1");
}

double noisy(const Observable& o, const Task& task, const Network& now) { return measure(o, task, now, now)[0]; }

TEST(Observables, NoiseOfInputsAndWeightsAddsItsPower) {
  const Task task = task_with_signal();
  const DeepLinear now = weights(3);
  const double clean = noisy(observables::train_error(), task, now);
  const double power = 0.01 * end_to_end(now).squaredNorm();
  EXPECT_NEAR(noisy(observables::input_noise_error({.deviation = 0.1}), task, now), clean + power / 24, 1e-13);
  const double of_weights = 0.01 * (6 * now.w2().squaredNorm() + 4 * now.weights()[0].squaredNorm()) + 1e-4 * 6 * 5 * 4;
  const Observable parameters = observables::parameter_noise_error({.deviation = 0.1, .width = 5});
  EXPECT_NEAR(noisy(parameters, task, now), clean + of_weights / 24, 1e-12);
  EXPECT_NEAR(noisy(parameters, task, gram_state(Network(now))), clean + of_weights / 24, 1e-12);
  for (const Observable& o :
       {observables::input_noise_error({.deviation = 0}), observables::parameter_noise_error({.deviation = 0})}) {
    EXPECT_NEAR(noisy(o, task, now), clean, 1e-15);
  }
}

TEST(Observables, ExpectationsUnderNoiseAreMeansOverDraws) {
  // Whitened inputs; data with correlated inputs and unequal weights of samples; a cost without ½.
  const Task data = tasks::regression({.inputs = normal(9, 6, 4) * normal(6, 6, 5),
                                       .targets = normal(9, 4, 6),
                                       .weights = Vector::LinSpaced(9, 0.5, 2)});
  const Task sums = tasks::regression({.inputs = normal(9, 6, 4),
                                       .targets = normal(9, 4, 6),
                                       .normalisation = {.half = false, .mean_over_outputs = false}});
  const DeepLinear deep({normal(5, 6, 1), normal(3, 5, 2), normal(4, 3, 3)});
  const Network gram = gram_state(Network(weights(3)));
  for (const Task& task : {task_with_signal(), data, sums}) {
    for (const Network& now : {Network(weights(3)), Network(deep), gram}) {
      for (const auto& make : {observables::input_noise_error, observables::parameter_noise_error}) {
        const double clean = noisy(observables::train_error(), task, now);
        const double expected = noisy(make({.deviation = 1, .width = 5}), task, now) - clean;
        const double drawn = noisy(make({.deviation = 1, .draws = 20'000, .width = 5, .seed = 3}), task, now) - clean;
        EXPECT_NEAR(drawn / expected, 1, 0.05) << make({}).name << ", " << task.name;
      }
    }
  }
  // Other costs are drawn only.
  const Task some = tasks::completion({.target = normal(4, 6, 1), .mask = Matrix::Identity(4, 6)});
  EXPECT_EQ(error_of([&] { noisy(observables::parameter_noise_error(), some, weights(3)); }).substr(0, 33),
            "record.parameter_noise_error: exp");
  EXPECT_GT(noisy(observables::parameter_noise_error({.draws = 10}), some, weights(3)), 0);
  EXPECT_EQ(error_of([] { observables::input_noise_error({.deviation = -1}); }),
            "record.noise: expected a finite number >= 0, got -1");
}

TEST(Observables, BalanceIsThatOfTheWeights) {
  const Task task = task_with_signal();
  const Network balanced = networks::balanced(normal(4, 6, 8), 1.5, 4, 9);
  EXPECT_NEAR(measure(observables::balance(), task, balanced, balanced)[0], 1.5, 1e-13);
  EXPECT_LT(measure(observables::balance_spread(), task, balanced, balanced)[0], 1e-13);
  const Network other = networks::balanced(normal(4, 6, 8), 1.5, 4, 9, {4, 1});
  EXPECT_NEAR(measure(observables::balance(), task, other, other, {4, 1})[0], 1.5, 1e-13);
  EXPECT_LT(measure(observables::balance_spread(), task, other, other, {4, 1})[0], 1e-13);
  const Network gram = gram_state(balanced);
  EXPECT_EQ(error_of([&] { measure(observables::balance(), task, gram, gram); }),
            "record.balance: expected a network with the weights of a linear network of two layers: DeepLinear of two "
            "layers, got a Gram state");
}

TEST(Threshold, IsFoundWhenAskedFor) {
  const DeepLinear w = weights(3);
  const double expected = fit_closure(w).threshold();
  EXPECT_NEAR(Threshold(std::make_shared<const Network>(w), 1.0), expected, 0);
  EXPECT_NEAR(Threshold(std::make_shared<const Network>(w), 4.0), expected, 0) << "in the units of A";
  const Threshold first(std::make_shared<const Network>(w), Layerwise{4, 1});
  const Threshold copy = first;
  EXPECT_EQ(double(copy), fit_closure(Network(w), {2, 0.5}).threshold());
  EXPECT_EQ(double(first), double(copy));
  EXPECT_TRUE(std::isnan(Threshold()));
  EXPECT_FALSE(has_threshold(DeepLinear({normal(3, 3, 1)})));
  EXPECT_EQ(error_of([] { Threshold(std::nan("")); }), "record.threshold: expected a finite number >= 0, got nan");
}

TEST(Observables, TaskErrorsAreThoseOfEachTask) {
  const std::vector<Task> tasks{task_with_signal(), tasks::target(normal(4, 6, 11))};
  const Network now = weights(3);
  Observable errors = observables::task_errors(tasks);
  EXPECT_EQ(errors.length(shape), 2);
  const std::vector<double> found = measure(errors, tasks[0], now, now);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(found[i], (end_to_end(now) - tasks[i].target()).squaredNorm() / 24, 1e-13);
  }
}

TEST(Observables, AreFoundByName) {
  for (const std::string& name : observables::names()) EXPECT_EQ(observables::by_name(name).name, name);
  EXPECT_EQ(observables::names().size(), 47U);
  EXPECT_EQ(error_of([] { observables::by_name("tset_error"); }),
            "record.observables: expected the name of an observable, got \"tset_error\"\n"
            "  hint: did you mean \"test_error\"?");
  EXPECT_EQ(did_you_mean("alignement", observables::names()), "did you mean \"alignment\"?");
  EXPECT_EQ(did_you_mean("nuclear", observables::names()), "did you mean \"nuclear_norm\"?");
}

TEST(Observables, RefuseWhatCannotBeMeasured) {
  const Task bare = tasks::target(normal(4, 6, 1));
  const Network network = weights(3);
  EXPECT_EQ(error_of([&] { measure(observables::test_error(), bare, network, network); }),
            "record.test_error: expected a task with a signal or held-out data, got a task without: target\n"
            "  hint: record train_error, or give the task what it is tested on");
  EXPECT_EQ(error_of([] { observables::rank(1); }), "record.rank_fraction: expected a number in [0, 1), got 1");
  EXPECT_EQ(error_of([] { observables::rank(std::nan("")); }),
            "record.rank_fraction: expected a number in [0, 1), got nan");
  EXPECT_EQ(error_of([&] { Reference(bare, network, 1.0, -1.0); }),
            "record.threshold: expected a finite number >= 0, got -1");
  const Reference reference(bare, network, 1.0, std::nullopt);
  const Matrix a = end_to_end(network);
  EXPECT_EQ(error_of([&] { static_cast<void>(Snapshot(reference, a, nullptr, 0).gram_state()); }),
            "record: expected observables of the end-to-end matrix alone, got one of the representations, which are "
            "not kept here\n"
            "  hint: record it along the run instead");
}

TEST(Observables, AreComputedOnlyWhenRecorded) {
  int calls = 0;
  const Observable counter{
      .name = "counter", .long_name = "", .units = "1", .measure = [&](const Snapshot&, std::span<double> out) {
        out[0] = ++calls;
      }};
  const Task task = task_with_signal();
  const Trajectory run = train(weights(3), task, GradientDescent{.step = 1e-3, .max_steps = 100},
                               {.observables = {counter}, .schedule = Schedule::every(30)});
  EXPECT_EQ(run.step, (std::vector<Index>{0, 30, 60, 90, 100}));
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(run.values("counter")(4), 5);
  train(weights(3), task, GradientDescent{.step = 1e-3, .max_steps = 100}, {.observables = {}, .at_best = {counter}});
  EXPECT_EQ(calls, 6) << "once, where the test error was smallest";
}

}  // namespace
}  // namespace linnet
