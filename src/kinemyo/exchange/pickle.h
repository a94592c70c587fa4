#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinemyo::exchange {

/// What a pickle of a state dict says, as plain data. Nothing in it is ever run: a call is kept as
/// the name of what would have been called and its arguments. Values lie in one list and point at
/// each other by index, so that no file can make deep recursion or cycles of owners.
class Pickle {
 public:
  using Index = std::size_t;
  enum class Kind {
    none,
    boolean,
    integer,
    real,
    text,
    tuple,
    list,
    dict,
    global,
    call,
    persistent
  };
  struct Value {
    Kind kind = Kind::none;
    std::int64_t integer = 0;  ///< of booleans too
    double real = 0;
    std::string text;  ///< of a text; of a global: "module name"
    std::vector<Index>
        items;  ///< of a tuple, list; of a dict: key, value, key, value, ...;
                ///< of a call: the global, then the tuple of arguments; of a persistent id: the id
  };

  const Value& root() const { return values_[root_]; }
  const Value& at(Index index) const { return values_[index]; }
  /// The value of a dict under a text key, or nullptr. Of two equal keys the last counts.
  const Value* find(const Value& dict, std::string_view key) const;

 private:
  friend Pickle parse_pickle(const std::string& path, std::string_view bytes, std::size_t offset);
  friend class PickleMachine;
  std::vector<Value> values_;
  Index root_ = 0;
};

/// Protocol 2, the opcodes that torch.save uses for tensors, numbers, texts, lists, tuples and
/// dicts. `offset` is where the pickle stands in the file, for messages. Throws FormatError: an
/// unknown opcode, and every global that is not one of torch's tensors and storages or OrderedDict,
/// by name.
Pickle parse_pickle(const std::string& path, std::string_view bytes, std::size_t offset);

}  // namespace kinemyo::exchange
