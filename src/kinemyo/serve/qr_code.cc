#include "kinemyo/serve/qr_code.h"

#include <qrencode.h>

#include <memory>

#include "kinemyo/base/error.h"

namespace kinemyo::serve {

std::string qr_code(std::string_view text) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1), QRcode_free);
  if (!code) throw Error("the address is too long for a QR code: " + base::quoted(text, 100));
  constexpr int kQuiet = 2;
  const auto dark = [&](int x, int y) {
    const bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && (code->data[y * code->width + x] & 1) != 0;
  };
  std::string out;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    out += "\x1b[30;107m";  // black on white
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      const bool above = dark(x, y), below = dark(x, y + 1);
      out += above ? (below ? "\u2588" : "\u2580") : (below ? "\u2584" : " ");
    }
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace kinemyo::serve
