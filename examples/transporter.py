"""Move the transport by hand: play, stop, locate SECONDS, where, quit.

    python transporter.py
"""

import cmd

import jack


class Transporter(cmd.Cmd):
    prompt = "transport> "

    def __init__(self, client):
        super().__init__()
        self.client = client

    def do_play(self, _):
        """Let it roll."""
        self.client.transport_start()

    def do_stop(self, _):
        """Let it stand."""
        self.client.transport_stop()

    def do_locate(self, seconds):
        """locate SECONDS: go there, by default to the beginning."""
        try:
            self.client.transport_frame = round(float(seconds or 0) * self.client.samplerate)
        except (ValueError, OverflowError) as error:
            print(error)

    def do_where(self, _):
        """Say where it is, and whether it rolls."""
        state, position = self.client.transport_query()
        words = "rolling" if state == jack.ROLLING else "stopped"
        print(f"{position['frame'] / position['frame_rate']:.3f} s, {words}")

    def do_quit(self, _):
        """End this program; the transport goes on."""
        return True

    do_EOF = do_quit


with jack.Client("transporter") as client:
    Transporter(client).cmdloop()
