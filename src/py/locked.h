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

/* ---- what another thread may take away meanwhile ---- */

/* New reference; NULL without an exception when there is none. */
static inline PyObject *rtj_list_get(PyObject *list, Py_ssize_t index)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *item = PyList_GetItemRef(list, index);
    if (item == NULL) {
        PyErr_Clear(); /* IndexError */
    }
    return item;
#else
    return index < PyList_GET_SIZE(list) ? Py_NewRef(PyList_GET_ITEM(list, index))
                                         : NULL;
#endif
}

/* New reference; NULL with or without an exception. */
static inline PyObject *rtj_dict_get(PyObject *dict, PyObject *key)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *value;
    (void)PyDict_GetItemRef(dict, key, &value);
    return value;
#else
    return Py_XNewRef(PyDict_GetItemWithError(dict, key));
#endif
}

/* What is there under the key now, `value` if nothing was: new reference. */
static inline PyObject *rtj_dict_set_default(PyObject *dict, PyObject *key,
                                             PyObject *value)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *kept;
    (void)PyDict_SetDefaultRef(dict, key, value, &kept);
    return kept;
#else
    return Py_XNewRef(PyDict_SetDefault(dict, key, value));
#endif
}

/* What the weak reference leads to: new reference; NULL for nothing any more. */
static inline PyObject *rtj_weak_target(PyObject *reference)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *target = NULL;
    (void)PyWeakref_GetRef(reference, &target);
    return target;
#else
    PyObject *target = PyWeakref_GetObject(reference);
    return target == Py_None ? NULL : Py_XNewRef(target);
#endif
}

/* Take the item out of the list in one step.  1, or 0 when it was not there; -1 with an
 * exception. */
static inline int rtj_list_remove(PyObject *list, PyObject *item)
{
    PyObject *result = PyObject_CallMethod(list, "remove", "(O)", item);
    int is_missing = result == NULL && PyErr_ExceptionMatches(PyExc_ValueError);
    if (is_missing) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    return result != NULL ? 1 : -!is_missing;
}

#endif
