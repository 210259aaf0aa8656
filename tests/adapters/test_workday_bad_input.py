"""What is no job profiles is refused with a code and a sentence; nothing else ever comes out."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.model import Page, Unreadable
from adapters.workday.reader import read
from adapters.workday.renderings import DIALECTS, rendered
from kit.errors import DETAIL_LIMIT
from tests.adapters.examples import tries
from tests.adapters.wd import job_profile, refusal, response, sample

FAULT = (
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault>'
    "<faultcode>S:{code}</faultcode><faultstring>{said}</faultstring><detail>{detail}</detail>"
    "</S:Fault></S:Body></S:Envelope>"
)
DTD = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"\xef\xbb\xbf \r\n", "empty_body"),
        (b"Employee,Salary\n1,2\n", "unknown_shape"),
        (b'"<xml/>"', "unknown_shape"),
        (b"{}", "unknown_shape"),
        (b"[1, 2]", "unknown_shape"),
        (b'{"Report_Data": {}}', "unknown_shape"),
        (
            b'{"data": [{"id": "1", "descriptor": "Jane", "businessTitle": "Nurse"}], "total": 1}',
            "unknown_shape",
        ),
        (b"<html><body>Sign in</body></html>", "unknown_shape"),
        (b'{"a": ', "broken_json"),
        (b'{"a": "\xe9"}', "wrong_charset"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"jobProfileId":1,"x":' + b'{"a":' * 100 + b"1" + b"}" * 101, "too_deep"),
        (b"<a>" * 100 + b"</a>" * 100, "too_deep"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "too_deep"),
        (b"<a>" + b"<b/>" * 501_000 + b"</a>", "too_many_elements"),
        (b"<a " + b" ".join(b'a%d="1"' % n for n in range(100)) + b"/>", "too_many_elements"),
        (b"[" + b"{}," * 1_000_000 + b"1]", "too_many_elements"),
        (b"[" + b"1," * 1_000_000 + b"1]", "too_many_elements"),
        (b"<a><b></a>", "broken_xml"),
        (b"<a>&undefined;</a>", "broken_xml"),
        (b"<", "broken_xml"),
        (b"<a>\x00</a>", "nul_bytes"),
        (b"<a>\xe9</a>", "wrong_charset"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "wrong_charset"),
        (b"<!DOCTYPE a SYSTEM 'http://169.254.169.254/x'><a/>", "doctype"),
        (b"<?xml version='1.0'?><!-- <a> -->" + DTD + b"<x>&b;</x>", "doctype"),
    ],
)
def test_each_kind_of_bad_body_has_its_code_and_one_sentence(body: bytes, code: str) -> None:
    assert refusal(body).code == code


def test_a_doctype_in_another_encoding_is_still_refused() -> None:
    text = "<?xml version='1.0' encoding='UTF-16'?>" + DTD.decode() + "<x>&b;</x>"
    assert refusal(text.encode("utf-16")).code == "doctype"


def test_html_with_a_doctype_inside_a_description_is_no_doctype() -> None:
    said = "<Job_Description><![CDATA[<!DOCTYPE html><p>Care</p>]]></Job_Description>"
    item = read(response(job_profile(said))).items[0]
    assert item.profile is not None
    assert item.profile.descriptions[0].content.text == "Care"


@pytest.mark.parametrize("cut", [3, 200, 2_000, 4_000])
def test_a_truncated_document_is_refused(cut: int) -> None:
    assert refusal(sample("one_profile.xml")[:-cut]).code in ("truncated", "broken_xml")
    assert refusal(sample("one_profile.workato.json")[:-cut]).code == "broken_json"


def test_utf_16_and_latin_1_are_read_as_declared() -> None:
    text = response(job_profile("<Job_Title>Infirmière</Job_Title>")).decode()
    for encoding in ("utf-16", "iso-8859-1"):
        page = read(f"<?xml version='1.0' encoding='{encoding}'?>{text}".encode(encoding))
        assert page.items[0].profile is not None
        assert page.items[0].profile.title == "Infirmière"


def test_utf_8_that_claims_to_be_utf_16_is_read() -> None:
    page = read(b'<?xml version="1.0" encoding="utf-16"?>' + response(job_profile()))
    assert page.items[0].profile


def test_an_unknown_shape_names_what_was_found_and_what_is_wanted() -> None:
    detail = refusal(b'{"rows": [], "total": 0}').detail
    assert "JSON object with keys rows, total: neither Get_Job_Profiles, Report_Entry" in detail
    assert detail.endswith("Send Workday's answer as it came.")
    assert "text/csv" in refusal(b"a,b", "text/csv").detail


@pytest.mark.parametrize(
    "body",
    [
        msgspec.json.encode({"a" * 300 + str(n): n for n in range(40)}),
        b"<%b><%b><%b/></%b></%b>" % (b"a" * 300, b"b" * 300, b"c" * 300, b"b" * 300, b"a" * 300),
        b"a," * 300,
    ],
)
def test_what_to_do_is_said_however_long_the_names_in_a_payload_are(body: bytes) -> None:
    detail = refusal(body, "application/" + "x" * 300).detail
    assert detail.endswith("Send Workday's answer as it came.")


def test_a_fault_with_much_to_say_is_cut_before_what_to_do() -> None:
    body = FAULT.format(code="Client", said="No access. " * 50, detail="").encode()
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert len(refused.value.detail) == DETAIL_LIMIT
    assert refused.value.detail.endswith("\u2026 Send the answer of a call that succeeds.")


def test_a_refusal_comes_whole_from_another_process() -> None:
    before = refusal(b"{}")
    after = pickle.loads(pickle.dumps(before))
    assert (after.code, after.detail, after.status) == (before.code, before.detail, before.status)


@pytest.mark.parametrize("body", [sample("fault_validation.xml"), sample("fault_version.xml")])
def test_a_fault_says_each_message_once(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)
    error = refused.value
    assert (error.code, error.status) == ("soap_fault", 422)
    assert error.detail.count("Invalid ID value") + error.detail.count("version is invalid") == 1


@pytest.mark.parametrize(
    ("code", "said", "detail", "expected"),
    [
        ("Client.authenticationError", "invalid username or password", "", "invalid username or password"),
        (
            "Server",
            "",
            "<Processing_Fault><Detail_Message>Busy {+1}</Detail_Message></Processing_Fault>",
            "Busy",
        ),
        ("Server", "", "<Validation_Fault><Detail_Message>Odd</Detail_Message></Validation_Fault>", "Odd"),
        ("", "", "", "no message was given"),
    ],
)
def test_faults_of_every_kind_are_faults(code: str, said: str, detail: str, expected: str) -> None:
    error = refusal(FAULT.format(code=code, said=said, detail=detail).encode())
    assert error.code == "soap_fault"
    assert expected in error.detail


def test_a_fault_rendered_as_json_is_a_fault() -> None:
    fault = {
        "env:Fault": [{"faultcode": [{"content!": "Client"}], "faultstring": [{"content!": "No access"}]}]
    }
    error = refusal(msgspec.json.encode({"env:Envelope": [{"env:Body": [fault]}]}))
    assert (error.code, "No access" in error.detail) == ("soap_fault", True)


def outcome(body: bytes) -> Page | Unreadable:
    try:
        return read(body)
    except Unreadable as refused:
        return refused


def holds(result: Page | Unreadable) -> None:
    """Either is whole: a page can be encoded and each item is used or explained; a refusal has its words."""
    if isinstance(result, Unreadable):
        assert result.code
        assert result.detail
    else:
        assert msgspec.json.encode(result)
        assert all((item.profile is None) != (item.problem is None) for item in result.items)


@tries(30)
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(body: bytes) -> None:
    holds(outcome(body))


SEEDS = [sample("qualifications.xml"), *(rendered(sample("qualifications.xml"), d) for d in DIALECTS)]


@tries(30)
@given(st.sampled_from(SEEDS), st.data())
def test_a_damaged_payload_is_read_or_refused(body: bytes, data: st.DataObject) -> None:
    damaged = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        length = data.draw(st.integers(0, 40))
        damaged[place : place + length] = data.draw(st.binary(max_size=8))
    holds(outcome(bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))])))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["content!", "@type", "ID", "$", "_", "attributes", "Inactive"]), inner
        )
    ),
    max_leaves=12,
)


@tries(30)
@given(JSON, st.sampled_from(["Job_Profile_Reference", "Job_Profile_Data", "Job_Family_Data", "ID"]))
def test_any_json_in_the_place_of_an_element_is_read_or_refused(value: object, name: str) -> None:
    basic = {"Job_Title": "Nurse", name: value}
    record = {"Job_Profile_Data": {"Job_Code": "R-1", "Job_Profile_Basic_Data": basic}, name: value}
    holds(outcome(msgspec.json.encode({"Response_Data": {"Job_Profile": [record]}})))
