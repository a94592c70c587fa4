/* outputs = kinemyo_predict(model, frames): a whole recording through a trained network, in MATLAB or Octave.
 *
 * model: the path of a .safetensors file. frames: frames x inputs, in the order of kinemyo_model_input_name(): x y z of
 * each marker in m, Y up, then single channels; NaN is missing. outputs: frames x outputs (rad, V).
 *
 *   mex kinemyo_predict.c -I/usr/local/include -L/usr/local/lib -lkinemyo */
#include <kinemyo.h>
#include <mex.h>
#include <stdlib.h>

/* MATLAB's matrices lie column by column, kinemyo's row by row. */
static void turn(const double* from, size_t rows, size_t columns, double* to) {
  size_t r, c;
  for (r = 0; r < rows; ++r)
    for (c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
}

void mexFunction(int left, mxArray* results[], int right, const mxArray* given[]) {
  kinemyo_model* model = NULL;
  kinemyo_status status;
  char* path;
  size_t frames, inputs, outputs;
  double *in, *out;

  if (right != 2 || left > 1) mexErrMsgIdAndTxt("kinemyo:usage", "outputs = kinemyo_predict(model, frames)");
  if (!mxIsDouble(given[1])) mexErrMsgIdAndTxt("kinemyo:usage", "frames must be a matrix of doubles");
  path = mxArrayToString(given[0]);
  if (path == NULL) mexErrMsgIdAndTxt("kinemyo:usage", "model must be the path of a file");
  status = kinemyo_model_load(path, &model);
  mxFree(path);
  if (status != KINEMYO_OK) mexErrMsgIdAndTxt("kinemyo:model", "%s", kinemyo_error());

  frames = mxGetM(given[1]);
  inputs = kinemyo_model_inputs(model);
  outputs = kinemyo_model_outputs(model);
  if (mxGetN(given[1]) != inputs) {
    kinemyo_model_free(model);
    mexErrMsgIdAndTxt("kinemyo:frames", "the model takes %u numbers a frame, frames has %u columns", (unsigned)inputs,
                      (unsigned)mxGetN(given[1]));
  }
  in = mxMalloc((frames * inputs + 1) * sizeof *in);
  out = mxMalloc((frames * outputs + 1) * sizeof *out);
  turn(mxGetPr(given[1]), inputs, frames, in); /* there its rows are columns */
  status = kinemyo_predict(model, in, &frames, 1, out);
  results[0] = mxCreateDoubleMatrix(frames, outputs, mxREAL);
  if (status == KINEMYO_OK) turn(out, frames, outputs, mxGetPr(results[0]));
  mxFree(in);
  mxFree(out);
  kinemyo_model_free(model);
  if (status != KINEMYO_OK) mexErrMsgIdAndTxt("kinemyo:predict", "%s", kinemyo_error());
}
