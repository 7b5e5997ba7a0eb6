#include "py/detached.h"

#include "core/nodes.h"
#include "py/attach.h"

/* ---- the helper thread ---- */

static void work(void *context, rtj_detached *detached)
{
    rtj_callbacks *callbacks = context;
    rtj_block block;
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate == NULL) {
        rtj_detached_finish(detached);
        return;
    }
    /* Or the collector, running in here, could close the client. */
    PyObject *client = rtj_callbacks_client(callbacks);
    /* All that wait at once: whoever lets go of the interpreter's lock in between may
     * not get it back for several blocks. */
    while (rtj_detached_take(detached, &block)) {
        int failed = client == NULL || rtj_callbacks_call(callbacks, block.frames) < 0;
        rtj_detached_give(detached);
        if (failed) {
            rtj_detached_finish(detached);
            break;
        }
    }
    Py_XDECREF(client);
    rtj_detach(tstate);
}

static void end(void *context)
{
    const rtj_callbacks *callbacks = context;
    rtj_forget_visit(callbacks->interpreter);
}

int rtj_py_detached_set(rtj_py_client *client, uint32_t lookahead)
{
    rtj_node node = {rtj_callbacks_process, client->callbacks};
    rtj_detached_plan plan = {lookahead, client->callbacks, work, end};
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_detached_set(client->core, &plan, &error);
    if (status == RTJ_OK) {
        status = rtj_client_remove_node(client->core, &node, &error);
    }
    if (status == RTJ_OK && lookahead == 0) {
        status = rtj_client_add_node(client->core, &node, &error);
    }
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(client->state, &error);
        return -1;
    }
    return 0;
}

/* ---- ports ---- */

static const char hold_name[] = "jack.detached";

static void drop_hold(PyObject *capsule)
{
    rtj_detached_port *block = PyCapsule_GetPointer(capsule, hold_name);
    if (block != NULL) {
        rtj_detached_port_release(block);
    } else {
        PyErr_WriteUnraisable(NULL); /* it is on its way */
    }
}

/* What keeps the port's blocks for Python; borrowed, NULL on error. */
static PyObject *hold_of(rtj_port *port, rtj_detached_port *block)
{
    void *held = port->block_hold != NULL
                     ? PyCapsule_GetPointer(port->block_hold, hold_name)
                     : NULL;
    if (held == NULL && port->block_hold != NULL) {
        return NULL;
    }
    if (held != block) {
        PyObject *hold = PyCapsule_New(block, hold_name, drop_hold);
        if (hold == NULL) {
            return NULL;
        }
        rtj_detached_port_retain(block);
        Py_XSETREF(port->block_hold, hold);
    }
    return port->block_hold;
}

rtj_detached_port *rtj_py_detached_port(rtj_port *port, uint32_t *frames,
                                        PyObject **keep)
{
    rtj_error error;
    rtj_detached *detached = rtj_detached_here(port->core);
    if (rtj_client_enter(port->core, &error) == NULL) {
        return (void *)rtj_raise(port->state, &error);
    }
    rtj_detached_port *block =
        rtj_detached_find(detached, port->handle, &port->block_hint);
    rtj_client_leave(port->core);
    if (block == NULL) {
        rtj_port_refuse(port, "the port %R is unknown to the process callback");
        return NULL;
    }
    *frames = rtj_detached_block(detached)->frames;
    *keep = hold_of(port, block);
    return *keep != NULL ? block : NULL;
}
