// What goes out as OSC and VMC, and the small parts: QR code, certificate, pages.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <map>

#include "infer/live_person.h"
#include "kinemyo/base/file.h"
#include "kinemyo/serve/certificate.h"
#include "kinemyo/serve/osc.h"
#include "kinemyo/serve/pages.h"
#include "kinemyo/serve/qr_code.h"
#include "kinemyo/serve/vmc.h"

namespace kinemyo::serve {
namespace {

namespace fs = std::filesystem;
using testing_live::Person;
using namespace std::string_literals;

TEST(Osc, BytesAreThoseOfTheStandard) {
  OscBundle bundle;
  bundle.add("/a", {1.0f, std::int32_t{258}, std::string_view("hip")});
  EXPECT_EQ(bundle.bytes(),
            "#bundle\0"s + "\0\0\0\0\0\0\0\1"s + "\0\0\0\x18"s + "/a\0\0"s + ",fis\0\0\0\0"s + "\x3f\x80\0\0"s + "\0\0\1\2"s + "hip\0"s);
}

TEST(Osc, AFrameHasAnAddressForEachOutput) {
  Person person;
  const infer::LiveModels models(testing_live::keypoint_model(), testing_live::muscle_model());
  infer::Live live(models);
  live.step(person.frame(0));
  const auto packet = osc_packet("phone-1", live, models.outputs());
  const std::string address = "/kinemyo/phone-1/knee_angle_r\0\0\0,f\0\0"s;
  const auto at = packet.find(address);
  ASSERT_NE(at, std::string::npos);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 8 | static_cast<unsigned char>(packet[at + address.size() + i]);
  EXPECT_FLOAT_EQ(std::bit_cast<float>(bits), static_cast<float>(live.values()[0] * 180 / M_PI));
  EXPECT_NE(packet.find("/kinemyo/phone-1/Rectus_Femoris"), std::string::npos);
  EXPECT_EQ(packet.size() % 4, 0u);
}

// Bones of a person in that posture.
std::map<std::string, BoneTurn> bones(const std::vector<std::pair<std::string, double>>& degrees) {
  Person person;
  infer::LiveBody body;
  body.step(person.frame(0));
  for (int f = 1; f < 200; ++f) body.step(person.frame(f / 30.0, degrees));
  std::map<std::string, BoneTurn> out;
  for (const auto& bone : bones_of(body.points())) out[bone.name] = bone;
  return out;
}
double turn_deg(const BoneTurn& bone) { return 2 * std::acos(std::min(1.0, std::abs(bone.turn[3]))) * 180 / M_PI; }

TEST(Vmc, StandingLegsAreTheTPosesAndArmsHang) {
  const auto standing = bones({});
  ASSERT_EQ(standing.size(), 13u);
  EXPECT_NEAR(standing.at("Hips").place_m[1], 0.9, 0.12);
  EXPECT_LT(turn_deg(standing.at("Hips")), 5);
  EXPECT_LT(turn_deg(standing.at("LeftUpperLeg")), 8);
  EXPECT_LT(turn_deg(standing.at("LeftLowerLeg")), 8);
  EXPECT_NEAR(turn_deg(standing.at("LeftUpperArm")), 90, 15);
  // Hanging: the right arm turns about the axis forward so that it points down: clockwise in Unity's left-handed axes.
  const auto& right = standing.at("RightUpperArm").turn;
  const auto& left = standing.at("LeftUpperArm").turn;
  EXPECT_LT(right[2] * right[3], 0);
  EXPECT_GT(left[2] * left[3], 0);
}

TEST(Vmc, ABentKneeTurnsTheLowerLegBackwards) {
  const auto bent = bones({{"knee_angle_r", 60}});
  EXPECT_NEAR(turn_deg(bent.at("RightLowerLeg")), 60, 6);
  EXPECT_LT(turn_deg(bent.at("LeftLowerLeg")), 8);
  const auto& turn = bent.at("RightLowerLeg").turn;
  // In Unity a positive turn about x takes -y to -z: the foot goes back.
  EXPECT_GT(turn[0] * turn[3], 0.3);
}

TEST(Vmc, BonesWithoutTheirLandmarksAreLeftOut) {
  Person person;
  infer::LiveBody body;
  auto frame = person.frame(0);
  frame.visibility[27] = 0;  // left ankle
  body.step(frame);
  std::vector<std::string> names;
  for (const auto& bone : bones_of(body.points())) names.push_back(bone.name);
  EXPECT_THAT(names, testing::Contains("LeftUpperLeg"));
  EXPECT_THAT(names, testing::Not(testing::Contains("LeftLowerLeg")));
  EXPECT_TRUE(bones_of(motion::no_landmarks()).empty());
  const auto packet = vmc_packet(1.5, body.points());
  EXPECT_NE(packet.find("/VMC/Ext/Bone/Pos\0\0\0,sfffffff\0\0\0Hips\0\0\0\0"s), std::string::npos);
  EXPECT_NE(packet.find("/VMC/Ext/OK\0,i\0\0\0\0\0\1"s), std::string::npos);
}

TEST(QrCode, IsASquareOfHalfBlocks) {
  const auto code = qr_code("https://192.168.1.7:8080/#token=0123456789abcdef0123456789abcdef");
  std::size_t lines = 0;
  for (const char c : code) lines += c == '\n';
  EXPECT_GE(lines, 18u);
  EXPECT_NE(code.find("\u2588"), std::string::npos);
  EXPECT_NE(code.find("\u2580"), std::string::npos);
  EXPECT_THROW(qr_code(std::string(5000, 'x')), Error);
}

class CertificateTest : public testing::Test {
 protected:
  CertificateTest() : folder_(fs::path(testing::TempDir()) / ("kinemyo_certificate_" + std::to_string(::getpid()))) { fs::remove_all(folder_); }
  ~CertificateTest() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(CertificateTest, IsMadeOnceAndAgainForAnotherAddress) {
  const auto first = own_certificate(folder_, {"192.168.1.7", "lab.local"});
  const auto print = fingerprint(first.certificate);
  EXPECT_EQ(print.size(), 32u * 3 - 1);
  EXPECT_EQ(fingerprint(own_certificate(folder_, {"192.168.1.7"}).certificate), print);
  EXPECT_NE(fingerprint(own_certificate(folder_, {"192.168.1.8"}).certificate), print);
  struct stat of{};
  ASSERT_EQ(::stat(first.key.c_str(), &of), 0);
  EXPECT_EQ(of.st_mode & 0777, 0600u);
}

TEST_F(CertificateTest, AFileThatIsNoneIsNamed) {
  fs::create_directories(folder_);
  base::write_file(folder_ / "x.pem", "hello");
  EXPECT_THAT([&] { fingerprint(folder_ / "x.pem"); }, testing::ThrowsMessage<FormatError>(testing::HasSubstr("x.pem:byte 0x0: a certificate")));
}

TEST(Token, IsLongAndNeverTheSame) {
  EXPECT_EQ(make_token().size(), 32u);
  EXPECT_NE(make_token(), make_token());
}

TEST(Pages, AreThoseCarriedAndThePoseEstimatorsFilesAlone) {
  const auto folder = fs::path(testing::TempDir()) / ("kinemyo_pose_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  base::write_file(folder / "pose.js", "pose");
  base::write_file(folder / "secret.js", "secret");
  base::write_file(folder / "pose_solution_wasm_bin.wasm", "wasm");
  base::write_file(folder / "pose_solution_simd_wasm_bin.data", "");
  const Pages pages(folder);
  for (const char* path : {"/", "/camera", "/view", "/live.css", "/start.js", "/camera.js", "/view.js", "/icon.svg"}) {
    ASSERT_NE(pages.find(path), nullptr) << path;
    EXPECT_FALSE(pages.find(path)->bytes.empty()) << path;
  }
  EXPECT_EQ(pages.find("/")->type, "text/html; charset=utf-8");
  EXPECT_EQ(pages.find("/pose/pose.js")->bytes, "pose");
  EXPECT_EQ(pages.find("/pose/pose_solution_wasm_bin.wasm")->type, "application/wasm");
  EXPECT_EQ(pages.find("/pose/pose_solution_simd_wasm_bin.data")->bytes, "");
  for (const char* path : {"", "/pose/", "/pose/secret.js", "/pose/../pose.js", "/camera/", "//", "/index.html"}) EXPECT_EQ(pages.find(path), nullptr) << path;
  EXPECT_FALSE(pages.have_pose());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace kinemyo::serve
