/* A position of any bytes, as libjack may give it: each field is told as it is, and a
 * Position of what was told is the same. */
#include "py/position.c" /* fields */

#include "input.h"
#include "python.h"

static int is_nan(const char *from, kind which)
{
    float narrow;
    double wide;
    memcpy(&narrow, from, sizeof narrow);
    memcpy(&wide, from, which == DOUBLE ? sizeof wide : 0);
    return (which == FLOAT && isnan(narrow)) || (which == DOUBLE && isnan(wide));
}

/* The number of fields that are no numbers; they stay so, with other bits maybe. */
static int compare(const jack_position_t *given, const jack_position_t *got)
{
    static const size_t sizes[] = {
        [UINT64] = 8, [UINT32] = 4, [INT32] = 4, [FLOAT] = 4, [DOUBLE] = 8};
    int none = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const char *a = (const char *)given + fields[i].offset;
        const char *b = (const char *)got + fields[i].offset;
        if (is_nan(a, fields[i].kind)) {
            MUST(is_nan(b, fields[i].kind));
            none++;
        } else {
            MUST(memcmp(a, b, sizes[fields[i].kind]) == 0);
        }
    }
    return none;
}

/* One of all that `position` tells. */
static PyObject *again(rtj_state *state, PyObject *position)
{
    PyObject *reduced = PyObject_CallMethod(position, "__reduce__", NULL);
    MUST(reduced != NULL);
    PyObject *told = PyTuple_GET_ITEM(PyTuple_GET_ITEM(reduced, 2), 1);
    PyObject *nothing = PyTuple_New(0);
    PyObject *made = PyObject_Call((PyObject *)state->Position, nothing, told);
    MUST(made != NULL && PyDict_GET_SIZE(told) == FIELD_COUNT);
    Py_DECREF(nothing);
    Py_DECREF(reduced);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static rtj_state *state;
    if (state == NULL) {
        state = start_python();
    }
    jack_position_t given = {0};
    memcpy(&given, data, size < sizeof given ? size : sizeof given);
    PyObject *position = rtj_position_new(state, &given);
    MUST(position != NULL);
    PyObject *same = again(state, position);
    int none = compare(&given, rtj_position_get(state, same, "it"));
    MUST(PyObject_RichCompareBool(position, same, Py_EQ) == (none == 0));
    PyObject *text = PyObject_Repr(position);
    PyObject *filled = rtj_position_dict(&given);
    MUST(text != NULL && filled != NULL && PyDict_GET_SIZE(filled) <= FIELD_COUNT);
    Py_DECREF(filled);
    Py_DECREF(text);
    Py_DECREF(same);
    Py_DECREF(position);
    return 0;
}
