"""Pickles of arrays come back as the library would read them; a pickle that names anything else executes nothing."""

import io
import os
import pickle
import re
import struct
import zlib

import numpy as np
import pytest

from qleap_edge.comparison.dip.plain_pickle import read_plain_pickle
from qleap_edge.core.errors import InputDataError
from tests.support.dip_recordings import python_2_pickle, recording

EXECUTED: list[str] = []


def note_execution(*arguments: object) -> None:
    EXECUTED.append(repr(arguments))


class Evil:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_arrays_come_back_bit_for_bit(protocol, tmp_path):
    wanted = {
        "double": np.random.default_rng(0).normal(size=(5, 17, 3)),
        "single": np.arange(6, dtype=np.float32).reshape(2, 3),
        "big": np.arange(4, dtype=">f8"),
        "by column": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "counts": np.arange(3, dtype=np.int64),
        "scalar": np.float64(2.5),
        "text": "walking",
        "number": 60,
    }
    found = read_plain_pickle(pickle.dumps(wanted, protocol=protocol), tmp_path / "a.pkl")
    assert isinstance(found, dict) and set(found) == set(wanted)
    for key, value in wanted.items():
        np.testing.assert_array_equal(found[key], value)
    assert found["single"].dtype == np.float32 and found["big"].dtype == np.float64


def test_what_python_2_wrote_is_read(tmp_path):
    """Numbers are text there, for which Python 3 is told latin1."""
    values = np.array([1.5, -2.0, np.nan])
    raw = values.tobytes()
    data = (
        b"\x80\x02}U\x02gtcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x03\x85cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U" + bytes([len(raw)]) + raw + b"tbs."
    )
    assert np.array_equal(pickle.loads(data, encoding="latin1")["gt"], values, equal_nan=True)  # as NumPy reads it
    np.testing.assert_array_equal(read_plain_pickle(data, tmp_path / "a.pkl")["gt"], values)
    arrays = recording()
    found = read_plain_pickle(python_2_pickle(arrays), tmp_path / "b.pkl")
    assert b"numpy._core" not in python_2_pickle(arrays)
    for key, value in arrays.items():
        np.testing.assert_array_equal(found[key], value)


def stack_global(module: str, name: str) -> bytes:
    parts = b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name))
    return b"\x80\x04" + parts + b"\x93(X\x04\x00\x00\x00testtR."


def array_of(kind: bytes) -> bytes:
    return b"\x80\x02cnumpy\ndtype\nU" + bytes([len(kind)]) + kind + b"K\x00K\x01\x87R."


MALICIOUS = {
    "a function of this test": pickle.dumps(Evil(note_execution, "gt")),
    "the system": pickle.dumps(Evil(os.system, "touch executed")),
    "eval by its old name": b"c__builtin__\neval\n(S'note'\ntR.",
    "a name on the stack": stack_global("os", "system"),
    "a dotted name": stack_global("numpy", "ndarray.tofile"),
    "numpy's own loader": pickle.dumps(Evil(np.load, "x.npy")),
    "numpy's test runner": b"cnumpy.testing._private.utils\nrunstring\n(S'x'\n}tR.",
    "inside a dictionary": pickle.dumps({"gt": Evil(note_execution, "gt")}),
    "an object": pickle.dumps(Evil(io.StringIO, "text")),
    "an instance by its class": b"(S'touch executed'\nios\nsystem\n.",
    "an object by its class": b"(cos\nsystem\nS'touch executed'\no.",
    "a new object": pickle.dumps(re.compile("a"), protocol=4),
    "a persistent name": b"Pexecuted\n.",
    "an extension code": b"\x80\x02\x82\x01.",
    "an array of objects": pickle.dumps(np.array([None, {}], dtype=object)),
    "a record array": pickle.dumps(np.zeros(3, dtype=[("a", "f8")])),
    "a kind of objects": array_of(b"O8"),
    "a kind of text": array_of(b"S9"),
    "an array without numbers": b"\x80\x02cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85\x85R.",
    "another class of array": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\x00\x85U\x01b\x87R.",
    "attributes for a function": b"\x80\x02cnumpy\ndtype\n}U\x08__code__Nsb.",
    "another encoding": b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x04\x00\x00\x00zlib\x86R.",
    "a far memory cell": b"\x80\x02Nr\xff\xff\xff\xff.",
    "deeply nested tuples": b"\x80\x02)" + 20_000 * b"\x85" + b".",
}


@pytest.mark.parametrize("case", MALICIOUS)
def test_nothing_in_a_malicious_pickle_is_executed(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputDataError, match=r"a\.pkl: the pickle holds more than plain data.*Next: "):
        read_plain_pickle(MALICIOUS[case], tmp_path / "a.pkl")
    assert EXECUTED == [] and list(tmp_path.iterdir()) == []


def test_the_malicious_pickles_do_something_elsewhere(tmp_path, monkeypatch):
    """Else the test above would prove nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(MALICIOUS["the system"])
    pickle.loads(MALICIOUS["an instance by its class"])
    assert (tmp_path / "executed").exists()


def lying_array(count: int) -> bytes:
    """Return an array that says that it has so many numbers, and stores three."""
    data = bytearray(pickle.dumps(np.zeros(3), protocol=2))
    shape = data.index(b"K\x03\x85")
    data[shape : shape + 3] = b"\x8a\x05" + struct.pack("<q", count)[:5] + b"\x85"
    return bytes(data)


BROKEN = {
    "no bytes": b"",
    "half a pickle": python_2_pickle(recording())[:5000],
    "no end": pickle.dumps(3)[:-1],
    "a text": b"frames,gt\n1,2\n",
    "zeros": bytes(64),
    "compressed": zlib.compress(pickle.dumps({"gt": 1})),
    "an unknown protocol": b"\x80\x09N.",
    "nothing on the stack": b"\x80\x02R.",
    "a cell that was never written": b"\x80\x02h\x07.",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_damaged_pickle_is_one_clear_error(case, tmp_path):
    with pytest.raises(InputDataError, match=r"a\.pkl: the pickle is damaged; expected .*Next: download"):
        read_plain_pickle(BROKEN[case], tmp_path / "a.pkl")


@pytest.mark.parametrize("count", [4, 2**39 - 1, -1])
def test_an_array_with_fewer_bytes_than_its_shape_is_refused(count, tmp_path):
    with pytest.raises(InputDataError, match="impossible shape" if count < 0 else "of which 24 are stored"):
        read_plain_pickle(lying_array(count), tmp_path / "a.pkl")


def test_any_changed_byte_is_read_or_refused_and_never_executed(tmp_path):
    sound = python_2_pickle(
        {"imu_acc": np.arange(6.0), "gt": np.arange(3, dtype=np.float32), "frame_rate": np.float64(60.0)}
    )
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(600):
        data = bytearray(sound)
        for position in rng.integers(0, len(data), size=rng.integers(1, 4)):
            data[position] = rng.integers(0, 256)
        try:
            read_plain_pickle(bytes(data), tmp_path / "a.pkl")
        except InputDataError:
            refused += 1
    assert refused > 200 and EXECUTED == []
