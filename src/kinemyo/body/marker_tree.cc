#include "kinemyo/body/marker_tree.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace kinemyo::body {

namespace {

Eigen::Map<const Eigen::Vector3d> point(std::span<const double> markers, std::size_t m) {
  return Eigen::Map<const Eigen::Vector3d>(markers.data() + 3 * m);
}

// Which axis of a frame a direction is, or -1.
int axis_of(const Eigen::Vector3d& direction) {
  for (int k = 0; k < 3; ++k) {
    if (std::abs(direction[k]) == 1) return k;
  }
  return -1;
}

}  // namespace

TreeMatrix::TreeMatrix(std::vector<std::vector<std::size_t>> rows) : columns(std::move(rows)) {
  // From the leaves: what a row needs, those that it meets need too; then from the root, so that
  // they nest.
  std::vector<std::vector<char>> full(columns.size(), std::vector<char>(columns.size(), 0));
  for (std::size_t k = columns.size(); k-- > 0;) {
    for (const auto i : columns[k]) full[k][i] = 1;
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; full[k][i] && j < i; ++j) full[i][j] = full[i][j] || full[k][j];
    }
  }
  for (std::size_t k = 0; k < columns.size(); ++k) {
    for (std::size_t i = 0; i < k; ++i) {
      for (std::size_t j = 0; full[k][i] && j < i; ++j) full[k][j] = full[k][j] || full[i][j];
    }
  }
  std::size_t count = 0;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    columns[k].clear();
    for (std::size_t i = 0; i < k; ++i) {
      if (full[k][i]) columns[k].push_back(i);
    }
    starts.push_back(count);
    count += columns[k].size();
  }
  below.assign(count, 0);
  diagonal.assign(columns.size(), 0);
}

MarkerTree::MarkerTree(const Model& model, std::span<const double> weights)
    : couplings_(model.couplings()), slope_of_(model.coordinates().size(), 1) {
  const auto count = model.coordinates().size();
  std::vector<char> carries(model.bodies().size(), 0);
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] == 0) continue;
    for (std::size_t b = model.markers()[m].body; b != 0; b = model.parent(b)) carries[b] = 1;
  }
  std::vector<std::size_t> leader(count);
  for (std::size_t c = 0; c < count; ++c) leader[c] = c;
  for (const auto& coupling : couplings_) leader[coupling.dependent] = leader[coupling.leading];
  variable_of_.assign(count, count);
  std::vector<std::size_t> link_of(model.bodies().size(), model.bodies().size());
  for (std::size_t b = 1; b < carries.size(); ++b) {
    if (carries[b]) add_link(model, b, leader, link_of);
  }
  for (std::size_t c = 0; c < count; ++c) {
    if (variable_of_[leader[c]] == count) variable_of_[leader[c]] = variables_.size();
  }
  for (std::size_t c = 0; c < count; ++c) variable_of_[c] = variable_of_[leader[c]];
  for (auto& axis : axes_) axis.column = std::min(axis.column, columns_.size());
  place_of_.assign(weights.size(), {links_.size(), 0});
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] == 0) continue;
    const auto l = link_of[model.markers()[m].body];
    if (l >= links_.size()) continue;  // on the ground: it moves nothing
    place_of_[m] = {l, links_[l].markers.size()};
    links_[l].markers.push_back({m, links_[l].from_body * model.markers()[m].location});
    ++marker_count_;
  }
  pair_columns();
  placed_.resize(links_.size());
  sums_.resize(links_.size());
  composites_.resize(links_.size());
  motions_.resize(columns_.size());
  gradient_.assign(variables_.size(), 0);
}

void MarkerTree::add_link(const Model& model, std::size_t body,
                          const std::vector<std::size_t>& leader,
                          std::vector<std::size_t>& link_of) {
  const auto none = model.bodies().size() * 64;  // of columns: clamped to their number at the end
  const auto& joint = model.joints()[body];
  Link link;
  link.body = body;
  link.from_body = joint.on_child.inverse();
  const auto parent = model.parent(body);
  link.parent = link_of[parent];
  // From the parent's joint frame to its body's, and on to this joint.
  const Eigen::Isometry3d frame =
      parent == 0 ? joint.on_parent : links_[link.parent].from_body * joint.on_parent;
  link.rotation = frame.linear();
  link.origin = frame.translation();
  link.turned = !link.rotation.isIdentity(0);
  link.first_axis = axes_.size();
  link.first_column = columns_.size();
  for (const auto& axis : joint.axes) {
    LinkAxis made{axis.kind, axis.direction};
    made.along = axis_of(axis.direction);
    made.sign = made.along >= 0 ? axis.direction[made.along] : 1;
    made.column = none;
    made.moves = axis.coordinate.has_value();
    made.coordinate = axis.coordinate.value_or(0);
    made.function = axis.function;
    made.straight = axis.function.is_line();
    made.slope = axis.function.slope(0);
    made.offset = axis.function.value(0);
    if (axis.coordinate && !model.coordinates()[leader[*axis.coordinate]].locked) {
      const auto lead = leader[*axis.coordinate];
      if (variable_of_[lead] == variable_of_.size()) {
        variable_of_[lead] = variables_.size();
        variables_.push_back(lead);
      }
      const auto same = std::find_if(
          columns_.begin() + static_cast<std::ptrdiff_t>(link.first_column), columns_.end(),
          [&](const Column& column) { return column.variable == variable_of_[lead]; });
      made.column = static_cast<std::size_t>(same - columns_.begin());
      if (same == columns_.end()) columns_.push_back({links_.size(), variable_of_[lead], {}});
    }
    axes_.push_back(std::move(made));
  }
  link.last_axis = axes_.size();
  link.last_column = columns_.size();
  link_of[body] = links_.size();
  links_.push_back(std::move(link));
}

