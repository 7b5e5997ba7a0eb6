#include "py/record.h"

#include <string.h>

PyTypeObject *rtj_add_record(PyObject *module, PyStructSequence_Desc *desc)
{
    PyTypeObject *type = PyStructSequence_NewType(desc); /* new */
    if (type != NULL && PyModule_AddObjectRef(module, strrchr(desc->name, '.') + 1,
                                              (PyObject *)type) < 0) {
        Py_CLEAR(type);
    }
    return type;
}

PyObject *rtj_record_new(PyTypeObject *type, PyObject *const *values, int count)
{
    PyObject *record = PyStructSequence_New(type); /* new */
    int complete = record != NULL;
    for (int i = 0; i < count; i++) {
        complete &= values[i] != NULL;
        if (record != NULL) {
            PyStructSequence_SET_ITEM(record, i, values[i]); /* steals */
        } else {
            Py_XDECREF(values[i]);
        }
    }
    if (!complete) {
        Py_CLEAR(record);
    }
    return record;
}
