#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kinemyo/base/progress.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"
#include "kinemyo/report/document.h"
#include "kinemyo/report/svg_plot.h"
#include "kinemyo/study/evaluation.h"

namespace kinemyo::study {

/// What the report of a model on a store says. Plots are of at most `plotted` trials of the evaluation, those without
/// training in them first, each activity and person in turn; every trial counts in scores and tables.
/// `validation`: trials that early stopping used (of the log beside the model). `noisy`: the same evaluation under noise, by
/// the noise's name; their tables follow the clean ones.
/// Cost: reads the store once; memory for the plotted trials.
report::Document make_report(const std::string& model_name, const model::Model& model, const dataset::Store& store,
                             const Evaluation& evaluation, const std::vector<report::Document::Epoch>& epochs,
                             const std::vector<std::string>& validation, std::size_t plotted,
                             const base::Progress& progress,
                             const std::vector<std::pair<std::string, Evaluation>>& noisy = {});

/// The report's plots for papers: file name without ending, and figure.
std::vector<std::pair<std::string, report::Figure>> make_figures(const report::Document& document);

}  // namespace kinemyo::study
