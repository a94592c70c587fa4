// safetensors with one JSON document and a hash in `__metadata__`; docs/formats/checkpoint.md.
#include "kinemyo/train/checkpoint.h"

#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "kinemyo/base/text.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::train {

namespace {

using nlohmann::json;

constexpr const char* kKey = "kinemyo-checkpoint";
constexpr const char* kHash = "hash";
constexpr int kVersion = 1;

// FNV-1a, 64 bits (Fowler, Noll and Vo).
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  void add(const model::Tensor& tensor) {
    for (const auto size : tensor.shape) add(std::to_string(size) + ",");
    // Word by word: a byte at a time would take longer than an epoch of a small network.
    for (const float v : tensor.values) {
      value_ = (value_ ^ std::bit_cast<std::uint32_t>(v)) * 0x100000001b3ULL;
    }
  }
  std::string text() const { return std::to_string(value_); }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

std::string hash_of(const std::string& document, const model::Weights& tensors) {
  Hash hash;
  hash.add(document);
  for (const auto& [name, tensor] : tensors) {
    hash.add(name);
    hash.add(tensor);
  }
  return hash.text();
}

// JSON has no NaN and no infinity; both stand as null, and read as NaN.
json number(double value) { return std::isfinite(value) ? json(value) : json(); }
double number(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

json encode(const Epoch& epoch) {
  return {{"number", epoch.number},
          {"training_loss", number(epoch.training_loss)},
          {"validation_loss", number(epoch.validation_loss)},
          {"learning_rate", number(epoch.learning_rate)},
          {"seconds", number(epoch.seconds)},
          {"best", epoch.best}};
}

Epoch decode_epoch(const json& value) {
  return {.number = value.at("number").get<int>(),
          .training_loss = number(value.at("training_loss")),
          .validation_loss = number(value.at("validation_loss")),
          .learning_rate = number(value.at("learning_rate")),
          .seconds = number(value.at("seconds")),
          .best = value.at("best").get<bool>()};
}

std::string to_hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string from_hex(const std::string& text) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  }
  return out;
}

void put(model::Weights& all, const std::string& prefix, const model::Weights& some) {
  for (const auto& [name, tensor] : some) all[prefix + name] = tensor;
}

model::Weights take(const model::Weights& all, const std::string& prefix) {
  model::Weights out;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) out[name.substr(prefix.size())] = tensor;
  }
  return out;
}

json encode(const Checkpoint& checkpoint) {
  json epochs = json::array();
  for (const auto& epoch : checkpoint.epochs) epochs.push_back(encode(epoch));
  return {{"version", kVersion},
          {"run", checkpoint.run},
          {"epochs", epochs},
          {"best", encode(checkpoint.best)},
          {"since_best", checkpoint.since_best},
          {"schedule",
           {{"factor", checkpoint.schedule.factor},
            {"best", checkpoint.schedule.best},
            {"any", checkpoint.schedule.any},
            {"since_best", checkpoint.schedule.since_best}}},
          {"augmentation",
           {{"seed", checkpoint.augmentation.seed},
            {"spare", checkpoint.augmentation.spare},
            {"has_spare", checkpoint.augmentation.has_spare}}},
          {"generator", to_hex(checkpoint.generator)},
          {"steps", checkpoint.steps}};
}

