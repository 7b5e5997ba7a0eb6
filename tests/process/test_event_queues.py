"""Queues of events when their interpreter ends, and after fork()."""

import signal

import pytest

from support import children

OPEN = """
import asyncio, os, select, signal, sys, threading, time
import jack

client = jack.Client("child", servername=sys.argv[1])
queue = client.events(jack.PortRegistered)
client.activate()
waiting = threading.Event()

def wait():
    waiting.set()
    for event in queue:
        pass

def start(target, **options):
    thread = threading.Thread(target=target, **options)
    thread.start()
    assert waiting.wait(10)
    return thread
"""

ENDINGS = {
    "with a queue": "",
    "with a full one": """
        small = client.events(size=1)
        for number in range(200):
            client.inports.register(f"i{number}")
    """,
    "a thread in get()": "start(wait, daemon=True)",
    "several threads": "[start(wait, daemon=True) for _ in range(4)]",
    "a thread in wait_closed()": """
        def closing():
            waiting.set()
            client.wait_closed()
        start(closing, daemon=True)
    """,
    "a thread that waits, and is waited for": """
        def close():
            threading.main_thread().join()
            client.close()
        start(wait)
        threading.Thread(target=close).start()
    """,
    "asyncio in a thread": """
        async def main():
            waiting.set()
            async for event in queue:
                pass
        start(lambda: asyncio.run(main()), daemon=True)
    """,
    "kept by a module": "sys.keep = queue; del queue, client",
    "in a cycle": "client.queue = queue; client.events_again = client.events(); del queue, client",
    "events kept": """
        client.inports.register("i")
        sys.keep = queue.get(10)
    """,
    "a supervisor": """
        supervisor = jack.Supervisor("kept", servername=sys.argv[1]).start()
        while supervisor.client is None:
            time.sleep(0.01)
    """,
    "a supervisor in search": """
        jack.Supervisor("kept", servername="rtj-no-such-server").start()
    """,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_end_of_the_interpreter(server, ending):
    children.run(children.join(OPEN, ENDINGS[ending]), server.name)


@pytest.mark.parametrize(
    "waiting", ["queue.get()", "list(queue)", "client.wait_closed()", "queue.get(60)"]
)
def test_interrupt(server, waiting):
    """Ctrl-C ends a wait, and the queue goes on."""
    program = children.join(
        OPEN,
        f"""
        try:
            print("ready", flush=True)
            {waiting}
        except KeyboardInterrupt:
            client.inports.register("i")
            print(queue.get(10).port.name, flush=True)
        client.close()
        """,
    )
    child = children.start(program, server.name)
    try:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, out, err) == (0, "child:i\n", "")


def test_fork(server):
    """The child's queues are over, and take nothing from the parent's."""
    program = children.join(
        OPEN,
        """
        start(wait, daemon=True)
        other = client.events(jack.PortRegistered)
        client.inports.register("before")
        read, write = os.pipe()
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        pid = os.fork()
        if pid == 0:
            said = [list(queue), list(other), queue.closed, client.wait_closed()]
            for call in (queue.get, lambda: queue.get(0), client.events):
                try:
                    call()
                except jack.JackError as error:
                    said.append("parent process" in str(error))
            queue.close()
            del queue, other
            os.write(write, repr(said).encode())
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        print(os.read(read, 4096).decode())
        client.inports.register("after")
        print([other.get(10).port.shortname for _ in range(2)])
        client.close()
        """,
    )
    result = children.run(program, server.name)
    assert result.stdout.splitlines() == [
        "[[], [], True, True, True, True, True]",
        "['before', 'after']",
    ]
