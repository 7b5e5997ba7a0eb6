#include "py/notebook.h"

#include "py/args.h"

PyObject *rtj_repr_html(PyObject *self, PyObject *args)
{
    return rtj_call_python("jack._notebook", "html", self, args, NULL);
}
