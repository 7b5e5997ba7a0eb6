"""The command line, ``pyjack`` and ``python -m jack``: a file for each command.

It needs click and rich (the extra rtjack[cli]), which ``import jack`` does not.
"""
