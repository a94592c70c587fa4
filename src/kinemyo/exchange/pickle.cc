#include "kinemyo/exchange/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/error.h"

// Source: Python's pickle protocol 2, as Lib/pickletools.py documents its opcodes.
namespace kinemyo::exchange {

namespace {

constexpr std::size_t kMostBytes = 64u << 20;  // the pickle alone, without the tensors' numbers

// What a file of weights may name. Everything else would be code of somebody's own.
constexpr std::array<std::string_view, 14> kGlobals = {"collections OrderedDict",
                                                       "torch._utils _rebuild_tensor_v2",
                                                       "torch._utils _rebuild_parameter",
                                                       "torch Size",
                                                       "torch FloatStorage",
                                                       "torch DoubleStorage",
                                                       "torch HalfStorage",
                                                       "torch BFloat16Storage",
                                                       "torch LongStorage",
                                                       "torch IntStorage",
                                                       "torch ShortStorage",
                                                       "torch CharStorage",
                                                       "torch ByteStorage",
                                                       "torch BoolStorage"};

}  // namespace

const Pickle::Value* Pickle::find(const Value& dict, std::string_view key) const {
  for (std::size_t i = dict.items.size(); i >= 2; i -= 2) {
    const auto& name = values_[dict.items[i - 2]];
    if (name.kind == Kind::text && name.text == key) return &values_[dict.items[i - 1]];
  }
  return nullptr;
}

/// The pickle machine: a stack of values, marks in it, and a memo.
class PickleMachine {
 public:
  using Kind = Pickle::Kind;
  using Index = Pickle::Index;

  PickleMachine(const std::string& path, std::string_view bytes, std::size_t offset)
      : cursor_(path, bytes), offset_(offset) {}

