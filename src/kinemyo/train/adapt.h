#pragma once

#include <string>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// A model that knows a person, and what there is to say about it.
struct Adapted {
  model::Model model;
  std::vector<std::string> measured;   ///< outputs that the person's data told
  std::vector<std::string> mirrored;   ///< outputs that those of the other side told
  std::vector<std::string> untouched;  ///< outputs that stay as they were
  std::size_t frames = 0;              ///< of the person, that the model keeps
  double before = 0, after = 0;        ///< root mean square of what the model lacked on these data, in standard deviations of training
};

/// Adapts a linear network to a person: frames of the person's data, and what the model lacked there, correct what it
/// tells near them (OwnFrames; reach and penalty are the model's, chosen in its training). An adapted model is adapted anew.
/// Shape: examples as dataset::make_example() gives them for the model. `mirror`: where one side alone was measured, the other
/// learns from it (for models that were trained mirrored). The examples' trials count as seen in training.
/// Throws Error for other kinds of network, and where no example knows an output.
Adapted adapt(const model::Model& model, std::vector<features::Example> examples, bool mirror);

}  // namespace kinemyo::train
