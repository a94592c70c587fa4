// Plug-in-Gait's 20 physical markers of walking people to its angles, clean and under noise.
#include <algorithm>
#include <cmath>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"

namespace kinemyo::bench {

namespace {

const std::string kOver = "biomechzoo, 20 physical markers, 18 walking trials of 9 people, leave-one-subject-out";

study::CrossvalResult cross_validated(const std::string& recipe, const std::vector<study::TestNoise>& noises) {
  study::CrossvalOptions how;
  how.noises = noises;
  auto asked = model::read_recipe(recipe);
  asked.inputs.markers = {"plug-in-gait-20", {}};
  return study::crossvalidate(prepared("biomechzoo"), asked, how);
}

}  // namespace

void networks() {
  const auto found = cross_validated("angles", {});
  const std::string over = kOver + "; recipe angles (causal)";
  print_sagittal("clean", found.evaluation, over, {{"network", 2.5}});
  const auto& s = angles_of(found.evaluation).sagittal;
  print({"clean: worst of hip, knee and ankle, network", std::max({s.hip[0], s.knee[0], s.ankle[0]}), "deg", 3.5, NAN, over, {}});
}

void noisy_networks() {
  const auto found = cross_validated("angles-noisy", {white_noise(), smooth_noise()});
  const std::string over = kOver + "; recipe angles-noisy (whole recordings)";
  print_sagittal("clean", found.evaluation, over);
  const double goals[] = {3.0, 4.8};
  for (std::size_t n = 0; n < found.noisy.size(); ++n) {
    const std::string name = n == 0 ? white_noise().name : smooth_noise().name;
    print_sagittal(name, found.noisy[n], over);
    const auto table = angles_of(found.noisy[n]);
    const auto& sag = table.sagittal.mean;
    const auto best = static_cast<std::size_t>(std::min_element(sag.begin(), sag.end()) - sag.begin());
    print({name + ": sag, best method (" + table.methods[best] + ")", sag[best], "deg", goals[n], NAN, over, {}});
  }
}

}  // namespace kinemyo::bench
