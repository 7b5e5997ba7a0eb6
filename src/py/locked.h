/* One thread at a time in an object: the GIL sees to it, and without a GIL the object's
 * own lock. */
#ifndef RTJ_PY_LOCKED_H
#define RTJ_PY_LOCKED_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A block; don't jump or return out of it. */
#if PY_VERSION_HEX >= 0x030D0000
/* With a GIL Python's own macro does not use its argument. */
#define RTJ_BEGIN_LOCKED(object)                                                       \
    Py_BEGIN_CRITICAL_SECTION(object);                                                 \
    (void)(object);
#define RTJ_END_LOCKED() Py_END_CRITICAL_SECTION()
#else
#define RTJ_BEGIN_LOCKED(object)                                                       \
    {                                                                                  \
        (void)(object);
#define RTJ_END_LOCKED() }
#endif

#endif
