"""Files on the page: what came of each, whose it is where that is asked, the next version of a document."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from connector.services import Services
from pipeline.uploads import uploads
from tests import make
from tests.parts import files

from .people import Person

PART = {"HX-Request": "true"}


async def drop(person: Person, *given: tuple[str, bytes], **form: Any) -> str:
    """Send files as a form without script does; the page that answers."""
    answer = await person.http.post(
        f"{person.home}/documents",
        data={"csrf": person.csrf, **form},
        files=[("file", (name, content, "application/octet-stream")) for name, content in given],
    )
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


async def test_each_file_of_a_form_says_what_came_of_it(services: Services, admin: Person) -> None:
    await make.take(services.db, admin.company.id, make.incoming(7), make.incoming(8))
    html = await drop(
        admin,
        ("R-7 process map.bpmn", files.BPMN.encode()),
        ("Analyst 8.docx", files.job_description()),
        ("Stranger.txt", b"Somebody who pays the invoices"),
        ("R-7.pdf", files.pdf([[]])),
        ("R-8.docx", b"%PDF-1.7 no"),
    )
    assert "3 of 5 files were taken" in html
    assert re.search(r'process map</a> of <a href="[^"]+">Analyst 7</a>', html)
    assert re.search(r'job description</a> of <a href="[^"]+">Analyst 8</a>', html)
    assert "whose is it?" in html
    assert "The PDF has no text: Its one page is a picture" in html
    assert "The name ends in .docx, but the file is a PDF." in html
    listed = await admin.see("/documents")
    assert listed.count("data-upload-row") == 5
    assert "Files whose role is not clear" in listed


async def test_a_file_sent_by_script_is_answered_with_its_row(services: Services, admin: Person) -> None:
    await make.take(services.db, admin.company.id, make.incoming(7))
    answer = await admin.http.post(
        f"{admin.home}/documents",
        data={"csrf": admin.csrf},
        files={"file": ("<b>R-7</b>.txt", b"Prepares the reports", "text/plain")},
        headers=PART,
    )
    assert answer.text.strip().startswith('<tr data-upload-row="good">')
    assert "&lt;b&gt;R-7&lt;/b&gt;.txt" in answer.text


async def test_the_person_who_is_asked_picks_one_role_or_many(services: Services, admin: Person) -> None:
    await make.take(services.db, admin.company.id, make.incoming(1), make.incoming(2))
    html = await drop(admin, ("Analysts.docx", files.job_description()))
    roles = sorted(set(re.findall(r'name="role_id" value="(role_\w+)"', html)))
    path = re.findall(r"/documents(/uploads/upl_\w+/link)", html)[0]
    assert len(roles) == 2
    await admin.send(f"/documents{path}", role_id=roles, kind="sop")
    assert (await admin.see("/documents")).count(">Analysts</a>") == 2
    await admin.send(f"/documents{path}", 409, role_id=roles)


async def test_a_document_for_the_whole_company_is_shown_and_given_to_a_role(
    services: Services, admin: Person
) -> None:
    await make.take(services.db, admin.company.id, make.incoming(1))
    await drop(admin, ("Travel.txt", b"Book the train first"), company_wide="1", kind="sop")
    document = re.findall(r"/documents/(doc_\w+)", await admin.see("/documents?company_wide=true"))[0]
    assert "the whole company" in await admin.see(f"/documents/{document}")
    answer = await admin.send(f"/documents/{document}/link", code="R-1")
    assert "Analyst 1" in (await admin.http.get(answer.headers["location"])).text


async def test_a_document_is_replaced_by_a_file_and_keeps_its_versions(
    services: Services, admin: Person
) -> None:
    await make.take(services.db, admin.company.id, make.incoming(1))
    document = re.findall(r"/documents/(doc_\w+)", await admin.see("/documents"))[0]
    answer = await admin.http.post(
        f"{admin.home}/documents/{document}/replace",
        data={"csrf": admin.csrf},
        files={"file": ("whatever.docx", files.job_description(), "application/octet-stream")},
    )
    assert answer.status_code == 303
    html = (await admin.http.get(answer.headers["location"])).text
    assert files.TASKS[0] in html
    assert "version 1</a>" in html
    assert "version 2</a>" in html


async def test_the_files_of_a_zip_are_followed_and_dropped(services: Services, admin: Person) -> None:
    await make.take(services.db, admin.company.id, make.incoming(1))
    content = files.packed({"R-1.txt": "Prepares reports", "z.pdf": files.pdf([[]])})
    html = await drop(admin, ("all.zip", content))
    zip_ = re.findall(r"/documents/uploads/(upl_\w+)", html)[0]
    moves = f"/documents/uploads/{zip_}/row"
    assert "0 of 2 files read" in await admin.see(moves)
    assert moves in await admin.see("/documents")
    counts = f"/documents/uploads/{zip_}/count"
    page = await admin.see(f"/documents/uploads/{zip_}")
    assert (counts in page, "0 of 2 files are read" in page, "every " in page) == (True, True, False)
    assert counts in await admin.see(counts)
    while await uploads.read_next(services.db, services.reading) is not None:
        pass
    page = await admin.see(f"/documents/uploads/{zip_}")
    assert "1 of 2 files were taken" in page
    assert "2 of 2 files read" in await admin.see(moves)
    read = await admin.see(counts)
    assert ("2 of 2 files are read" in read, counts in read, 'hx-select="#main"' in read) == (
        True,
        False,
        True,
    )
    assert moves not in await admin.see("/documents")
    bad = re.findall(r"/documents/uploads/(upl_\w+)/drop", page)
    await admin.send(f"/documents/uploads/{bad[0]}/drop")
    assert "1 of 1 files were taken" in await admin.see(f"/documents/uploads/{zip_}")


async def test_a_large_file_goes_in_parts_behind_the_page(
    services: Services, admin: Person, monkeypatch: Any
) -> None:
    monkeypatch.setattr("connector.admin.uploads._PART", 1_000)
    await make.take(services.db, admin.company.id, make.incoming(1))
    html = await drop(admin, ("R-1.docx", files.job_description()))
    assert "1 of 1 files were taken" in html


async def test_a_viewer_may_give_no_files_and_no_form_from_elsewhere_counts(
    welcome: Callable[..., Awaitable[Person]],
) -> None:
    viewer = await welcome("viewer")
    given = {"file": ("a.txt", b"words", "text/plain")}
    answer = await viewer.http.post(f"{viewer.home}/documents", data={"csrf": viewer.csrf}, files=given)
    assert answer.status_code == 403
    answer = await viewer.http.post(f"{viewer.home}/documents", data={"csrf": "forged"}, files=given)
    assert answer.status_code == 403
    assert "data-upload=" not in await viewer.see("/documents")
