#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo::train {

/// One epoch, for the progress bar, the log beside the model and the report's curves.
struct Epoch {
  int number = 0;              ///< from 1
  double training_loss = 0;    ///< mean squared error of scaled outputs, as the original counts it
  double validation_loss = 0;  ///< NaN without a validation part
  double learning_rate = 0;
  double seconds = 0;
  bool best = false;
};

/// What another program needs to repeat a run step by step (bench/peers).
struct Record {
  std::size_t window_frames = 0;
  base::Matrix<float> x;  ///< (windows * window_frames) x inputs, scaled, before augmentation
  base::Matrix<float> y;  ///< (windows * window_frames) x outputs, scaled; NaN: not to be learned
  model::Weights initial;
  std::vector<std::int64_t> order;  ///< windows in the order of training, epoch after epoch
  std::vector<double> losses;       ///< one a step
};

struct Checkpoint;

/// Whether a run on `device` (auto, cpu, cuda) is one on a GPU. Throws Error where cuda is asked for and not there.
bool on_cuda(const std::string& device);

struct Options {
  int threads = 0;  ///< of our LSTM layers; 0: as many as there are cores. LibTorch has one,
                    ///< its best here
  std::string device = "auto";  ///< auto, cpu, cuda
  /// Who computes LSTM layers on the CPU: auto (our kernels where they can, else LibTorch), kernels,
  /// libtorch.
  std::string lstm = "auto";
  /// fp32, or bf16 (mixed: weights, sums, loss and optimiser stay fp32; Network says where it can be had).
  std::string precision = "fp32";
  /// Called after every batch (epoch, batches done, batches in all, loss); for the progress bar.
  std::function<void(int epoch, std::size_t done, std::size_t total, double loss)> on_batch;
  std::function<void(const Epoch&)> on_epoch;
  const std::atomic<bool>* stop =
      nullptr;  ///< Ctrl-C: ends after the batch; the best model so far is returned
  /// Called with every new best model, so that a killed run leaves one.
  std::function<void(const model::Model&)> on_best;
  /// Called after an epoch, if checkpoint_every_s have passed since the last call, and when stopped.
  std::function<void(const Checkpoint&)> on_checkpoint;
  double checkpoint_every_s = 0;
  const Checkpoint* resume = nullptr;       ///< go on from here; not with `record`
  const model::Weights* initial = nullptr;  ///< start from these weights (peers, adapt)
  Record* record = nullptr;                 ///< filled along the way
};

struct Result {
  model::Model
      model;  ///< with weights, scalers and metrics: the best on validation, or the last without
  std::vector<Epoch> epochs;
  bool stopped = false;
  std::vector<std::string> notes;  ///< of a linear network: what was left out, and why
};

/// Trains the network of `blank` (from dataset::settle) on examples. A linear one is fitted in closed form instead
/// (closed_form.h), on training and validation part together: no epochs, no checkpoints, `options` but `on_best` unused.
/// Of all others: Scalers are fitted on
/// `training` alone. The same seed, threads and data give the same weights. Initial weights and order
/// of windows are drawn as PyTorch draws them for `torch.manual_seed(seed)`, `nn.LSTM`, `nn.Linear`,
/// `DataLoader(shuffle=True)`; dropout too where LibTorch computes the layers, while our kernels draw
/// theirs (Set::drop) from one number of that stream a layer: with dropout the order of the epochs after the
/// first is then another than PyTorch's. Missing: NaN inputs are the mean; NaN targets do not
/// count in the loss (a mean over those that are known). A run that goes on from a checkpoint gives, on the CPU,
/// the same numbers bit for bit as one that never ended. A network with a linear part starts as that part alone, and
/// that start is a candidate for the best on validation. With `training.members` above 1 it is the mean of so many networks
/// (ensemble.h), trained one after the other from seed, seed + 1000, ...; epochs are numbered on, member by member, and none is `best`; stopped, of those that were
/// whole (or of the first); no checkpoints. Throws Error when no trial fills a window,
/// the loss is no longer finite, `initial` does not fit, or `resume` is of another run; std::invalid_argument on settings that
/// make no sense. Threads: sets LibTorch's and OpenMP's number of threads to 1 for the caller,
/// and has the C library keep freed memory for the process.
Result train(const model::Model& blank, const model::Recipe& recipe,
             std::vector<features::Example> training, std::vector<features::Example> validation,
             const Options& options);

}  // namespace kinemyo::train
