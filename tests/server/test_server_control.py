"""jack.Server: parameters set and reset, internal clients, added drivers, session files."""

import pytest

import jack
from support.hosting import run

# ---- parameters ----


def test_configure_keeps_the_rest():
    run("""
        server = jack.Server(blocksize=128, capture=3)
        server.configure(samplerate=44100, realtime=True, port_max=64)
        values = {key: p.value for key, p in server.parameters.items()}
        assert (values["rate"], values["period"], values["capture"]) == (44100, 128, 3)
        assert values["realtime"] and values["port_max"] == 64
        server.configure(name="other", blocksize=64, realtime=False)
        with server:
            with jack.Client("x", servername="other") as client:
                assert (client.samplerate, client.blocksize) == (44100, 64)
            assert raised(server.configure, blocksize=128) == (
                "JackError", "a JACK server is configured while it is stopped")
            assert raised(server.reset)[0] == "JackError"
    """)


def test_reset():
    server = jack.Server(blocksize=128, capture=5)
    server.reset("capture")
    assert not server.parameters["capture"].is_set
    assert (server.parameters["capture"].value, server.parameters["period"].value) == (2, 128)
    name = server.name
    server.reset()
    assert server.name == name
    for key, parameter in server.parameters.items():
        if key != "name":
            assert (parameter.value, parameter.is_set) == (parameter.default, False), key


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda s: s.configure(1), TypeError, "takes keyword arguments only, got 1"),
        (lambda s: s.configure(nope=1), TypeError, "'nope'; driver \"dummy\" has these"),
        (lambda s: s.configure(blocksize=0), ValueError, "blocksize must be between 1 and"),
        (lambda s: s.configure(name="a/b"), ValueError, "no slashes, got 'a/b'"),
        (lambda s: s.configure(temporary=True), ValueError, "temporary must be False"),
        (lambda s: s.reset("nope"), TypeError, "unexpected keyword argument 'nope'"),
        (lambda s: s.reset(3), TypeError, "name must be a str, not int"),
        (lambda s: s.parameters_of("nope"), ValueError, "name must be one of .*'loopback'"),
        (lambda s: s.load_internal(), TypeError, "takes one name .* got 0 positional"),
        (lambda s: s.load_internal("nope"), ValueError, "must be one of .*'netmanager'"),
        (lambda s: s.load_internal("netmanager"), jack.JackError, "it is not running"),
        (
            lambda s: s.load_internal("netmanager", nope=1),
            TypeError,
            'internal client "netmanager" has these parameters: multicast_ip',
        ),
        (
            lambda s: s.load_internal("netmanager", udp_net_port=70000),
            ValueError,
            "between 1 and 65535, got 70000",
        ),
        (lambda s: s.unload_internal("nope"), ValueError, "must be one of"),
        (lambda s: s.unload_internal("netmanager"), jack.JackError, "it is not running"),
        (lambda s: s.add_slave("dummy"), ValueError, "driver must be one of .*'loopback'"),
        (lambda s: s.add_slave("loopback", rate=1), TypeError, "argument 'rate'"),
        (lambda s: s.add_slave(None), TypeError, "driver must be a str"),
        (lambda s: s.remove_slave("loopback"), ValueError, '"loopback" was not added'),
        (lambda s: s.load_session_file("x"), jack.JackError, "it is not running"),
        (lambda s: s.load_session_file("x\0y"), ValueError, "null"),
        (lambda s: s.load_session_file(3), TypeError, "int"),
    ],
)
def test_bad_input(call, error, text):
    server = jack.Server()
    before = {key: p.value for key, p in server.parameters.items()}
    with pytest.raises(error, match=text):
        call(server)
    assert {key: p.value for key, p in server.parameters.items()} == before
    assert server.slaves == [] and not any(server.internals.values())


def test_descriptions():
    server = jack.Server()
    parameters = server.parameters
    assert parameters["period"].option == "p"
    assert parameters["name"].option == ""
    choice = parameters["self_connect_mode"]
    assert choice.strict and choice.fake and len(choice.choices) == 5
    assert not parameters["period"].strict and not parameters["period"].fake
    assert {p.of for p in server.parameters_of("dummy").values()} == {"driver"}
    assert {p.of for p in server.parameters_of("netmanager").values()} == {"internal"}
    assert server.parameters_of("netmanager")["udp_net_port"].value == 19000


# ---- internal clients ----


def test_internal_clients():
    run("""
        server = jack.Server()
        assert "netadapter" in server.internals
        with server, jack.Client("x", servername=server.name) as client:
            for _ in range(3):
                server.load_internal("netadapter", input_ports=3, output_ports=1)
                assert server.internals["netadapter"]
                ports = [p.name for p in client.get_ports("netadapter")]
                assert len(ports) == 4, ports
                assert raised(server.load_internal, "netadapter") == (
                    "JackError", '"netadapter" is loaded already')
                server.unload_internal("netadapter")
                assert not server.internals["netadapter"]
                assert client.get_ports("netadapter") == []
                assert raised(server.unload_internal, "netadapter") == (
                    "JackError", '"netadapter" is not loaded')
            server.load_internal("profiler")
        assert not any(server.internals.values())  # they end with the server
        with server:
            server.load_internal("profiler")
        assert remains(server.name) == []
    """)


