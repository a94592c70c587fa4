// Lines of any bytes, sent by a camera and a viewer, are answered or refused; nothing else may happen.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kinemyo/body/names.h"
#include "kinemyo/model/model.h"
#include "kinemyo/serve/hub.h"

namespace {

using namespace kinemyo;

model::Model small_model() {
  model::Model model;
  model.input.markers = body::body_keypoints();
  model.network = {"lstm", static_cast<int>(model::input_width(model.input)), 1, 1, 2, 0, false};
  for (const auto& [name, shape] : model::weight_shapes(model.network)) {
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    model.weights[name] = {shape, std::vector<float>(static_cast<std::size_t>(count), 0.25f)};
  }
  model.outputs = {{"knee_angle_r", "rad", model::OutputChannel::Source::network, 0}};
  model.rate_hz = 30;
  return model;
}

class Nobody : public serve::Peer {
 public:
  void send(serve::SharedText) override {}
  void send_frame(const std::string&, serve::SharedText, serve::Instant) override {}
  void close(int, const std::string&) override { closed = true; }
  bool closed = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const infer::LiveModels models(small_model());
  serve::Hub hub(models, "", nullptr);
  Nobody camera_peer, viewer_peer;
  const auto camera = hub.join(camera_peer), viewer = hub.join(viewer_peer);
  const serve::Instant now{};
  camera->take(R"({"type":"hello","version":1,"role":"camera","name":"a"})", now);
  viewer->take(R"({"type":"hello","version":1,"role":"view"})", now);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (bool to_viewer = false; !text.empty() && !camera_peer.closed; to_viewer = !to_viewer) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    // What the viewer sends is tried on both.
    camera->take(line, now);
    if (to_viewer && !viewer_peer.closed) viewer->take(line, now);
  }
  return 0;
}
