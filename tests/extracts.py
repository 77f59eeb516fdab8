"""Read one file as a build does, and look at the extract; used by the tests of several readers."""

from laws import check_extract
from material import ROOT
from tacrochat.readers.files import Limits
from tacrochat.readers.parts import parts_of

FOREIGN = ROOT / "tests" / "foreign"


def read(name, data):
    (part,) = parts_of(name, data if isinstance(data, bytes) else data.encode(), Limits())
    assert part.extract, part.reason
    check_extract(part.extract)
    return part.extract


def foreign(name):
    return read(name, (FOREIGN / name).read_bytes())


def of_role(extract, role):
    return [extract.text[b.start : b.end] for b in extract.blocks if b.role == role]
