#include "kinemyo/dataset/store_hash.h"

#include <bit>
#include <cmath>

#include "kinemyo/base/hash.h"

namespace kinemyo::dataset {

namespace {

// With its length, so that "ab" "c" differs from "a" "bc".
void hash_text(base::Hash& hash, const std::string& text) {
  hash.add(std::to_string(text.size()) + " ");
  hash.add(text);
}

void hash_number(base::Hash& hash, double value) {
  const auto bits = std::isnan(value) ? 0x7ff8000000000000ULL : std::bit_cast<std::uint64_t>(value);
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
  hash.add({bytes, 8});
}

void hash_series(base::Hash& hash, const motion::Series& series, bool single_precision = false) {
  hash_text(hash, std::string(to_string(series.quantity())));
  hash_number(hash, static_cast<double>(series.frames()));
  hash_number(hash, series.clock().start_s());
  hash_number(hash, series.clock().rate_hz());
  for (const auto& channel : series.channels()) {
    hash_text(hash, channel.name);
    hash_text(hash, channel.unit);
  }
  for (const double value : series.values().flat()) {
    hash_number(hash, single_precision ? static_cast<double>(static_cast<float>(value)) : value);
  }
}

}  // namespace

std::string content_hash(const PreparedTrial& trial) {
  base::Hash hash;
  hash_number(hash, trial.rate_hz);
  hash_number(hash, trial.synthetic ? 1 : 0);
  for (const Marked* part : {&trial.markers, &trial.angles, &trial.emg}) {
    if (part->empty()) continue;
    hash_series(hash, part->series);
    hash.add({reinterpret_cast<const char*>(part->marks.data()), part->marks.flat().size()});
  }
  if (trial.emg_raw) hash_series(hash, *trial.emg_raw, true);
  for (const auto& event : trial.events) {
    hash_text(hash, event.label);
    hash_text(hash, event.context);
    hash_number(hash, event.time_s);
  }
  for (const auto& [name, value] : trial.measures) {
    hash_text(hash, name);
    hash_number(hash, value);
  }
  for (const auto& [name, reason] : trial.emg_excluded) {
    hash_text(hash, name);
    hash_text(hash, reason);
  }
  return hash.hex();
}

}  // namespace kinemyo::dataset
