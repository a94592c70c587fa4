// The loop of a robot or a game: every 10 ms markers come from the cameras in the laboratory's own order, and the angles
// must be there long before the next. Everything is allocated before the loop; inside, kinemyo neither allocates nor waits.
#include <kinemyo.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void check(kinemyo_status status) {
  if (status != KINEMYO_OK) throw std::runtime_error(kinemyo_error());
}

struct Free {
  void operator()(kinemyo_model* model) const { kinemyo_model_free(model); }
  void operator()(kinemyo_stream* stream) const { kinemyo_stream_free(stream); }
};

// Stands in for the cameras: the markers of a body that sways, in the order of `names`.
void next_frame(const std::vector<std::string>& names, int frame, std::vector<double>& numbers) {
  for (std::size_t i = 0; i < names.size(); ++i)
    numbers[i] = 0.05 * std::sin(0.1 * frame + static_cast<double>(i)) + 0.01 * static_cast<double>(i);
}

void run(const char* path, int frames) {
  kinemyo_model* read = nullptr;
  check(kinemyo_model_load(path, &read));
  const std::unique_ptr<kinemyo_model, Free> model(read);
  if (!kinemyo_model_can_stream(model.get())) throw std::runtime_error("this model needs whole recordings");

  // The cameras' order: here the model's own backwards, with a channel that it does not know.
  std::vector<std::string> names;
  for (std::size_t i = kinemyo_model_inputs(model.get()); i > 0; --i)
    names.emplace_back(kinemyo_model_input_name(model.get(), i - 1));
  names.emplace_back("Wand_X");
  std::vector<const char*> pointers;
  for (const auto& name : names) pointers.push_back(name.c_str());
  kinemyo_stream* made = nullptr;
  check(kinemyo_stream_create(model.get(), pointers.data(), pointers.size(), &made));
  const std::unique_ptr<kinemyo_stream, Free> stream(made);

  std::vector<double> frame(names.size()), outputs(kinemyo_model_outputs(model.get()));
  std::chrono::duration<double, std::micro> longest{};
  for (int f = 0; f < frames; ++f) {
    next_frame(names, f, frame);
    const auto start = std::chrono::steady_clock::now();
    check(kinemyo_stream_step(stream.get(), frame.data(), outputs.data()));
    longest = std::max<std::chrono::duration<double, std::micro>>(longest, std::chrono::steady_clock::now() - start);
  }
  std::printf("%s = %.6f %s after %d frames; the slowest took %.0f us of 10000\n",
              kinemyo_model_output_name(model.get(), 0), outputs[0], kinemyo_model_output_unit(model.get(), 0), frames,
              longest.count());
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: control MODEL.safetensors [FRAMES]\n");
    return 2;
  }
  try {
    run(words[1], count > 2 ? std::atoi(words[2]) : 1000);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "control: %s\n", problem.what());
    return 1;
  }
}
