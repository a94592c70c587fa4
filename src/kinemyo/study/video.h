#pragma once

#include "kinemyo/io/csv.h"
#include "kinemyo/model/model.h"
#include "kinemyo/study/original_score.h"

namespace kinemyo::study {

/// Video keypoints and a motion-capture table of the same frames, row by row.
struct VideoPairs {
  io::Table video;  ///< the video's columns, one row a pair
  io::Table mocap;  ///< the table's columns, the same rows
};

/// Joins on Activity, Trial and Frame, in the order of the video's rows, as pandas' merge(how="inner") does.
/// Throws Error on a missing key column, and when no row matches.
VideoPairs join_video(const io::Table& video, const io::Table& mocap);

/// The original's evaluation of video keypoints: windows range(0, T - L + 1, L) over the joined rows, each from the zero
/// state, metrics over the first 3,000 steps. A keypoint that only the MoCap table has (C7, CLAV, Head_Top) is
/// taken from there; angles from there too, in degrees. `position_unit_m`: what a number of the positions is in metres.
/// Throws Error on missing columns and when there are fewer rows than a window.
OriginalScore score_video(const model::Model& model, const VideoPairs& pairs, double position_unit_m);

}  // namespace kinemyo::study
