#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"

namespace kinemyo::base {

/// A view of rows x columns numbers, row-major, rows contiguous. Does not own.
template <typename T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::size_t rows, std::size_t columns)
      : data_(data), rows_(rows), columns_(columns) {}
  template <typename U>
    requires std::is_convertible_v<U (*)[], T (*)[]>
  MatrixView(const MatrixView<U>& other)  // NOLINT: a mutable view is a constant view
      : data_(other.data()), rows_(other.rows()), columns_(other.columns()) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return rows_ == 0 || columns_ == 0; }
  T* data() const { return data_; }
  T& operator()(std::size_t row, std::size_t column) const { return data_[row * columns_ + column]; }
  std::span<T> row(std::size_t row) const { return {data_ + row * columns_, columns_}; }
  std::span<T> flat() const { return {data_, rows_ * columns_}; }
  MatrixView rows_from(std::size_t first, std::size_t count) const {
    require(first <= rows_ && count <= rows_ - first, "rows_from: rows out of range");
    return {data_ + first * columns_, count, columns_};
  }

 private:
  T* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// Owns rows x columns numbers, row-major.
template <typename T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns, T fill = T{})
      : rows_(rows), columns_(columns), values_(rows * columns, fill) {}
  Matrix(std::size_t rows, std::size_t columns, std::vector<T> values)
      : rows_(rows), columns_(columns), values_(std::move(values)) {
    require(values_.size() == rows * columns,
            "Matrix: " + std::to_string(values_.size()) + " values for " + std::to_string(rows) +
                " x " + std::to_string(columns));
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return values_.empty(); }
  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  T& operator()(std::size_t row, std::size_t column) { return values_[row * columns_ + column]; }
  const T& operator()(std::size_t row, std::size_t column) const {
    return values_[row * columns_ + column];
  }
  std::span<T> row(std::size_t row) { return {data() + row * columns_, columns_}; }
  std::span<const T> row(std::size_t row) const { return {data() + row * columns_, columns_}; }
  std::span<T> flat() { return values_; }
  std::span<const T> flat() const { return values_; }
  MatrixView<T> view() { return {data(), rows_, columns_}; }
  MatrixView<const T> view() const { return {data(), rows_, columns_}; }
  operator MatrixView<T>() { return view(); }              // NOLINT
  operator MatrixView<const T>() const { return view(); }  // NOLINT

  /// A copy of one column. Cost: O(rows), one allocation.
  std::vector<T> column(std::size_t column) const {
    std::vector<T> out(rows_);
    for (std::size_t r = 0; r < rows_; ++r) out[r] = (*this)(r, column);
    return out;
  }
  /// Shape: values has rows() numbers.
  void set_column(std::size_t column, std::span<const T> values) {
    require(values.size() == rows_, "set_column: wrong number of values");
    for (std::size_t r = 0; r < rows_; ++r) (*this)(r, column) = values[r];
  }

  bool operator==(const Matrix&) const = default;

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<T> values_;
};

}  // namespace kinemyo::base
