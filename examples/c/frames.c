/* Frames on stdin, outputs on stdout, as little-endian 64-bit numbers: what `kinemyo stream MODEL --binary f8` does. */
#include <kinemyo.h>
#include <stdio.h>
#include <stdlib.h>

static int complain(const char* what) {
  fprintf(stderr, "frames: %s: %s\n", what, kinemyo_error());
  return 1;
}

int main(int count, char** words) {
  kinemyo_model* model = NULL;
  kinemyo_stream* stream = NULL;
  size_t inputs, outputs, i;
  double *frame, *answer;

  if (count != 2) {
    fprintf(stderr, "usage: frames MODEL.safetensors < FRAMES > OUTPUTS\n");
    return 2;
  }
  if (kinemyo_model_load(words[1], &model) != KINEMYO_OK) return complain("model");
  inputs = kinemyo_model_inputs(model);
  outputs = kinemyo_model_outputs(model);
  fprintf(stderr, "kinemyo %s, %g frames a second: %s, %s ... to", kinemyo_version(), kinemyo_model_rate_hz(model),
          kinemyo_model_input_name(model, 0), kinemyo_model_input_name(model, 1));
  for (i = 0; i < outputs; ++i)
    fprintf(stderr, " %s [%s]", kinemyo_model_output_name(model, i), kinemyo_model_output_unit(model, i));
  fprintf(stderr, "\n");

  if (kinemyo_stream_create(model, NULL, 0, &stream) != KINEMYO_OK) return complain("stream");
  frame = malloc(inputs * sizeof *frame);
  answer = malloc(outputs * sizeof *answer);
  if (frame == NULL || answer == NULL) return 1;
  while (fread(frame, sizeof *frame, inputs, stdin) == inputs) {
    if (kinemyo_stream_step(stream, frame, answer) != KINEMYO_OK) return complain("step");
    fwrite(answer, sizeof *answer, outputs, stdout);
  }
  free(frame);
  free(answer);
  kinemyo_stream_free(stream);
  kinemyo_model_free(model);
  return 0;
}
