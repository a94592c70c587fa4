#include "kinemyo/exchange/onnx/evaluate.h"

#include <gmock/gmock.h>

namespace kinemyo::exchange {
namespace {

using Type = onnx::TensorProto;

double result(const std::string& op, const std::vector<Value>& inputs, int cast_to = Type::UNDEFINED) {
  onnx::NodeProto node;
  node.set_op_type(op);
  if (cast_to != Type::UNDEFINED) {
    auto& to = *node.add_attribute();
    to.set_name("to");
    to.set_i(cast_to);
  }
  Plan plan(1);
  return scalar_of(evaluate(node, inputs, {1, 1}, plan).at(0));
}

Value number(double value, int type) { return make_numbers({{1}, {value}}, type); }

// ONNX: Cast and Div keep fractions for every floating-point type, and cut them for whole numbers.
TEST(OnnxEvaluate, EveryRealTypeKeepsFractions) {
  for (const int type : {Type::FLOAT, Type::DOUBLE, Type::FLOAT16, Type::BFLOAT16}) {
    EXPECT_EQ(result("Cast", {number(1.5, Type::FLOAT)}, type), 1.5) << type;
    EXPECT_EQ(result("Div", {number(3, type), number(2, type)}), 1.5) << type;
  }
  for (const int type : {Type::INT64, Type::INT32}) {
    EXPECT_EQ(result("Cast", {number(1.5, Type::FLOAT)}, type), 1) << type;
    EXPECT_EQ(result("Div", {number(3, type), number(2, type)}), 1) << type;
  }
}

}  // namespace
}  // namespace kinemyo::exchange
