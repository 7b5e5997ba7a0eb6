"""A client that tells all that JACK tells it, by callbacks.  Ctrl-C ends it.

    python chatty_client.py

watch.py does it with a loop.
"""

import jack


def say(*words):
    # In one piece: two threads may have something to say.
    print(" ".join(map(str, words)) + "\n", end="", flush=True)


client = jack.Client("chatty")
client.inports.register("in")  # with one it has a part in the cycles, and their length
if client.status.name_not_unique:
    say("the name was taken, mine is", client.name)


@client.set_shutdown_callback
def shutdown(status, reason):
    say("the server is gone:", reason)


@client.set_samplerate_callback
def samplerate(hertz):
    say(hertz, "frames a second")


@client.set_blocksize_callback
def blocksize(frames):
    say(frames, "frames in a block")


@client.set_client_registration_callback
def client_registration(name, there):
    say("client", name, "is there" if there else "is gone")


@client.set_port_registration_callback(only_available=False)
def port_registration(port, there):
    say("port", port and port.name, "is there" if there else "is gone")


@client.set_port_rename_callback
def port_rename(port, old, new):
    say("port", old, "is called", new)


@client.set_port_connect_callback
def port_connect(source, destination, connected):
    say(source.name, "->" if connected else "-/-", destination.name)


@client.set_graph_order_callback
def graph_order():
    say("another order of clients")


@client.set_xrun_callback
def xrun(microseconds):
    say("a block was late by", microseconds, "microseconds")


@client.set_freewheel_callback
def freewheel(starting):
    say("freewheeling" if starting else "in step with time again")


with client:
    say("listening as", client.name)
    try:
        client.wait_closed()
    except KeyboardInterrupt:
        pass
