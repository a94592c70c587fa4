#include "kinemyo/base/error.h"
#include "kinemyo/base/floats.h"
#include "kinemyo/base/text.h"
#include "kinemyo/exchange/onnx/value.h"

namespace kinemyo::exchange {

namespace {

using Type = onnx::TensorProto;

/// How a type stands in raw_data.
struct Element {
  int type;
  std::size_t bytes;
  double (*read)(const char*);
};

template <typename T>
double number(const char* from) {
  return static_cast<double>(base::from_bytes<T>(from));
}

constexpr Element kElements[] = {
    {Type::FLOAT, 4, number<float>},
    {Type::DOUBLE, 8, number<double>},
    {Type::FLOAT16, 2, [](const char* p) { return double{base::kFloat16.read(p)}; }},
    {Type::BFLOAT16, 2, [](const char* p) { return double{base::kBfloat16.read(p)}; }},
    {Type::INT64, 8, number<std::int64_t>},
    {Type::INT32, 4, number<std::int32_t>},
    {Type::INT8, 1, number<std::int8_t>},
    {Type::UINT8, 1, number<std::uint8_t>},
    {Type::BOOL, 1, [](const char* p) { return *p == 0 ? 0.0 : 1.0; }},
};

template <typename List>
void copy(const List& from, std::vector<double>& to) {
  to.assign(from.begin(), from.end());
}

}  // namespace

Value read_tensor(const onnx::TensorProto& tensor) {
  const auto fail = [&](const std::string& why) {
    throw Error("tensor " + base::quoted(tensor.name(), 80) + ": " + why);
  };
  if (tensor.data_location() == Type::EXTERNAL || tensor.external_data_size() > 0)
    fail("its numbers are in another file; save the network in one file");
  const Element* element = nullptr;
  for (const auto& known : kElements) {
    if (known.type == tensor.data_type()) element = &known;
  }
  if (element == nullptr) fail("numbers of type " + std::to_string(tensor.data_type()) + " are not read");
  Cells<double> cells{{tensor.dims().begin(), tensor.dims().end()}, {}};
  // Bytes or list entries that are there bound what the shape may say.
  const auto listed = static_cast<std::size_t>(tensor.float_data_size() + tensor.double_data_size() + tensor.int32_data_size() +
                                               tensor.int64_data_size());
  const std::size_t available = tensor.has_raw_data() ? tensor.raw_data().size() / element->bytes : listed;
  std::size_t count = 1;
  bool fits = cells.shape.size() <= 8;
  for (const auto size : cells.shape) {
    fits = fits && size >= 0 && (size == 0 || count <= available / static_cast<std::size_t>(size));
    if (fits) count *= static_cast<std::size_t>(size);
  }
  if (!fits || count != available || (tensor.has_raw_data() && tensor.raw_data().size() % element->bytes != 0))
    fail("its shape does not fit the " + std::to_string(available) + " numbers that stand in it");
  auto& values = cells.values;
  if (tensor.has_raw_data()) {
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) values.push_back(element->read(tensor.raw_data().data() + i * element->bytes));
  } else if (tensor.data_type() == Type::FLOAT) {
    copy(tensor.float_data(), values);
  } else if (tensor.data_type() == Type::DOUBLE) {
    copy(tensor.double_data(), values);
  } else if (tensor.data_type() == Type::INT64) {
    copy(tensor.int64_data(), values);
  } else if (tensor.data_type() == Type::FLOAT16 || tensor.data_type() == Type::BFLOAT16) {
    for (const auto bits : tensor.int32_data()) {
      const auto half = static_cast<std::uint16_t>(bits);
      values.push_back(element->read(reinterpret_cast<const char*>(&half)));
    }
  } else {
    copy(tensor.int32_data(), values);
  }
  if (values.size() != count) fail("its numbers stand in the list of another type");
  return make_numbers(std::move(cells), tensor.data_type());
}

}  // namespace kinemyo::exchange
