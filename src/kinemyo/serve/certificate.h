#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kinemyo::serve {

/// A certificate with its key, as PEM files.
struct Certificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// The program's own, in `folder`: made (EC P-256, signed by itself, for these names and addresses) where there is none, where
/// it ends within a week, or where it is not for all of them. The key can be read by its owner alone. Throws IoError, Error.
Certificate own_certificate(const std::filesystem::path& folder, const std::vector<std::string>& hosts);

/// $XDG_DATA_HOME/kinemyo, else ~/.local/share/kinemyo. Throws Error where neither is told.
std::filesystem::path data_folder();

/// SHA-256 of a certificate, as browsers show it: "AB:CD:...". Throws IoError, Error.
std::string fingerprint(const std::filesystem::path& certificate);

/// 128 random bits, as text for an address.
std::string make_token();

/// Addresses of this machine that others on its networks can reach (IPv4 first), without loopback.
std::vector<std::string> network_addresses();

}  // namespace kinemyo::serve