void MarkerTree::pair_columns() {
  std::vector<std::vector<std::size_t>> rows(variables_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& column = columns_[i];
    std::vector<char> above(links_.size(), 0);
    for (auto l = column.link; l < links_.size(); l = links_[l].parent) above[l] = 1;
    for (std::size_t j = 0; j <= i; ++j) {
      if (!above[columns_[j].link]) continue;
      const auto other = columns_[j].variable;
      column.pairs.push_back(
          {j, other == column.variable, j == i || other != column.variable ? 1.0 : 2.0, 0});
      if (other != column.variable)
        rows[std::max(other, column.variable)].push_back(std::min(other, column.variable));
    }
  }
  pattern_ = TreeMatrix(std::move(rows));
  for (auto& column : columns_) {
    for (auto& pair : column.pairs) {
      if (pair.diagonal) continue;
      const auto [low, high] = std::minmax(column.variable, columns_[pair.column].variable);
      const auto& row = pattern_.columns[high];
      pair.below =
          pattern_.starts[high] +
          static_cast<std::size_t>(std::lower_bound(row.begin(), row.end(), low) - row.begin());
    }
  }
}

void MarkerTree::move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept {
  const auto [l, place] = place_of_[marker];
  if (l < links_.size()) links_[l].markers[place].location = links_[l].from_body * location;
}

std::size_t MarkerTree::gather(std::span<const double> markers,
                               std::span<const double> weights) noexcept {
  std::size_t seen = 0;
  for (std::size_t l = 0; l < links_.size(); ++l) {
    auto& s = sums_[l];
    s.weight = s.square = 0;
    s.first.setZero();
    s.measured.setZero();
    s.second.setZero();
    s.cross.setZero();
    for (const auto& on : links_[l].markers) {
      const Eigen::Vector3d y = point(markers, on.marker);
      const double w = weights[on.marker];
      if (w == 0 || !std::isfinite(y[0] + y[1] + y[2])) continue;
      ++seen;
      const Eigen::Vector3d wx = w * on.location;
      s.weight += w;
      s.first += wx;
      s.second.noalias() += wx * on.location.transpose();
      s.cross.noalias() += wx * y.transpose();
      s.measured += w * y;
      s.square += w * y.squaredNorm();
    }
  }
  return seen;
}

void MarkerTree::follow(std::span<double> coordinates) noexcept {
  for (const auto& coupling : couplings_) {
    const auto [value, slope] = coupling.function.value_and_slope(coordinates[coupling.leading]);
    coordinates[coupling.dependent] = value;
    slope_of_[coupling.dependent] = slope * slope_of_[coupling.leading];
  }
}

void MarkerTree::place_link(const Link& link, PlacedLink& placed,
                            std::span<const double> q) noexcept {
  if (link.parent < links_.size()) {
    const auto& parent = placed_[link.parent];
    placed.origin.noalias() = parent.rotation * link.origin;
    placed.origin += parent.origin;
    if (link.turned) {
      placed.rotation.noalias() = parent.rotation * link.rotation;
    } else {
      placed.rotation = parent.rotation;
    }
  } else {
    placed.rotation = link.rotation;
    placed.origin = link.origin;
  }
  for (std::size_t c = link.first_column; c < link.last_column; ++c) {
    motions_[c].omega.setZero();
    motions_[c].v.setZero();
  }
  auto& r = placed.rotation;
  for (std::size_t a = link.first_axis; a < link.last_axis; ++a) {
    const auto& axis = axes_[a];
    double moved = axis.offset, slope = axis.slope;
    if (axis.moves) {
      if (axis.straight) {
        moved += slope * q[axis.coordinate];
      } else {
        std::tie(moved, slope) = axis.function.value_and_slope(q[axis.coordinate]);
      }
      slope *= slope_of_[axis.coordinate];
    }
    Eigen::Vector3d direction;
    if (axis.along >= 0) {
      direction = axis.sign * r.col(axis.along);
    } else {
      direction.noalias() = r * axis.direction;
    }
    const bool column = axis.column < columns_.size();
    if (axis.kind == Axis::Kind::translation) {
      placed.origin += moved * direction;
      if (column) motions_[axis.column].v += slope * direction;
      continue;
    }
    if (column) {
      const Eigen::Vector3d omega = slope * direction;
      motions_[axis.column].omega += omega;
      motions_[axis.column].v += placed.origin.cross(omega);
    }
    if (moved == 0) continue;
    const double sine = std::sin(moved), cosine = std::cos(moved);
    if (axis.along >= 0) {
      const int j = (axis.along + 1) % 3, k = (axis.along + 2) % 3;
      const double s = axis.sign * sine;
      const Eigen::Vector3d before = r.col(j);
      r.col(j) = cosine * before + s * r.col(k);
      r.col(k) = cosine * r.col(k) - s * before;
    } else {
      // Rows of the rotation turned about the axis: Rodrigues' formula.
      for (int row = 0; row < 3; ++row) {
        const Eigen::Vector3d v = r.row(row).transpose();
        r.row(row) = (cosine * v - sine * axis.direction.cross(v) +
                      (1 - cosine) * direction[row] * axis.direction)
                         .transpose();
      }
    }
  }
}

