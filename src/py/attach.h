/* Entering Python from threads that are not Python's.
 *
 * A thread of libjack's or of ours is given a thread state for the client's interpreter
 * at its first visit and keeps it until the thread ends.  When the thread has one
 * already (libjack called back from within a call of Python's own), that one is used.
 */
#ifndef RTJ_PY_ATTACH_H
#define RTJ_PY_ATTACH_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Attach to `interpreter`, waiting for its GIL.  NULL when it is shutting down: then do
 * nothing with Python.  End with rtj_detach(). */
PyThreadState *rtj_attach(PyInterpreterState *interpreter);
void rtj_detach(PyThreadState *tstate);

/* Instead of rtj_detach(), for a thread of ours that may outlive the interpreter: its
 * thread state is deleted, because an interpreter can't end while others are left. */
void rtj_end_visit(PyInterpreterState *interpreter);

/* If this thread, not attached to anything, has been there: delete its thread state.
 * For a thread that goes on elsewhere, so that `interpreter` can end. */
void rtj_forget_visit(PyInterpreterState *interpreter);

/* From now on no thread may attach to `interpreter`; called from atexit.  The thread
 * states that libjack's threads still have there are taken back: JACK1's go on, with
 * nothing to do, while Python holds memory of JACK's, and an interpreter can't end
 * while others have one.  The opposite is for a new interpreter that got an old one's
 * address. */
void rtj_attach_end(PyInterpreterState *interpreter);
void rtj_attach_allow(PyInterpreterState *interpreter);

/* A user's callback raised: CallbackExit is swallowed (returns 1), all else goes to
 * sys.unraisablehook with the callback as its object (returns 0). */
struct rtj_state;
int rtj_callback_failed(struct rtj_state *state, PyObject *callback);

#endif
