"""What the Workday tests share: the samples and a short way to write a response."""

from __future__ import annotations

from pathlib import Path

import msgspec

import adapters.workday
from adapters.model import Item, JobProfile, Provenance, Unreadable
from adapters.workday.reader import read
from mappings.defaults import default_mapping
from mappings.model import Normalised
from mappings.normalise import normalise
from tests.adapters.refusals import refusal_of

SAMPLES = Path(adapters.workday.__file__).parent / "samples"
WID = "a054037af221d2091d654b95d6018004"


def sample(name: str) -> bytes:
    """The bytes of one sample."""
    return (SAMPLES / name).read_bytes()


def only(body: bytes) -> Item:
    """The one item of a payload."""
    items = read(body).items
    assert len(items) == 1
    return items[0]


def profile(body: bytes) -> JobProfile:
    """The one profile of a payload, which has to be usable."""
    item = only(body)
    assert item.problem is None
    assert item.profile is not None
    return item.profile


def response(*profiles: str) -> bytes:
    """A response with these Job_Profile elements."""
    return (
        '<Get_Job_Profiles_Response xmlns="urn:com.workday/bsvc" xmlns:wd="urn:com.workday/bsvc">'
        f"<Response_Data>{''.join(profiles)}</Response_Data></Get_Job_Profiles_Response>"
    ).encode()


def job_profile(basic: str = "<Job_Title>Nurse</Job_Title>", data: str = "", wid: str | None = WID) -> str:
    """One Job_Profile element; `basic` and `data` are what is inside those two elements."""
    reference = f'<Job_Profile_Reference><ID wd:type="WID">{wid}</ID></Job_Profile_Reference>' if wid else ""
    inner = f"{data}<Job_Profile_Basic_Data>{basic}</Job_Profile_Basic_Data>"
    return f"<Job_Profile>{reference}<Job_Profile_Data>{inner}</Job_Profile_Data></Job_Profile>"


def comparable(made: JobProfile) -> JobProfile:
    """The profile without what may differ between renderings: where it came from and the as-of echo."""
    return msgspec.structs.replace(made, provenance=Provenance("any"), as_of_date=None)


def normalised(made: JobProfile) -> Normalised:
    """The role and documents that the default mapping makes of it."""
    return normalise(made, default_mapping("workday"))


def profiles(body: bytes) -> list[JobProfile]:
    """Every usable profile of a payload."""
    return [item.profile for item in read(body).items if item.profile]


def refusal(body: bytes, content_type: str | None = None) -> Unreadable:
    """Why a payload is refused."""
    return refusal_of(lambda: read(body, content_type))


def revision(made: JobProfile) -> str:
    """The hash that tells whether anything changed."""
    return normalised(made).revision_hash


def report(*rows: object) -> bytes:
    """A custom report in JSON with these rows."""
    return msgspec.json.encode({"Report_Entry": list(rows)})
