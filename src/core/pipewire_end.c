#include "core/pipewire_end.h"

#ifdef __linux__

#include "core/registry.h"
#include "core/relink.h"

static void (*real_deinit)(void); /* set by the loader, as is: */
static unsigned loaded_in;        /* which generation */

/* Instead of pw_deinit(), where PipeWire's libjack calls it, in the loader's thread as
 * the process ends. */
static void deinit_for_libjack(void)
{
    if (rtj_registry_generation() == loaded_in) {
        real_deinit();
    }
}

void rtj_pipewire_end_watch(const rtj_libjack *lib)
{
    if (lib->kind != RTJ_PIPEWIRE) {
        return;
    }
    loaded_in = rtj_registry_generation();
    rtj_library_find(lib->module, "pw_deinit", &real_deinit);
    if (real_deinit != NULL) {
        (void)rtj_relink(lib->module, "pw_deinit", deinit_for_libjack);
    }
}

#else

void rtj_pipewire_end_watch(const rtj_libjack *lib)
{
    (void)lib;
}

#endif
