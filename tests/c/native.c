/* Native callbacks with the signature "dsp", for the tests and benchmarks that measure
 * them: a shared library of its own.
 */
#include <stdint.h>
#include <string.h>

/* What `arg` points to. */
typedef struct native_thru {
    uint32_t channels;
    uint32_t drop;   /* each so many blocks one is silent; 0: none */
    uint64_t blocks; /* passed so far */
} native_thru;

int native_thru_run(const float *const *in, float *const *out, uint32_t frames,
                    void *arg);

/* Copies each input to the output of the same place. */
int native_thru_run(const float *const *in, float *const *out, uint32_t frames,
                    void *arg)
{
    native_thru *own = arg;
    uint64_t block = own->blocks++;
    int drop = own->drop > 0 && block % own->drop == 0;
    for (uint32_t c = 0; c < own->channels; c++) {
        if (drop) {
            memset(out[c], 0, frames * sizeof *out[c]);
        } else {
            memcpy(out[c], in[c], frames * sizeof *out[c]);
        }
    }
    return 0;
}
