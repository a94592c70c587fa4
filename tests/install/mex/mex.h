/* A stand-in for MATLAB's header: the few functions that examples/matlab calls, by their documented signatures.
 * main.c has their bodies. */
#ifndef MEX_H
#define MEX_H
#include <stdbool.h>
#include <stddef.h>

typedef struct mxArray_tag mxArray;
typedef enum { mxREAL, mxCOMPLEX } mxComplexity;

bool mxIsDouble(const mxArray* array);
char* mxArrayToString(const mxArray* array);
size_t mxGetM(const mxArray* array);
size_t mxGetN(const mxArray* array);
double* mxGetPr(const mxArray* array);
mxArray* mxCreateDoubleMatrix(size_t rows, size_t columns, mxComplexity complexity);
void* mxMalloc(size_t size);
void mxFree(void* memory);
void mexErrMsgIdAndTxt(const char* id, const char* text, ...);

void mexFunction(int left, mxArray* results[], int right, const mxArray* given[]);
#endif
