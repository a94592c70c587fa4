#include "cli/commands.h"

#include "cli/command.h"

namespace kinemyo::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"convert", "from any format to any that can hold the content: C3D, TRC, STO, MOT, CSV, npy", add_convert},
      {"synth", "sample subjects made by a model: motion, EMG, video, and the truth behind them", add_synth},
      {"sync", "the original's first step: trials joined with their frames by equal milliseconds", add_sync},
      {"impute", "the original's second step: gaps become means of their neighbours", add_impute},
      {"filter", "the original's third step: EMG becomes envelopes, with a plot a file", add_filter},
      {"inspect", "what is in a recording: channels, rates, units, gaps, events", add_inspect},
      {"align", "recordings of one trial from several devices onto one clock", add_align},
      {"prepare", "recordings to a store of trials that can be trusted (HDF5)", add_prepare},
      {"angles", "hip, knee and ankle angles of Plug-in-Gait by geometry, from raw markers", add_angles},
      {"ik", "coordinates of a body model (.osim, or our own) from markers, with the residuals of each", add_ik},
      {"scale", "an OpenSim model in a standing person's sizes, its markers where they were measured", add_scale},
      {"augment", "markers on trunk and legs from video keypoints, by OpenCap's augmenter, for scale and ik", add_augment},
      {"predict", "angles and muscle activity of a recording, from a model", add_predict},
      {"stream", "the same frame by frame, from stdin to stdout", add_stream},
#ifdef KINEMYO_SERVE
      {"serve", "live from a phone's camera: joint angles and muscle activity of who moves before it", add_serve},
#endif
      {"import", "other people's weights to a model file", add_import},
      {"export", "a model file to ONNX or PyTorch, to run elsewhere", add_export},
#ifdef KINEMYO_TRAIN
      {"train", "a prepared store and a recipe to a model file", add_train},
      {"adapt", "a model learns a person from a minute of his or her own data", add_adapt},
      {"evaluate", "how well a model does on trials that it has not seen", add_evaluate},
      {"crossval", "train and test a recipe on every person, activity or trial in turn", add_crossval},
      {"report", "one page with what went in, how good it is and what it looks like", add_report},
#endif
  };
  return table;
}

}  // namespace kinemyo::cli
