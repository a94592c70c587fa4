#include "kinemyo/serve/pages.h"

#include <vector>

// Bundled by web/build.mjs and embedded: CMakeLists.txt.
extern "C" {
#define KINEMYO_PAGE(name) extern const char kinemyo_page_##name[], kinemyo_page_##name##_end[]
KINEMYO_PAGE(index_html);
KINEMYO_PAGE(camera_html);
KINEMYO_PAGE(view_html);
KINEMYO_PAGE(live_css);
KINEMYO_PAGE(start_js);
KINEMYO_PAGE(camera_js);
KINEMYO_PAGE(view_js);
KINEMYO_PAGE(icon_svg);
#undef KINEMYO_PAGE
}

namespace kinemyo::serve {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPoseFiles[] = {"pose.js",
                                      "pose_web.binarypb",
                                      "pose_landmark_lite.tflite",
                                      "pose_landmark_full.tflite",
                                      "pose_solution_packed_assets.data",
                                      "pose_solution_packed_assets_loader.js",
                                      "pose_solution_simd_wasm_bin.js",
                                      "pose_solution_simd_wasm_bin.wasm",
                                      "pose_solution_simd_wasm_bin.data",
                                      "pose_solution_wasm_bin.js",
                                      "pose_solution_wasm_bin.wasm"};

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return name.ends_with(".wasm") ? "application/wasm" : "application/octet-stream";
}

}  // namespace

Pages::Pages(const fs::path& pose) {
  const auto carry = [this](std::string path, std::string_view file, const char* begin, const char* end) {
    pages_[std::move(path)] = {{begin, static_cast<std::size_t>(end - begin)}, type_of(file), false};
  };
#define KINEMYO_PAGE(name) kinemyo_page_##name, kinemyo_page_##name##_end
  carry("/", ".html", KINEMYO_PAGE(index_html));
  carry("/camera", ".html", KINEMYO_PAGE(camera_html));
  carry("/view", ".html", KINEMYO_PAGE(view_html));
  carry("/live.css", ".css", KINEMYO_PAGE(live_css));
  carry("/start.js", ".js", KINEMYO_PAGE(start_js));
  carry("/camera.js", ".js", KINEMYO_PAGE(camera_js));
  carry("/view.js", ".js", KINEMYO_PAGE(view_js));
  carry("/icon.svg", ".svg", KINEMYO_PAGE(icon_svg));
#undef KINEMYO_PAGE
  for (const char* name : kPoseFiles) {
    std::error_code problem;
    if (!fs::is_regular_file(pose / name, problem)) continue;
    std::string_view bytes;
    if (fs::file_size(pose / name) > 0) bytes = files_.emplace_back(std::make_unique<base::MappedFile>(pose / name))->text();
    pages_["/pose/" + std::string(name)] = {bytes, type_of(name), true};
  }
}

const Page* Pages::find(std::string_view path) const {
  const auto found = pages_.find(path);
  return found == pages_.end() ? nullptr : &found->second;
}

bool Pages::have_pose() const { return find("/pose/pose.js") != nullptr && find("/pose/pose_landmark_full.tflite") != nullptr; }

fs::path default_pose_folder() {
  std::error_code problem;
  const auto program = fs::read_symlink("/proc/self/exe", problem).parent_path();
  if (fs::is_directory(program / "pose", problem)) return program / "pose";
  return program.parent_path() / "share/kinemyo/pose";
}

}  // namespace kinemyo::serve
