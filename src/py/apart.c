#include "py/apart.h"

#include <stdlib.h>

#include "core/client.h"
#include "core/thread.h"
#include "py/attach.h"

typedef struct job {
    PyInterpreterState *interpreter;
    PyObject *object; /* strong */
    void (*finalize)(PyObject *object);
} job;

static void *run(void *data)
{
    const job now = *(job *)data;
    free(data);
    /* The interpreter's end closes what comes too late here. */
    if (rtj_attach(now.interpreter) != NULL) {
        now.finalize(now.object);
        Py_DECREF(now.object);
        rtj_end_visit(now.interpreter);
    }
    return NULL;
}

int rtj_finalize_apart(PyObject *object, PyInterpreterState *interpreter,
                       void (*finalize)(PyObject *object))
{
    pthread_t thread;
    job *made = rtj_client_in_any_callback() ? malloc(sizeof *made) : NULL;
    if (made == NULL) {
        return 0;
    }
    *made = (job){interpreter, Py_NewRef(object), finalize};
    if (rtj_thread_start(&thread, run, made) != 0) {
        Py_DECREF(object);
        free(made);
        return 0;
    }
    return 1;
}
