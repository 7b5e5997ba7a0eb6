"""Scenes of fault_scenes.py for what happens once in a process, each of which sees but one.

They import what they need, for that is a part of it.
"""
