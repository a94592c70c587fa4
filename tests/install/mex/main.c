/* Calls the MEX function as MATLAB would: mex_main MODEL COLUMNS < FRAMES > OUTPUTS, 64-bit numbers row by row. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mex.h"

struct mxArray_tag {
  const char* text;
  size_t rows, columns;
  double* numbers;
};

bool mxIsDouble(const mxArray* array) { return array->numbers != NULL; }
char* mxArrayToString(const mxArray* array) { return array->text == NULL ? NULL : strdup(array->text); }
size_t mxGetM(const mxArray* array) { return array->rows; }
size_t mxGetN(const mxArray* array) { return array->columns; }
double* mxGetPr(const mxArray* array) { return array->numbers; }
mxArray* mxCreateDoubleMatrix(size_t rows, size_t columns, mxComplexity complexity) {
  mxArray* made = calloc(1, sizeof *made);
  (void)complexity;
  made->rows = rows;
  made->columns = columns;
  made->numbers = calloc(rows * columns + 1, sizeof(double));
  return made;
}
void* mxMalloc(size_t size) { return malloc(size); }
void mxFree(void* memory) { free(memory); }
void mexErrMsgIdAndTxt(const char* id, const char* text, ...) {
  va_list rest;
  va_start(rest, text);
  fprintf(stderr, "%s: ", id);
  vfprintf(stderr, text, rest);
  fprintf(stderr, "\n");
  va_end(rest);
  exit(1);
}

int main(int count, char** words) {
  mxArray path = {NULL, 1, 0, NULL}, *frames, *result = NULL;
  const mxArray* given[2];
  static double numbers[1 << 20];
  size_t r, c, columns, rows;
  if (count != 3) return 2;
  path.text = words[1];
  columns = (size_t)atoi(words[2]);
  rows = fread(numbers, sizeof *numbers, 1 << 20, stdin) / columns;
  frames = mxCreateDoubleMatrix(rows, columns, mxREAL);
  for (r = 0; r < rows; ++r)
    for (c = 0; c < columns; ++c) frames->numbers[c * rows + r] = numbers[r * columns + c];
  given[0] = &path;
  given[1] = frames;
  mexFunction(1, &result, 2, given);
  for (r = 0; r < result->rows; ++r)
    for (c = 0; c < result->columns; ++c) fwrite(result->numbers + c * result->rows + r, sizeof(double), 1, stdout);
  return 0;
}
