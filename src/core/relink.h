/* Have a loaded library call another function than the one it is linked with. */
#ifndef RTJ_CORE_RELINK_H
#define RTJ_CORE_RELINK_H

/* From now on `module` calls `instead` where it calls `function` through its table; no
 * other library does.  0, or -1 when it has no such call or this can't be done (not
 * ELF).  Nobody may be in that call meanwhile. */
int rtj_relink(void *module, const char *function, void *instead);

#endif
