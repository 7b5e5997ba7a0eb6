/* Have a loaded library call another function than the one it is linked with. */
#ifndef RTJ_CORE_RELINK_H
#define RTJ_CORE_RELINK_H

typedef void rtj_any_function(void); /* the other one, whatever it takes and gives */

/* From now on `module` calls `instead` where it calls `function` through its table; no
 * other library does.  0, or -1 when it has no such call or this can't be done (not
 * ELF).  Nobody may be in that call meanwhile. */
int rtj_relink(void *module, const char *function, rtj_any_function *instead);

#endif