  Pickle run() {
    for (;;) {
      at_ = cursor_.offset();
      const auto opcode = cursor_.u8("an opcode");
      if (opcode == '.') break;
      execute(static_cast<char>(opcode));
    }
    out_.root_ = pop();
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(std::string what, std::string expected, std::string found) const {
    cursor_.fail(offset_ + at_, std::move(what), std::move(expected), std::move(found));
  }

  void execute(char opcode) {
    switch (opcode) {
      case '\x80': {
        const int protocol = cursor_.u8("protocol");
        if (protocol != 2) fail("pickle protocol", "2", std::to_string(protocol));
        return;
      }
      case '(':
        marks_.push_back(stack_.size());
        return;
      case 'N':
        push({Kind::none});
        return;
      case '\x88':
        push({Kind::boolean, 1});
        return;
      case '\x89':
        push({Kind::boolean, 0});
        return;
      case 'K':
        push({Kind::integer, cursor_.u8("a number")});
        return;
      case 'M':
        push({Kind::integer, cursor_.u16("a number")});
        return;
      case 'J':
        push({Kind::integer, cursor_.i32("a number")});
        return;
      case '\x8a':
        push({Kind::integer, long_number()});
        return;
      case 'G':
        cursor_.set_order(std::endian::big);
        push({Kind::real, 0, cursor_.f64("a number")});
        cursor_.set_order(std::endian::little);
        return;
      case 'X':
        push({Kind::text, 0, 0,
              std::string(cursor_.take(cursor_.u32("a text's length"), "a text"))});
        return;
      case ')':
        push({Kind::tuple});
        return;
      case ']':
        push({Kind::list});
        return;
      case '}':
        push({Kind::dict});
        return;
      case 't':
        push_tuple(pop_to_mark());
        return;
      case '\x85':
        push_tuple(pop_last(1));
        return;
      case '\x86':
        push_tuple(pop_last(2));
        return;
      case '\x87':
        push_tuple(pop_last(3));
        return;
      case 'a':
        append(Kind::list, pop_last(1));
        return;
      case 'e':
        append(Kind::list, pop_to_mark());
        return;
      case 's':
        append(Kind::dict, pop_last(2));
        return;
      case 'u':
        append(Kind::dict, pop_to_mark());
        return;
      case 'c':
        push_global();
        return;
      case 'R':
        push_call();
        return;
      case 'b':
        pop();
        top();
        return;  // attributes of a dict (PyTorch's _metadata): of no use here
      case 'Q':
        push_persistent();
        return;
      case 'q':
        memo_[cursor_.u8("a memo number")] = top();
        return;
      case 'r':
        memo_[cursor_.u32("a memo number")] = top();
        return;
      case 'h':
        recall(cursor_.u8("a memo number"));
        return;
      case 'j':
        recall(cursor_.u32("a memo number"));
        return;
      default:
        fail("pickle opcode", "one that tensors and their names need",
             base::quoted(std::string(1, opcode)));
    }
  }

  void push(Pickle::Value value) {
    out_.values_.push_back(std::move(value));
    stack_.push_back(out_.values_.size() - 1);
  }
  Index top() const {
    if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
      fail("pickle", "a value on the stack", "none");
    }
    return stack_.back();
  }
  Index pop() {
    const Index index = top();
    stack_.pop_back();
    return index;
  }
  std::vector<Index> pop_last(std::size_t count) {
    std::vector<Index> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  std::vector<Index> pop_to_mark() {
    if (marks_.empty()) fail("pickle", "a mark on the stack", "none");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Index> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  void push_tuple(std::vector<Index> items) { push({Kind::tuple, 0, 0, {}, std::move(items)}); }

  void append(Kind kind, const std::vector<Index>& items) {
    auto& target = out_.values_[top()];
    if (target.kind != kind)
      fail("pickle", kind == Kind::list ? "a list to add to" : "a dict to add to", "another value");
    if (kind == Kind::dict && items.size() % 2 != 0)
      fail("pickle", "pairs of key and value", "an odd number of values");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  std::int64_t long_number() {
    const std::size_t count = cursor_.u8("a number's length");
    if (count > 8) fail("a whole number", "at most 8 bytes", std::to_string(count));
    const auto bytes = cursor_.take(count, "a number");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    if (count > 0 && count < 8 && (static_cast<unsigned char>(bytes[count - 1]) & 0x80)) {
      value |= ~std::uint64_t{0} << (8 * count);
    }
    return static_cast<std::int64_t>(value);
  }

  std::string line() {
    std::string text;
    for (;;) {
      const char c = static_cast<char>(cursor_.u8("a name"));
      if (c == '\n') return text;
      text += c;
    }
  }

  void push_global() {
    std::string name = line();
    name += " " + line();
    if (std::find(kGlobals.begin(), kGlobals.end(), name) == kGlobals.end()) {
      std::replace(name.begin(), name.end(), ' ', '.');
      fail(
          "the file asks for an object of its own program; weights alone are read, as "
          "torch.save(model.state_dict(), file) writes them",
          "tensors and their names", base::quoted(name, 80));
    }
    push({Kind::global, 0, 0, std::move(name)});
  }

  void push_call() {
    const Index arguments = pop();
    const Index callee = pop();
    if (out_.values_[callee].kind != Kind::global || out_.values_[arguments].kind != Kind::tuple) {
      fail("pickle", "a call of a named function with a tuple", "another value");
    }
    if (out_.values_[callee].text == "collections OrderedDict") {
      if (!out_.values_[arguments].items.empty())
        fail("an OrderedDict", "an empty one, filled afterwards", "arguments");
      push({Kind::dict});
      return;
    }
    push({Kind::call, 0, 0, {}, {callee, arguments}});
  }

  void push_persistent() {
    const Index id = pop();
    push({Kind::persistent, 0, 0, {}, {id}});
  }

  void recall(std::uint32_t number) {
    const auto found = memo_.find(number);
    if (found == memo_.end())
      fail("pickle", "a value remembered before", "memo " + std::to_string(number));
    stack_.push_back(found->second);
  }

  base::ByteCursor cursor_;
  std::size_t offset_;
  std::size_t at_ = 0;
  Pickle out_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Index> memo_;
};

Pickle parse_pickle(const std::string& path, std::string_view bytes, std::size_t offset) {
  if (bytes.size() > kMostBytes) {
    throw FormatError(path, Place::byte(offset), "the pickle is too large", "at most 64 MiB",
                      std::to_string(bytes.size()) + " bytes");
  }
  return PickleMachine(path, bytes, offset).run();
}

}  // namespace kinemyo::exchange
