"""Call all that an object has, with arguments that may or may not be right.

For child processes: nothing of it may crash or hang; what is raised is of no interest.
"""

import itertools

# What waits for something that does not come, with what makes it give up at once.
WAITING = {
    "get": (0,), "receive": (0,), "wait_closed": (0,), "wait": (0,), "read": (1, None, 0),
    "process": None, "cycle_wait": None, "join": (0,),
}  # fmt: skip
# What would end the object, comes last.  Never: what takes numbers for the addresses of C
# functions or for open files, or belongs to the whole process.
LAST = "close", "deactivate", "remove", "unregister", "clear"
NEVER = "set_native_callback", "set_native_process_thread", "play_file", "rec_file"
CHOICES = (
    (), (0,), ("x",), ("system:capture_1",), (b"\x90\x40\x40",), (print,), (None,),
    ("a:b", "c:d"), (1, "http://example.org/k"), (1, "http://example.org/k", "v"), (True,),
)  # fmt: skip


def names(thing):
    found = [name for name in dir(type(thing)) if not name.startswith("_") and name not in NEVER]
    return sorted(found, key=lambda name: name in LAST)


def call(thing, name):
    try:
        member = getattr(thing, name)
    except Exception:
        return
    if not callable(member):
        return
    choices = CHOICES
    if name in WAITING:
        choices = (WAITING[name],) if WAITING[name] is not None else ()
    for arguments in choices:
        try:
            result = member(*arguments)
            if hasattr(result, "close") and type(result).__module__.startswith("jack"):
                result.close()
            if hasattr(result, "__await__") and hasattr(result, "throw"):
                result.close()  # a coroutine
        except Exception:
            pass


def call_all(things, skip=()):
    """How many members were called."""
    count = itertools.count()
    for thing in things:
        for name in names(thing):
            if name not in skip:
                call(thing, name)
                next(count)
        for operation in (repr, str, hash, len, list, bool, bytes):
            try:
                operation(thing)
            except Exception:
                pass
    return next(count)


def objects(client):
    """One object of each kind that the client gives."""
    things = [client.inports.register("i"), client.outports.register("o")]
    things += [client.midi_inports.register("mi"), client.midi_outports.register("mo")]
    things += [client.inports, client.midi_outports, client.metadata, things[0].metadata]
    things += [client.get_port_by_name("system:capture_1"), client.transport_query_struct()[1]]
    things += [client.events(), client.tone(things[1]), client.meter(), client.silence()]
    things += [client.open_stream(inputs=["a"], outputs=["b"]), client.rec(64, 1), client.stats]
    return things
