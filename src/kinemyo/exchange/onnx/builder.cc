#include "kinemyo/exchange/onnx/builder.h"

#include <bit>
#include <cstring>

namespace kinemyo::exchange {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as little-endian");

template <typename T>
void fill(onnx::TensorProto& tensor, const std::string& name, int type,
          const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const auto size : shape) tensor.add_dims(size);
  tensor.mutable_raw_data()->resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.mutable_raw_data()->data(), values.data(), values.size() * sizeof(T));
}

void set(onnx::AttributeProto& attribute, const Builder::Attribute& value) {
  using Kind = onnx::AttributeProto;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    attribute.set_type(Kind::INT);
    attribute.set_i(*number);
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    attribute.set_type(Kind::INTS);
    for (const auto item : *list) attribute.add_ints(item);
  } else if (const auto* real = std::get_if<float>(&value)) {
    attribute.set_type(Kind::FLOAT);
    attribute.set_f(*real);
  } else {
    attribute.set_type(Kind::STRING);
    attribute.set_s(std::get<std::string>(value));
  }
}

void describe(onnx::ValueInfoProto& value, const std::string& name, const std::vector<Builder::Axis>& shape) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const auto& axis : shape) {
    auto& size = *type.mutable_shape()->add_dim();
    if (const auto* length = std::get_if<std::int64_t>(&axis)) {
      size.set_dim_value(*length);
    } else {
      size.set_dim_param(std::get<std::string>(axis));
    }
  }
}

}  // namespace

void Builder::node_with(const std::string& type, const std::string& name, const Names& inputs,
                        const Names& outputs, const Attributes& attributes) {
  auto& node = *graph_.add_node();
  node.set_op_type(type);
  node.set_name(name);
  for (const auto& input : inputs) node.add_input(input);
  for (const auto& output : outputs) node.add_output(output);
  for (const auto& [key, value] : attributes) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(key);
    set(attribute, value);
  }
}

std::string Builder::node(const std::string& type, const std::string& name, const Names& inputs,
                          const Attributes& attributes) {
  node_with(type, name, inputs, {name}, attributes);
  return name;
}

std::string Builder::floats(const std::string& name, const std::vector<std::int64_t>& shape,
                            const std::vector<float>& values) {
  fill(*graph_.add_initializer(), name, onnx::TensorProto::FLOAT, shape, values);
  return name;
}

std::string Builder::integers(const std::string& name, const std::vector<std::int64_t>& values) {
  fill(*graph_.add_initializer(), name, onnx::TensorProto::INT64,
       {static_cast<std::int64_t>(values.size())}, values);
  return name;
}

std::string Builder::number(const std::string& name, float value) { return floats(name, {}, {value}); }

std::string Builder::integer(const std::string& name, std::int64_t value) {
  fill(*graph_.add_initializer(), name, onnx::TensorProto::INT64, {}, std::vector<std::int64_t>{value});
  return name;
}

void Builder::input(const std::string& name, const std::vector<Axis>& shape) {
  describe(*graph_.add_input(), name, shape);
}
void Builder::output(const std::string& name, const std::vector<Axis>& shape) {
  describe(*graph_.add_output(), name, shape);
}

}  // namespace kinemyo::exchange
