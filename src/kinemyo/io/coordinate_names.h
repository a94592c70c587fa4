#pragma once

#include <span>
#include <string_view>

namespace kinemyo::io {

// What a column holds is known only by its name: OpenSim's names are fixed by habit, no file states them.

/// "pelvis_tx", "box_transX": a coordinate in metres.
bool is_translation_name(std::string_view name);

/// A joint angle or translation of OpenSim's full-body models: "pelvis_tilt", "hip_flexion_r", "pro_sup_l" ...
bool is_coordinate_name(std::string_view name);

/// "knee_angle_r_beta": the patella's coordinate, which copies the knee's. OpenSim leaves it in radians in files that
/// are otherwise in degrees.
bool is_patella_name(std::string_view name);

/// "Vastus Lateralis", "EMG 3", "Voltage.L Hams": a muscle's or an electrode's name.
bool is_muscle_name(std::string_view name);

/// Whether the patella's column is in radians where the knee's is in degrees: told by the numbers, as one copies the
/// other; `otherwise` where they cannot tell (all zero, all missing, or no copy).
bool patella_in_radians(std::span<const double> patella, std::span<const double> knee_deg, bool otherwise);

}  // namespace kinemyo::io
