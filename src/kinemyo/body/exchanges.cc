#include "kinemyo/body/exchanges.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace kinemyo::body {

std::vector<Exchange> as_exchanges(const std::vector<std::size_t>& wanted) {
  std::vector<Exchange> out;
  std::vector<std::size_t> now(wanted.size());
  for (std::size_t m = 0; m < now.size(); ++m) now[m] = m;
  for (std::size_t p = 0; p < now.size(); ++p) {
    if (now[p] == wanted[p]) continue;
    const auto where = static_cast<std::size_t>(std::find(now.begin(), now.end(), wanted[p]) - now.begin());
    out.push_back({p, where});
    std::swap(now[p], now[where]);
  }
  return out;
}

std::vector<Exchange> shortened(const std::vector<Exchange>& pairs, std::size_t count) {
  std::vector<std::size_t> now(count);
  for (std::size_t m = 0; m < count; ++m) now[m] = m;
  for (const auto& [a, b] : pairs) std::swap(now[a], now[b]);
  return as_exchanges(now);
}

std::optional<std::size_t> mirrored(const Model& model, std::size_t marker) {
  const auto& name = model.markers()[marker].name;
  std::vector<std::string> guesses;
  const auto other = [](char c) { return c == 'l' ? 'r' : c == 'r' ? 'l' : c == 'L' ? 'R' : c == 'R' ? 'L' : '\0'; };
  if (!name.empty() && other(name.front()) != '\0') {
    std::string guess = name;
    guess.front() = other(name.front());
    guesses.push_back(guess);
    const auto letter = static_cast<unsigned char>(guess.front());
    guess.front() = static_cast<char>(std::islower(letter) ? std::toupper(letter) : std::tolower(letter));
    guesses.push_back(guess);
  }
  if (name.size() > 2 && name[name.size() - 2] == '_' && other(name.back()) != '\0')
    guesses.push_back(name.substr(0, name.size() - 1) + other(name.back()));
  for (std::size_t i = 0; i < model.markers().size(); ++i) {
    if (i != marker && std::find(guesses.begin(), guesses.end(), model.markers()[i].name) != guesses.end()) return i;
  }
  return std::nullopt;
}

}  // namespace kinemyo::body
