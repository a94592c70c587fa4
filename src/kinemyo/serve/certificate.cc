#include "kinemyo/serve/certificate.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"

namespace kinemyo::serve {

namespace {

namespace fs = std::filesystem;

// Browsers refuse longer ones.
constexpr long kLife_s = 820L * 24 * 3600;
constexpr long kLeast_s = 7L * 24 * 3600;

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* pointer) const { Free(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
struct BioFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

void check(bool good, const char* what) {
  if (!good) throw Error(std::string("making a certificate: ") + what + " failed");
}

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

X509Certificate read_certificate(const fs::path& path) {
  const auto text = base::read_file(path);
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  X509Certificate out(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!out) throw FormatError(path.string(), Place::byte(0), "a certificate", "PEM (-----BEGIN CERTIFICATE-----)", base::quoted(text));
  return out;
}

bool is_for(X509* certificate, const std::vector<std::string>& hosts) {
  std::time_t soon = std::time(nullptr) + kLeast_s;
  if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) <= 0) return false;
  return std::all_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
    return is_address(host) ? X509_check_ip_asc(certificate, host.c_str(), 0) == 1 : X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1;
  });
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  check(extension != nullptr, "an extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Certificate make(EVP_PKEY* key, const std::vector<std::string>& hosts) {
  X509Certificate out(X509_new());
  check(out != nullptr, "X509_new");
  X509_set_version(out.get(), 2);
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -24L * 3600);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), kLife_s);
  X509_set_pubkey(out.get(), key);
  X509_NAME* name = X509_get_subject_name(out.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("kinemyo serve"), -1, -1, 0);
  X509_set_issuer_name(out.get(), name);
  std::string names;
  for (const auto& host : hosts) names += (names.empty() ? "" : ",") + std::string(is_address(host) ? "IP:" : "DNS:") + host;
  add_extension(out.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(out.get(), NID_ext_key_usage, "serverAuth");
  if (!names.empty()) add_extension(out.get(), NID_subject_alt_name, names);
  check(X509_sign(out.get(), key, EVP_sha256()) != 0, "signing");
  return out;
}

}  // namespace

Certificate own_certificate(const fs::path& folder, const std::vector<std::string>& hosts) {
  const Certificate out{folder / "serve-certificate.pem", folder / "serve-key.pem"};
  std::error_code problem;
  if (fs::exists(out.certificate, problem) && fs::exists(out.key, problem) && is_for(read_certificate(out.certificate).get(), hosts)) return out;
  fs::create_directories(folder, problem);
  if (problem) throw IoError(folder.string(), "cannot be made: " + problem.message());
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr, "a key");
  const auto certificate = make(key.get(), hosts);
  const Bio key_text(BIO_new(BIO_s_mem())), certificate_text(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "writing the key");
  check(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "writing the certificate");
  const auto before = ::umask(077);
  try {
    base::write_file(out.key, text_of(key_text.get()));
    base::write_file(out.certificate, text_of(certificate_text.get()));
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  ::chmod(out.key.c_str(), 0600);
  return out;
}

fs::path data_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && fs::path(data).is_absolute()) return fs::path(data) / "kinemyo";
  const char* home = std::getenv("HOME");
  if (home == nullptr || !fs::path(home).is_absolute()) throw Error("neither XDG_DATA_HOME nor HOME says where the certificate is kept; give --cert and --key");
  return fs::path(home) / ".local/share/kinemyo";
}

std::string fingerprint(const fs::path& certificate) {
  const auto read = read_certificate(certificate);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  check(X509_digest(read.get(), EVP_sha256(), bytes, &size) == 1, "its fingerprint");
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    char two[4];
    std::snprintf(two, sizeof two, "%02X", bytes[i]);
    out += (i > 0 ? ":" : "") + std::string(two);
  }
  return out;
}

std::string make_token() {
  unsigned char bytes[16];
  check(RAND_bytes(bytes, sizeof bytes) == 1, "RAND_bytes");
  std::string out;
  for (const auto byte : bytes) {
    char two[4];
    std::snprintf(two, sizeof two, "%02x", byte);
    out += two;
  }
  return out;
}

std::vector<std::string> network_addresses() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::vector<std::string> four, six;
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0 || (one->ifa_flags & IFF_UP) == 0) continue;
    char text[INET6_ADDRSTRLEN];
    if (one->ifa_addr->sa_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      four.emplace_back(::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) six.emplace_back(::inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text));
    }
  }
  ::freeifaddrs(all);
  four.insert(four.end(), six.begin(), six.end());
  return four;
}

}  // namespace kinemyo::serve
