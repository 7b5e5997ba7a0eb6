"""A client whose callback takes much too long: JACK1 lets it go, the others wait for it or
leave it behind. Either way the program learns it, and can close it."""

import pytest

from support import faults, libraries

OPTIONS = {
    "JACK2": [("-r",), ("-r", "-t", "100"), ("-r", "-S", "-t", "100")],
    "JACK1": [("-r",), ("-r", "-t", "100")],
    "PipeWire": [("-r",)],
}[libraries.loaded()]
WORK = {
    "in Python": "client.set_process_callback(lambda frames: late())",
    "in a thread": "client.set_process_thread(loop)",
}


@pytest.mark.faults
@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("work", WORK)
def test_too_late(start_jackd, options, work):
    server = start_jackd(options=options)
    closed, cycles = faults.run(
        f"""
        gone, blocks = threading.Event(), []

        def late():
            blocks.append(client.frame_time if not client.closed else None)
            if len(blocks) == 3:
                time.sleep(3)

        def loop():
            while client.cycle_wait():
                late()
                client.cycle_signal()

        client = open_client("late")
        client.inports.register("i")
        client.set_shutdown_callback(lambda status, reason: gone.set())
        {WORK[work]}
        client.activate()
        wait_for(lambda: len(blocks) >= 3)
        wait_for(lambda: len(blocks) > 10 or client.closed)
        if client.closed:
            assert gone.wait(10)
            for call in client.get_ports, lambda: client.inports.register("x"), client.activate:
                try:
                    call()
                except jack.JackError as error:
                    assert "lost" in str(error), error
                else:
                    raise AssertionError(call)
        told = client.closed, len(blocks)
        client.close()
        works("after")
        tell(told)
        """,
        server,
    )
    assert closed == (libraries.loaded() == "JACK1"), cycles
