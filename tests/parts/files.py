"""Small files of every format, made anew in each test: nothing binary lies in the tree."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date

import xlsxwriter

TASKS = (
    "Prepare monthly reports for the finance team",
    "Reconcile supplier invoices with the ledger",
    "Answer questions of customers by telephone",
    "Train new colleagues in the billing system",
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="LB"><w:name w:val="List Bullet"/></w:style>'
)
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="4"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="4"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="5"/></w:num>'
)


def packed(members: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def office(main: str, kind: str, parts: Mapping[str, str], relations: Mapping[str, tuple[str, str]]) -> bytes:
    """An Office file: `main` is the first part, `kind` the middle of its content type, `relations` of the
    first part are id -> (type, target)."""
    folder, _, base = main.rpartition("/")
    listed = "".join(
        f'<Relationship Id="{id_}" Type="{_RELATIONS}/{type_}" Target="{target}"/>'
        for id_, (type_, target) in relations.items()
    )
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{main}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )
    return packed({"[Content_Types].xml": types, f"{folder}/_rels/{base}.rels": f"<R>{listed}</R>", **parts})


def paragraph(text: str, *, style: str = "", list_id: int = 0, depth: int = 0) -> str:
    """A paragraph of a Word document."""
    listed = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>' if list_id else ""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{listed}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """A table; each cell is a text or finished paragraphs."""
    cells = [
        "".join(f"<w:tc>{one if one.startswith('<') else paragraph(one)}</w:tc>" for one in row)
        for row in rows
    ]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx(body: str) -> bytes:
    """A Word document with these blocks."""
    return office(
        "word/document.xml",
        "wordprocessingml.document",
        {
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {_W}>{_STYLES}</w:styles>",
            "word/numbering.xml": f"<w:numbering {_W}>{_NUMBERING}</w:numbering>",
        },
        {"r1": ("styles", "styles.xml"), "r2": ("numbering", "numbering.xml")},
    )


def job_description(tasks: Sequence[str] = TASKS) -> bytes:
    """A job description as Word has it."""
    points = "".join(paragraph(task, list_id=1) for task in tasks)
    return docx(
        paragraph("Accounts Analyst", style="H1")
        + paragraph("You work in the finance team of the company and report to its head.")
        + paragraph("Responsibilities", style="H1")
        + points
        + paragraph("Qualifications", style="H1")
        + paragraph("Three years of experience in accounting", list_id=1)
    )


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[str | int | float | date]]], hidden: Sequence[str] = ()
) -> bytes:
    """A workbook with these rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name in hidden:
                sheet.hide()
    return out.getvalue()


def pptx(slides: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """A presentation: a title and points for each slide."""
    parts = {}
    for number, (title, points) in enumerate(slides, 1):
        texts = "".join(f"<a:p><a:r><a:t>{point}</a:t></a:r></a:p>" for point in points)
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {_P} {_A}><p:cSld><p:spTree>"
            '<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>'
            f"<p:txBody><a:p><a:r><a:t>{title}</a:t></a:r></a:p></p:txBody></p:sp>"
            '<p:sp><p:nvSpPr><p:nvPr><p:ph idx="1"/></p:nvPr></p:nvSpPr>'
            f"<p:txBody>{texts}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        )
    order = "".join(f'<p:sldId r:id="r{number}"/>' for number in range(len(slides), 0, -1))
    parts["ppt/presentation.xml"] = (
        f"<p:presentation {_P} {_R}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    )
    relations = {f"r{number}": ("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1)}
    return office("ppt/presentation.xml", "presentationml.presentation", parts, relations)


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines on its pages; a page without lines has a picture's place and no text."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = b"".join(b"(" + line.encode("latin-1") + b") Tj T*\n" for line in lines)
        stream = b"BT /F1 11 Tf 14 TL 60 760 Td\n" + shown + b"ET" if lines else b"0 0 600 800 re f"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, one))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">
 <bpmn:collaboration id="c"><bpmn:participant id="x" name="Invoice approval" processRef="p"/>
 </bpmn:collaboration>
 <bpmn:process id="p">
  <bpmn:laneSet id="l"><bpmn:lane id="l1" name="Clerk"><bpmn:flowNodeRef>t1</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>t3</bpmn:flowNodeRef></bpmn:lane>
   <bpmn:lane id="l2" name="Controller"><bpmn:flowNodeRef>t2</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
  <bpmn:userTask id="t3" name="Pay the supplier"/>
  <bpmn:userTask id="t2" name="Approve the invoice"><bpmn:documentation>Above 5,000 only</bpmn:documentation>
  </bpmn:userTask>
  <bpmn:task id="t1" name="Check the invoice against the order"/>
  <bpmn:startEvent id="s" name="Invoice arrives"/>
  <bpmn:exclusiveGateway id="g" name="Above 5,000?"/>
  <bpmn:exclusiveGateway id="j"/>
  <bpmn:endEvent id="e" name="Invoice is paid"/>
  <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t1"/>
  <bpmn:sequenceFlow id="f2" sourceRef="t1" targetRef="g"/>
  <bpmn:sequenceFlow id="f3" name="yes" sourceRef="g" targetRef="t2"/>
  <bpmn:sequenceFlow id="f4" name="no" sourceRef="g" targetRef="j"/>
  <bpmn:sequenceFlow id="f5" sourceRef="t2" targetRef="j"/>
  <bpmn:sequenceFlow id="f6" sourceRef="j" targetRef="t3"/>
  <bpmn:sequenceFlow id="f7" sourceRef="t3" targetRef="e"/>
 </bpmn:process>
</bpmn:definitions>"""
