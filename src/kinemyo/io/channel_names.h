#pragma once

#include <string>
#include <string_view>
#include <vector>

// Names of points and channels, and what they tell.
namespace kinemyo::io {

/// `count` names that are not empty and all different, made from the labels of a file: an empty or
/// absent one becomes "unnamed_<place>", a repeated one "<name>#2"; a note says which.
/// `what` is for the notes: "point", "channel".
std::vector<std::string> distinct_names(std::vector<std::string> labels, std::size_t count,
                                        std::string_view what, std::vector<std::string>& notes);

/// A name as people vary it (EMG_Rate, emg.rate, emgRate): small letters, without _ . - and blanks.
std::string name_key(std::string_view name);

/// An analog channel as its file describes it; the unit as written there.
struct AnalogChannel {
  std::string name;
  std::string description;
  std::string unit;
  bool of_force_plate = false;  ///< FORCE_PLATFORM:CHANNEL lists it
};

/// Which channels are EMG: those in volts that belong to no force plate and do not bear the name of
/// another device (Sync, Fz1, accelerometer ...). If any of them has "EMG" in name or description, only
/// those that have; else all whose name says more than "Voltage.3" or "Pin 3".
std::vector<bool> find_emg(const std::vector<AnalogChannel>& channels);

}  // namespace kinemyo::io