def test_an_internal_client_s_name_is_taken():
    run("""
        with jack.Server() as server:
            with jack.Client("profiler", servername=server.name):
                assert raised(server.load_internal, "profiler") == (
                    "JackError", '"profiler" can\\'t be loaded: the server has a client of '
                    "that name")
            server.load_internal("profiler")
    """)


def test_an_internal_client_that_somebody_else_unloaded():
    """Its number may be another client's, which must stay."""
    run("""
        other = (
            "import jack, os, sys\\n"
            "client = jack.Client('other', servername=sys.argv[1])\\n"
            "client.get_internal('profiler').unload()\\n"
            # Without closing: libjack's close can hang while the notice of the removed client
            # comes, for it ends the thread that deals with it, its lock held.  (JACK's own
            # jack_unload does hang, once in ten.)
            "os._exit(0)")
        with jack.Server() as server:
            server.load_internal("profiler")
            done = subprocess.run([sys.executable, "-c", other, server.name],
                                  capture_output=True, text=True, timeout=20)
            assert done.returncode == 0, done
            with jack.Client("x", servername=server.name) as client:
                text = raised(server.unload_internal, "profiler")[1]
                assert text == ('"profiler" is not loaded any more: somebody else '
                                "unloaded it")
                assert client.get_ports("system") != [] and not client.closed
            server.load_internal("profiler")
    """)


def test_an_internal_client_that_would_end_the_process():
    run("""
        with jack.Server() as server:
            name, text = raised(server.load_internal, "audioadapter")
            assert name == "NotSupportedError" and "sound card" in text
            assert server.running
    """)


def test_several_threads():
    """One call at a time; the others are told."""
    run("""
        import threading
        with jack.Server() as server:
            outcomes = []
            def work():
                for _ in range(10):
                    for call in (server.load_internal, server.unload_internal):
                        try:
                            call("profiler")
                            outcomes.append("done")
                        except jack.JackError as error:
                            outcomes.append(str(error))
            threads = [threading.Thread(target=work) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert outcomes.count("done") > 0 and len(outcomes) == 60
            for text in set(outcomes) - {"done"}:
                assert "another call" in text or "loaded" in text or "name" in text, text
            assert server.running
    """)


# ---- drivers beside the server's own ----


def test_added_drivers():
    run("""
        server = jack.Server()
        server.add_slave("loopback", channels=3)
        server.add_slave("loopback", channels=1)
        assert server.slaves == ["loopback", "loopback"]
        for _ in range(2):
            with server, jack.Client("x", servername=server.name) as client:
                assert len(client.get_ports("loopback")) == 8
                assert raised(server.add_slave, "loopback")[1].endswith("it is stopped")
                assert raised(server.remove_slave, "loopback")[1].endswith("it is stopped")
        server.remove_slave("loopback")
        with server, jack.Client("x", servername=server.name) as client:
            assert len(client.get_ports("loopback")) == 6
            server.switch_master("dummy", blocksize=64)
            assert len(client.get_ports("loopback")) == 6
        server.remove_slave("loopback")
        with server, jack.Client("x", servername=server.name) as client:
            assert client.get_ports("loopback") == []
        assert remains(server.name) == []
    """)


def test_a_driver_that_can_t_be_added():
    run("""
        server = jack.Server(port_max=16)
        server.add_slave("loopback", channels=100)
        name, text = raised(server.start)
        assert name == "JackError" and "can't start" in text, text
        assert not server.running and remains(server.name) == []
        server.remove_slave("loopback")
        with server:
            pass
    """)


# ---- session files ----


def test_session_file(tmp_path):
    path = tmp_path / "session"
    path.write_text(
        "# what is loaded and connected\n\n"
        "load inside profiler\n"
        "c system:capture_1 x:i\n"
        "CON x:o system:playback_2\n"
    )
    bad = tmp_path / "bad"
    bad.write_text("frobnicate\nc system:capture_2 x:i\nload y nothing\n")
    run(f"""
        with jack.Server() as server, jack.Client("x", servername=server.name) as client:
            out, into = client.outports.register("o"), client.inports.register("i")
            server.load_session_file({str(path)!r})
            assert [p.name for p in into.connections] == ["system:capture_1"]
            assert [p.name for p in out.connections] == ["system:playback_2"]
            name, text = raised(server.load_session_file, {str(bad)!r})
            assert name == "JackError", name
            for part in ("unknown command 'frobnicate'", "Cannot load client y"):
                assert part in text, text
            assert len(into.connections) == 2  # the good line was followed
            name, text = raised(server.load_session_file, {str(tmp_path / "none")!r})
            assert name == "JackError" and "cannot be opened for reading" in text
    """)
