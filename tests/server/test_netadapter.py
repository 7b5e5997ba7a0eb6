"""jack.NetAdapter: rings between two threads."""

import numpy as np
import pytest

import jack


def test_adapter():
    adapter = jack.NetAdapter(2, 1, blocksize=64, adapted_blocksize=64)
    assert (adapter.inputs, adapter.outputs) == (2, 1)
    silent = adapter.pull_and_push(np.zeros((64, 1), np.float32))
    assert silent.shape == (64, 2) and not silent.any()
    there = np.arange(128, dtype=np.float32).reshape(64, 2)
    back = np.arange(64, dtype=np.float32).reshape(64, 1)
    heard_there, heard_back = [], []
    for _ in range(8):
        heard_back.append(adapter.push_and_pull(there))
        heard_there.append(adapter.pull_and_push(back))
    assert any(np.array_equal(block, there) for block in heard_there)
    assert any(np.array_equal(block, back) for block in heard_back)
    adapter.flush()


def test_adapter_that_runs_full():
    adapter = jack.NetAdapter(1, 1, blocksize=64, adapted_blocksize=64)
    block = np.zeros((64, 1), np.float32)
    with pytest.raises(jack.JackErrorCode, match="rings had not enough"):
        for _ in range(100):
            adapter.push_and_pull(block)


@pytest.mark.parametrize(
    "arguments, error, text",
    [
        ((0,), ValueError, "inputs must be between 1 and 255, got 0"),
        ((1, 1, 8193), ValueError, "blocksize must be between 1 and 8192"),
        ((1, 1, 64, 48000, 64, "x"), TypeError, "adapted_samplerate"),
    ],
)
def test_adapter_bad_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        jack.NetAdapter(*arguments)


def test_adapter_bad_blocks():
    adapter = jack.NetAdapter(2, 1)
    with pytest.raises(ValueError, match=r"shape \(frames, 2\)"):
        adapter.push_and_pull(np.zeros((64, 1), np.float32))
    with pytest.raises(ValueError, match="audio must have 1 to 8192 frames, got 0"):
        adapter.push_and_pull(np.zeros((0, 2), np.float32))
