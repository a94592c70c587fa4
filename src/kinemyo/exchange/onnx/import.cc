#include "kinemyo/exchange/onnx/import.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <cstdlib>
#include <new>

#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/exchange/onnx/walk.h"

namespace kinemyo::exchange {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 28;
constexpr int kDeepestMessage = 64;
constexpr std::int64_t kWidest = 100'000;    // numbers of a frame
constexpr std::int64_t kLongest = 10'000;    // frames, where the graph fixes them
constexpr std::int64_t kOldestOpset = 7, kNewestOpset = 20;


// A message of two bytes takes more than a hundred in memory: what protobuf takes is bounded by what the file has.
thread_local std::size_t memory_left = 0;

void* take_memory(std::size_t bytes) {
  if (bytes > memory_left) throw Error("its messages take far more memory than the file has bytes; no network does that");
  memory_left -= bytes;
  void* out = std::malloc(bytes);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}
void give_memory(void* memory, std::size_t) { std::free(memory); }

google::protobuf::ArenaOptions bounded_memory(std::size_t file_bytes) {
  memory_left = (std::size_t{1} << 24) + 16 * file_bytes;
  google::protobuf::ArenaOptions options;
  options.block_alloc = take_memory;
  options.block_dealloc = give_memory;
  return options;
}

const onnx::ModelProto& parse_message(const std::string& path, std::string_view bytes, google::protobuf::Arena& arena) {
  if (bytes.size() > kLargestFile) {
    throw FormatError(path, Place::byte(0), "an ONNX file", "at most " + std::to_string(kLargestFile) + " bytes", std::to_string(bytes.size()));
  }
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kDeepestMessage);
  auto& model = *google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage() || !model.has_graph()) {
    throw FormatError(path, Place::byte(0), "no ONNX file, or one that is cut off", "a model with a graph", base::quoted(bytes.substr(0, 16)));
  }
  return model;
}

void check_opset(const onnx::ModelProto& model) {
  for (const auto& opset : model.opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
    if (opset.version() >= kOldestOpset && opset.version() <= kNewestOpset) return;
    throw Error("opset " + std::to_string(opset.version()) + " is not read; " + std::to_string(kOldestOpset) + " to " +
                std::to_string(kNewestOpset) + " are");
  }
  throw Error("it does not say its opset");
}

// The only input that is no weight, and what it takes.
const onnx::ValueInfoProto& choose_input(const onnx::GraphProto& graph) {
  std::set<std::string> weights;
  for (const auto& tensor : graph.initializer()) weights.insert(tensor.name());
  std::vector<const onnx::ValueInfoProto*> inputs;
  std::vector<std::string> names;
  for (const auto& input : graph.input()) {
    if (weights.contains(input.name())) continue;
    inputs.push_back(&input);
    names.push_back(base::quoted(input.name(), 80));
  }
  if (inputs.size() != 1) {
    throw Error("the network has " + std::to_string(inputs.size()) + " inputs (" + base::join(names) + "); those of one, the frames, are read");
  }
  const auto& type = inputs[0]->type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT || type.shape().dim_size() != 3) {
    throw Error("input " + names[0] + " is not float32 of three axes: sequences, frames, numbers");
  }
  const auto width = type.shape().dim(2).dim_value();
  if (width < 1 || width > kWidest) throw Error("input " + names[0] + " does not say how many numbers a frame has");
  return *inputs[0];
}

// The model of the graph when its input is batch x frames x numbers, or frames x batch x numbers.
model::Model follow(const onnx::GraphProto& graph, const onnx::ValueInfoProto& input, Sizes sizes, bool frames_first) {
  const auto& shape = input.type().tensor_type().shape();
  const auto fix = [](const onnx::TensorShapeProto::Dimension& axis, std::int64_t& size) {
    if (axis.dim_value() <= 0) return;
    if (axis.dim_value() > kLongest) throw Error("the graph is made for " + std::to_string(axis.dim_value()) + " frames or sequences; that many are not read");
    size = axis.dim_value();
  };
  fix(shape.dim(frames_first ? 1 : 0), sizes.batch);
  fix(shape.dim(frames_first ? 0 : 1), sizes.frames);
  if (sizes.batch * sizes.frames > 2 * kLongest) throw Error("the graph is made for more frames than are read");
  Cells<int> rows{{sizes.batch, sizes.frames}, {}};
  for (int i = 0; i < sizes.batch * sizes.frames; ++i) rows.values.push_back(i);
  if (frames_first) rows = transpose(rows, {1, 0});

  Plan plan(shape.dim(2).dim_value());
  Names names;
  names.set(input.name(), make_rows(std::move(rows), 0, shape.dim(2).dim_value(), 1));
  Walk(sizes, plan).run(graph, names);
  if (graph.output_size() == 0) throw Error("the graph has no output");
  const auto& name = graph.output(0).name();
  const auto output = names.find(name);
  if (output.kind == Value::Kind::unknown) throw Error(output.why);
  if (!(frames_first ? sizes.are_frames_first(output) : sizes.are_batch_first(output))) {
    throw Error("output " + base::quoted(name, 80) + " is not a vector for every frame of every sequence, in the order of the input");
  }
  return to_model(plan, output.layer);
}

}  // namespace

model::Model parse_onnx(const std::string& path, std::string_view bytes) {
  google::protobuf::Arena arena(bounded_memory(bytes.size()));
  try {
    const auto& proto = parse_message(path, bytes, arena);
    check_opset(proto);
    const auto& graph = proto.graph();
    const auto& input = choose_input(graph);
    const auto at_two_sizes = [&](bool frames_first) {
      auto model = follow(graph, input, {2, 3}, frames_first);
      const auto again = follow(graph, input, {1, 5}, frames_first);
      if (again.network != model.network || again.weights != model.weights) throw Error("it is another network for other numbers of frames");
      model::check_model(model);
      return model;
    };
    try {
      return at_two_sizes(false);
    } catch (const Error& first) {
      try {
        return at_two_sizes(true);
      } catch (const Error&) {
        throw Error(first.what());
      }
    }
  } catch (const FormatError&) {
    throw;
  } catch (const Error& problem) {
    throw Error(path + ": " + problem.what());
  }
}

model::Model read_onnx(const std::filesystem::path& path) { return parse_onnx(path.string(), base::read_file(path)); }

}  // namespace kinemyo::exchange
