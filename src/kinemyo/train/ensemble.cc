#include "kinemyo/train/ensemble.h"

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::train {

namespace {

// Neighbouring seeds are other ensembles, not mostly the same networks.
constexpr std::uint64_t kSeedsApart = 1000;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

model::Model mean_of(std::span<const model::Model> members) {
  require(!members.empty() && members[0].network.recurrent(), "mean_of: one or more recurrent networks");
  model::Model out = members[0];
  const std::size_t count = members.size(), hidden = size(out.network.hidden);
  if (count == 1) return out;
  std::vector<std::string> measured;
  for (const auto& member : members) measured.push_back(member.metrics.empty() ? "null" : member.metrics);
  out.metrics = "{\"members\": " + std::to_string(count) + ", \"of_members\": [" + base::join(measured) + "]}";
  out.network.hidden *= static_cast<int>(count);
  const auto wide = model::weight_shapes(out.network);
  for (auto& [name, to] : out.weights) {
    if (name == "linear.weight") continue;
    const bool last = name.starts_with("fc."), matrix = to.shape.size() == 2;
    // Rows of the last layer are outputs and columns of the first are inputs, which all members share. All others are hidden
    // units: of each gate or direction, those of one member behind those of another.
    const bool own_rows = !last, own_columns = matrix && name.find("weight_ih_l0") == std::string::npos;
    const std::size_t height = size(to.shape[0]), width = matrix ? size(to.shape[1]) : 1;
    to.shape = wide.at(name);
    const std::size_t wide_columns = matrix ? size(to.shape[1]) : 1;
    to.values.assign(size(to.shape[0]) * wide_columns, 0);
    const float share = last ? 1 / static_cast<float>(count) : 1;
    for (std::size_t m = 0; m < count; ++m) {
      const auto& from = members[m].weights.at(name);
      require(from.values.size() == height * width, "mean_of: members of one specification");
      const auto placed = [&](std::size_t unit) { return (unit / hidden * count + m) * hidden + unit % hidden; };
      for (std::size_t r = 0; r < height; ++r) {
        for (std::size_t c = 0; c < width; ++c) {
          to.values[(own_rows ? placed(r) : r) * wide_columns + (own_columns ? placed(c) : c)] += share * from.values[r * width + c];
        }
      }
    }
  }
  return out;
}

Result train_members(const model::Model& blank, const model::Recipe& recipe, const std::vector<features::Example>& training,
                     const std::vector<features::Example>& validation, const Options& options) {
  if (options.resume != nullptr || options.record != nullptr) {
    throw Error("training.members = " + std::to_string(recipe.training.members) +
                ": a mean of several networks has no checkpoint to go on from and no record; train from the start, or with members = 1");
  }
  Result out;
  std::vector<model::Model> done;
  for (int member = 0; member < recipe.training.members && !out.stopped; ++member) {
    model::Recipe own = recipe;
    own.training.members = 1;
    own.training.seed += kSeedsApart * static_cast<std::uint64_t>(member);
    const int before = static_cast<int>(out.epochs.size());
    // No epoch is the model's: each member has its own best.
    const auto renumbered = [before](Epoch epoch) {
      epoch.number += before;
      epoch.best = false;
      return epoch;
    };
    Options how = options;
    how.on_checkpoint = nullptr;
    if (options.on_batch) {
      how.on_batch = [&](int epoch, std::size_t batch, std::size_t batches, double loss) {
        options.on_batch(before + epoch, batch, batches, loss);
      };
    }
    if (options.on_epoch) how.on_epoch = [&](const Epoch& epoch) { options.on_epoch(renumbered(epoch)); };
    if (options.on_best) {
      how.on_best = [&](const model::Model& best) {
        auto so_far = done;
        so_far.push_back(best);
        options.on_best(mean_of(so_far));
      };
    }
    auto one = train(blank, own, training, validation, how);
    // What a member had learned when it was stopped would spoil those that are whole.
    if (!one.stopped || done.empty()) done.push_back(std::move(one.model));
    for (const auto& epoch : one.epochs) out.epochs.push_back(renumbered(epoch));
    out.stopped = one.stopped;
  }
  out.model = mean_of(done);
  return out;
}

}  // namespace kinemyo::train
