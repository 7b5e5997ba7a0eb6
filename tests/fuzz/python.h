/* An interpreter with the extension in it, for what turns libjack's bytes into Python's
 * values. */
#ifndef RTJ_FUZZ_PYTHON_H
#define RTJ_FUZZ_PYTHON_H

#include "py/module.h"

/* What has to go well. */
#define MUST(holds)                                                                    \
    do {                                                                               \
        if (!(holds)) {                                                                \
            PyErr_Print();                                                             \
            abort();                                                                   \
        }                                                                              \
    } while (0)

PyMODINIT_FUNC PyInit__jack(void);

/* A bare package, of whose modules the extension imports one, and what a module is made
 * from. */
#define PREPARATION                                                                    \
    "import sys, types\n"                                                              \
    "package = sys.modules['jack'] = types.ModuleType('jack')\n"                       \
    "package.__path__ = ['src/jack']\n"                                                \
    "spec = types.SimpleNamespace(name='jack._jack')\n"

/* Python takes its memory from malloc(), where the address sanitizer sees it. */
static inline rtj_state *start_python(void)
{
    PyPreConfig before;
    PyConfig config;
    PyPreConfig_InitIsolatedConfig(&before);
    before.allocator = PYMEM_ALLOCATOR_MALLOC;
    MUST(!PyStatus_Exception(Py_PreInitialize(&before)));
    PyConfig_InitIsolatedConfig(&config);
    MUST(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    PyConfig_Clear(&config);

    PyModuleDef *definition = (PyModuleDef *)(void *)PyInit__jack();
    PyObject *main = PyImport_AddModule("__main__"); /* borrowed */
    MUST(definition != NULL && main != NULL && PyRun_SimpleString(PREPARATION) == 0);
    PyObject *spec = PyObject_GetAttrString(main, "spec");
    PyObject *module = PyModule_FromDefAndSpec(definition, spec);
    MUST(module != NULL && PyModule_ExecDef(module, definition) == 0);
    Py_DECREF(spec);
    return rtj_state_of_module(module);
}

#endif