Checkpoint decode(const json& document) {
  Checkpoint out;
  out.run = document.at("run").get<std::map<std::string, std::string>>();
  for (const auto& epoch : document.at("epochs")) out.epochs.push_back(decode_epoch(epoch));
  out.best = decode_epoch(document.at("best"));
  out.since_best = document.at("since_best").get<int>();
  const auto& schedule = document.at("schedule");
  out.schedule = {schedule.at("factor").get<double>(), schedule.at("best").get<double>(),
                  schedule.at("any").get<bool>(), schedule.at("since_best").get<int>()};
  const auto& augmentation = document.at("augmentation");
  out.augmentation = {augmentation.at("seed").get<std::uint64_t>(),
                      augmentation.at("spare").get<double>(),
                      augmentation.at("has_spare").get<bool>()};
  out.generator = from_hex(document.at("generator").get<std::string>());
  out.steps = document.at("steps").get<std::int64_t>();
  return out;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  model::TensorFile file;
  put(file.tensors, "weights.", checkpoint.weights);
  put(file.tensors, "means.", checkpoint.means);
  put(file.tensors, "squares.", checkpoint.squares);
  put(file.tensors, "best.", checkpoint.best_weights);
  const std::string document = encode(checkpoint).dump();
  file.metadata[kKey] = document;
  file.metadata[kHash] = hash_of(document, file.tensors);
  return model::format_safetensors(file);
}

Checkpoint parse_checkpoint(const std::string& path, std::string_view bytes) {
  const auto file = model::parse_safetensors(path, bytes);
  const auto fail = [&](std::string what, std::string expected, std::string found) {
    throw FormatError(path, Place::named("metadata"), std::move(what), std::move(expected),
                      std::move(found));
  };
  const auto text = file.metadata.find(kKey);
  if (text == file.metadata.end()) {
    fail("a safetensors file, but no checkpoint", "the key \"" + std::string(kKey) + "\"", "none");
  }
  const json document = json::parse(text->second, nullptr, false);
  if (!document.is_object()) fail(kKey, "JSON", base::quoted(text->second));
  // Before the hash: a later version may have another.
  const auto version = document.find("version");
  if (version == document.end() || *version != kVersion) {
    fail("version of the checkpoint", std::to_string(kVersion),
         version == document.end() ? "none" : base::quoted(version->dump(-1, ' ', true)));
  }
  const auto hash = file.metadata.find(kHash);
  const std::string computed = hash_of(text->second, file.tensors);
  if (hash == file.metadata.end() || hash->second != computed) {
    fail("the checkpoint is damaged: hash", computed,
         hash == file.metadata.end() ? "none" : base::quoted(hash->second));
  }
  try {
    Checkpoint out = decode(document);
    out.path = path;
    out.weights = take(file.tensors, "weights.");
    out.means = take(file.tensors, "means.");
    out.squares = take(file.tensors, "squares.");
    out.best_weights = take(file.tensors, "best.");
    return out;
  } catch (const json::exception& problem) {
    fail("a part of the checkpoint", "the fields of version 1",
         base::quoted(problem.what(), 200));
  }
  return {};
}

void check_same_run(const Checkpoint& checkpoint, const std::map<std::string, std::string>& now) {
  const auto& then = checkpoint.run;
  const auto fail = [&](const std::string& what, const std::string& expected,
                        const std::string& found) {
    throw Error(checkpoint.path + ": is of another run: " + what + "; expected " + expected +
                ", found " + found + ". Without --resume training starts anew");
  };
  const auto fail_at_line = [&](const std::string& found, const std::string& expected) {
    const auto a = base::split(found, '\n'), b = base::split(expected, '\n');
    std::size_t line = 0;
    while (line < a.size() && line < b.size() && a[line] == b[line]) ++line;
    const auto at = [&](const std::vector<std::string_view>& lines) {
      return line < lines.size() ? base::quoted(std::string(lines[line])) : "its end";
    };
    fail("line " + std::to_string(line + 1) + " of the recipe", at(b), at(a));
  };
  auto keys = now;
  keys.insert(then.begin(), then.end());
  for (const auto& [key, value] : keys) {
    const auto old = then.find(key), here = now.find(key);
    const bool both = old != then.end() && here != now.end();
    if (both && old->second == here->second) continue;
    if (both && key == "recipe") fail_at_line(old->second, here->second);
    fail(key, here == now.end() ? "none" : base::quoted(here->second),
         old == then.end() ? "none" : base::quoted(old->second));
  }
}

}  // namespace kinemyo::train
