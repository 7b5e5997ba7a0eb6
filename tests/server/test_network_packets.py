"""A netjack slave that gets packets which no master would send."""

import json

from support import children

PROGRAM = """
    import contextlib, json, os, resource, socket, struct, threading
    from concurrent.futures import ThreadPoolExecutor
    import jack

    resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
    NAMES = ("mtu", "id", "transport", "audio_to_slave", "audio_to_master", "midi_to_slave",
             "midi_to_master", "samplerate", "frames", "encoder", "kbps", "sync", "latency")
    GOOD = {"samplerate": 48000, "frames": 64, "step": 1}

    def answer(call, changes):
        if isinstance(changes, bytes):
            return changes
        values = dict(zip(NAMES, struct.unpack("!13I", call[-52:])), step=0)
        values.update(changes)
        head = call[:12] + struct.pack("!I", values["step"]) + call[16:-52]
        return head + struct.pack("!13I", *(values[name] for name in NAMES))

    def outcome(changes):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as master:
            master.bind(("127.0.0.1", 0))

            def answer_all():
                with contextlib.suppress(OSError):  # closed
                    while True:
                        call, slave = master.recvfrom(4096)
                        master.sendto(answer(call, changes), slave)

            threading.Thread(target=answer_all, daemon=True).start()
            address = {"address": "127.0.0.1", "port": master.getsockname()[1]}
            try:
                with jack.NetSlave(1, 1, timeout=3, **address) as slave:
                    return slave.blocksize
            except TimeoutError as error:
                return str(error).partition(" at ")[0]

    CASES = [
        GOOD,
        GOOD | {"frames": 471432064},
        GOOD | {"frames": 0},
        GOOD | {"samplerate": 0},
        GOOD | {"audio_to_slave": 100000000},
        GOOD | {"midi_to_master": 0x80000000},
        GOOD | {"mtu": 0},
        GOOD | {"mtu": 0xffffffff},
        {},  # its own call
        {"frames": 64, "samplerate": 48000},  # another's
        b"params",
        b"params" + bytes(30),
        b"params" + bytes(2000),
    ]
    with ThreadPoolExecutor(len(CASES)) as pool:
        print(json.dumps(list(pool.map(outcome, CASES))), flush=True)
    os._exit(0)  # not before the threads that answer
"""


def test_sizes_that_cannot_be():
    """They are passed over: libjacknet would allocate what they say, and the program end."""
    good, *others = json.loads(children.run(PROGRAM, timeout=60).stdout)
    assert good == 64
    assert set(others) == {"no netjack master answered"}
