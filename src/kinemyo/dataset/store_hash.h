#pragma once

#include <string>

#include "kinemyo/dataset/store.h"

namespace kinemyo::dataset {

/// FNV-1a over what a trial holds, but not its key, its history and the subject's peaks. The same
/// before writing and after reading: raw EMG counts as the 32 bits that the store keeps.
std::string content_hash(const PreparedTrial& trial);

}  // namespace kinemyo::dataset
