#include "kinemyo/exchange/recognise.h"

#include <algorithm>
#include <vector>

#include "kinemyo/base/text.h"

namespace kinemyo::exchange {

namespace {

constexpr std::string_view kFirst = "weight_ih_l0";

std::string names_of(const model::Weights& weights) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights) {
    if (names.size() == 12) {
      names.push_back("... (" + std::to_string(weights.size()) + " in all)");
      break;
    }
    names.push_back(base::quoted(name, 80));
  }
  return names.empty() ? "none" : base::join(names);
}

// What stands before "weight_ih_l0": "lstm.", "module.rnn.", ...
std::string recurrent_prefix(const model::Weights& weights) {
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : weights) {
    if (name.ends_with(kFirst)) prefixes.push_back(name.substr(0, name.size() - kFirst.size()));
  }
  if (prefixes.size() != 1) {
    throw Error("expected the weights of one LSTM or GRU (a tensor *." + std::string(kFirst) +
                "), found " + std::to_string(prefixes.size()) + "; the tensors are " +
                names_of(weights));
  }
  return prefixes.front();
}

model::Model recognise_weights(model::Weights weights) {
  const std::string prefix = recurrent_prefix(weights);
  const auto find = [&](const std::string& name) -> const model::Tensor* {
    const auto found = weights.find(name);
    return found == weights.end() ? nullptr : &found->second;
  };
  const auto* from_input = find(prefix + "weight_ih_l0");
  const auto* from_hidden = find(prefix + "weight_hh_l0");
  if (from_input->shape.size() != 2 || from_hidden == nullptr || from_hidden->shape.size() != 2 ||
      from_hidden->shape[1] < 1) {
    throw Error(prefix + "weight_ih_l0 and " + prefix + "weight_hh_l0 are not two matrices");
  }
  model::Model model;
  auto& network = model.network;
  const auto rows = from_input->shape[0];
  const auto hidden = from_hidden->shape[1];
  if (find(prefix + "weight_hr_l0") != nullptr) {
    throw Error("an LSTM with projection (proj_size) is not supported");
  }
  if (rows == 4 * hidden) {
    network.kind = "lstm";
  } else if (rows == 3 * hidden) {
    network.kind = "gru";
  } else {
    throw Error(prefix + "weight_ih_l0 has " + std::to_string(rows) + " rows for " +
                std::to_string(hidden) +
                " hidden units: neither an LSTM (4 each) nor a GRU (3 each)");
  }
  constexpr std::int64_t kLargest = 1'000'000;
  network.hidden = static_cast<int>(std::min(hidden, kLargest));
  network.inputs = static_cast<int>(std::min(from_input->shape[1], kLargest));
  network.dropout = 0;
  network.bidirectional = find(prefix + "weight_ih_l0_reverse") != nullptr;
  network.layers = 1;
  while (find(prefix + "weight_ih_l" + std::to_string(network.layers)) != nullptr) ++network.layers;

  // The linear layer: the one matrix outside the recurrent part that takes its width.
  const auto width = hidden * (network.bidirectional ? 2 : 1);
  std::vector<std::string> heads;
  for (const auto& [name, tensor] : weights) {
    if (!name.starts_with(prefix + "weight_") && name.ends_with("weight") &&
        tensor.shape.size() == 2 && tensor.shape[1] == width) {
      heads.push_back(name.substr(0, name.size() - std::string_view("weight").size()));
    }
  }
  if (heads.size() != 1) {
    throw Error("expected one linear layer from " + std::to_string(width) + " numbers, found " +
                std::to_string(heads.size()) + "; the tensors are " + names_of(weights));
  }
  network.outputs = static_cast<int>(std::min(find(heads.front() + "weight")->shape[0], kLargest));

  for (const auto& [name, shape] : model::weight_shapes(network)) {
    const bool head = name.starts_with("fc.");
    const std::string own = name.substr(name.find('.') + 1);
    auto found = weights.find((head ? heads.front() : prefix) + own);
    if (found == weights.end()) {
      if (own.find("bias") == std::string::npos)
        throw Error("tensor " + prefix + own + " is missing");
      model.weights[name] = {shape, std::vector<float>(static_cast<std::size_t>(shape[0]), 0.0f)};
      continue;
    }
    model.weights[name] = std::move(found->second);
    weights.erase(found);
  }
  if (!weights.empty()) {
    throw Error("tensors that an LSTM or GRU with one linear layer has no place for: " +
                names_of(weights));
  }
  model::check_weights(network, model.weights);

  model.input.frame = model::Frame::laboratory;
  model.input.scale = model::BodyScale::none;
  for (int i = 0; i < network.inputs; ++i)
    model.input.scalars.push_back("input_" + std::to_string(i));
  for (int i = 0; i < network.outputs; ++i) {
    model.outputs.push_back({"output_" + std::to_string(i), "1",
                             model::OutputChannel::Source::network, static_cast<std::size_t>(i)});
  }
  return model;
}

}  // namespace

model::Model recognise(const std::string& path, model::Weights weights) {
  try {
    return recognise_weights(std::move(weights));
  } catch (const Error& problem) {
    throw Error(path + ": " + problem.what());
  }
}

}  // namespace kinemyo::exchange