double MarkerTree::place(std::span<double> coordinates) noexcept {
  follow(coordinates);
  double cost = 0;
  for (std::size_t l = 0; l < links_.size(); ++l) {
    auto& placed = placed_[l];
    place_link(links_[l], placed, coordinates);
    const auto& s = sums_[l];
    auto& c = composites_[l];
    c.weight = s.weight;
    if (s.weight == 0) {
      c.first.setZero();
      c.force.setZero();
      c.moment.setZero();
      continue;
    }
    const Eigen::Vector3d turned = placed.rotation * s.first;
    c.first = turned + s.weight * placed.origin;
    c.force = s.measured - c.first;
    auto& cross = c.arms;
    cross.noalias() = placed.rotation * s.cross;
    cross.noalias() += placed.origin * s.measured.transpose();
    c.moment << cross(1, 2) - cross(2, 1), cross(2, 0) - cross(0, 2), cross(0, 1) - cross(1, 0);
    cost += s.square - 2 * cross.trace() + s.second.trace() + placed.origin.dot(turned + c.first);
  }
  return cost;
}

Eigen::Vector3d MarkerTree::center_gap() const noexcept {
  Eigen::Vector3d gap = Eigen::Vector3d::Zero();
  double weight = 0;
  for (std::size_t l = 0; l < links_.size(); ++l) {
    gap += sums_[l].measured - composites_[l].first;
    weight += sums_[l].weight;
  }
  return weight > 0 ? Eigen::Vector3d(gap / weight) : Eigen::Vector3d(Eigen::Vector3d::Zero());
}

const std::vector<double>& MarkerTree::differentiate() noexcept {
  for (std::size_t l = links_.size(); l-- > 0;) {
    const auto parent = links_[l].parent;
    if (parent >= links_.size()) continue;
    composites_[parent].force += composites_[l].force;
    composites_[parent].moment += composites_[l].moment;
  }
  std::fill(gradient_.begin(), gradient_.end(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& c = composites_[columns_[i].link];
    gradient_[columns_[i].variable] += motions_[i].omega.dot(c.moment) + motions_[i].v.dot(c.force);
  }
  return gradient_;
}

void MarkerTree::assemble(TreeMatrix& out, bool curved) noexcept {
  for (std::size_t l = 0; l < links_.size(); ++l) {
    const auto& s = sums_[l];
    const auto& placed = placed_[l];
    auto& c = composites_[l];
    if (s.weight == 0) {
      c.inertia.setZero();
      c.arms.setZero();
      continue;
    }
    const Eigen::Vector3d turned = c.first - s.weight * placed.origin;
    const Eigen::Matrix3d half = placed.rotation * s.second;
    Eigen::Matrix3d& second = c.inertia;
    second.noalias() = half * placed.rotation.transpose();
    second.noalias() += turned * placed.origin.transpose();
    second.noalias() += placed.origin * c.first.transpose();
    const double trace = second.trace();
    if (curved) c.arms -= second;
    second = -second;
    second.diagonal().array() += trace;
  }
  for (std::size_t l = links_.size(); l-- > 0;) {
    const auto parent = links_[l].parent;
    if (parent >= links_.size()) continue;
    composites_[parent].weight += composites_[l].weight;
    composites_[parent].first += composites_[l].first;
    composites_[parent].inertia += composites_[l].inertia;
    if (curved) composites_[parent].arms += composites_[l].arms;
  }
  std::fill(out.below.begin(), out.below.end(), 0);
  std::fill(out.diagonal.begin(), out.diagonal.end(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    const auto& c = composites_[column.link];
    const auto& motion = motions_[i];
    const Eigen::Vector3d force = c.weight * motion.v + motion.omega.cross(c.first);
    Eigen::Vector3d moment = c.inertia * motion.omega + c.first.cross(motion.v);
    // What turns all of it turns the velocities of this column: sum w (omega x p + v) x (y - p).
    if (curved) {
      moment -= c.arms * motion.omega - c.arms.trace() * motion.omega + motion.v.cross(c.force);
    }
    for (const auto& pair : column.pairs) {
      const auto& up = motions_[pair.column];
      const double h = up.omega.dot(moment) + up.v.dot(force);
      (pair.diagonal ? out.diagonal[column.variable] : out.below[pair.below]) += pair.times * h;
    }
  }
}

}  // namespace kinemyo::body
