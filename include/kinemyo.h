/* kinemyo from C, and from whatever can call C: trained networks on named motion, whole recordings or live.
 *
 * A model is loaded once and may then be used by any number of threads and streams at the same time; a stream belongs
 * to one thread at a time. Numbers are SI: markers in m with Y up, angles in rad, EMG in V or as a fraction. A missing
 * number is NaN, and is taken as the mean of training. Nothing here throws, prints, exits or logs. */
#ifndef KINEMYO_H
#define KINEMYO_H

#include <stddef.h>

#if defined(__GNUC__)
#define KINEMYO_API __attribute__((visibility("default")))
#else
#define KINEMYO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kinemyo_status {
  KINEMYO_OK = 0,
  KINEMYO_BAD_DATA = 1, /* a file, a model or a list of names: kinemyo_error() says where and what */
  KINEMYO_BAD_USE = 2,  /* a null pointer, a wrong count */
  KINEMYO_FAULT = 3     /* out of memory, or our own mistake */
} kinemyo_status;

typedef struct kinemyo_model kinemyo_model;
typedef struct kinemyo_stream kinemyo_stream;

/* "0.1.0" */
KINEMYO_API const char* kinemyo_version(void);

/* What was wrong in the last call of this thread that did not return KINEMYO_OK; "" before. It stands until the next. */
KINEMYO_API const char* kinemyo_error(void);

/* Reads a model file (.safetensors, from `kinemyo train` or `kinemyo import`). On failure *model is NULL. */
KINEMYO_API kinemyo_status kinemyo_model_load(const char* path, kinemyo_model** model);
/* The same from `size` bytes in memory, which are not needed afterwards. */
KINEMYO_API kinemyo_status kinemyo_model_parse(const void* bytes, size_t size, kinemyo_model** model);
/* Its streams must be freed before it. NULL is allowed. */
KINEMYO_API void kinemyo_model_free(kinemyo_model* model);

/* Numbers in a frame: "<marker>_X", "_Y", "_Z" of each marker (m), then single channels (rad or SI). Names stand as
 * long as the model; NULL beyond the end. */
KINEMYO_API size_t kinemyo_model_inputs(const kinemyo_model* model);
KINEMYO_API const char* kinemyo_model_input_name(const kinemyo_model* model, size_t input);
/* Numbers that come out: joint angles, muscles. The unit is "rad", "V", "1" (of the person's peak) or "m". */
KINEMYO_API size_t kinemyo_model_outputs(const kinemyo_model* model);
KINEMYO_API const char* kinemyo_model_output_name(const kinemyo_model* model, size_t output);
KINEMYO_API const char* kinemyo_model_output_unit(const kinemyo_model* model, size_t output);
/* Frames a second that it was trained on and has to be given; 0: not known. */
KINEMYO_API double kinemyo_model_rate_hz(const kinemyo_model* model);
/* 1 if it can run frame by frame; 0 if it has to see the whole recording. */
KINEMYO_API int kinemyo_model_can_stream(const kinemyo_model* model);

/* A stream of one person. `names`: what each of `count` numbers of a frame is, in your order; names are matched as
 * recordings' are (LASI is LASIS, a prefix "Anna:" and case do not matter), and channels that the model does not take
 * are left out. names = NULL, count = 0: the model's own order. Fails with a list of what is missing. */
KINEMYO_API kinemyo_status kinemyo_stream_create(const kinemyo_model* model, const char* const* names, size_t count,
                                                 kinemyo_stream** stream);
KINEMYO_API void kinemyo_stream_free(kinemyo_stream* stream);
/* Learns the person's size from `frames` frames, one behind another, that are not part of the stream. Otherwise it
 * is learned from the stream's first frames. */
KINEMYO_API kinemyo_status kinemyo_stream_calibrate(kinemyo_stream* stream, const double* frames, size_t count);
/* The next frame, at the model's rate; outputs has kinemyo_model_outputs() numbers. No allocation, no lock, no system
 * call: fit for a loop with a deadline. */
KINEMYO_API kinemyo_status kinemyo_stream_step(kinemyo_stream* stream, const double* frame, double* outputs);
/* Forgets all frames, calibration too. */
KINEMYO_API kinemyo_status kinemyo_stream_reset(kinemyo_stream* stream);

/* Whole recordings in the model's own order of inputs, each from rest: `recordings` of them, one behind another in
 * `frames`, of lengths[i] frames each; outputs likewise. Same numbers as by steps, bit for bit, where the model can
 * stream. On all cores. */
KINEMYO_API kinemyo_status kinemyo_predict(const kinemyo_model* model, const double* frames, const size_t* lengths,
                                           size_t recordings, double* outputs);

#ifdef __cplusplus
}
#endif

#endif
