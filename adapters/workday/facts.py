"""Flags, codes and facts by country of a record of named columns, by the names that SOAP's have."""

from __future__ import annotations

from typing import Any

from adapters.countries import alpha_2
from adapters.text import boolean, storable
from adapters.workday.fields import comparable
from adapters.workday.references import code, ids, place
from adapters.workday.row import Cell, Row, split, text_of
from adapters.workday.tree import Node

FLAGS = ("public_job", "critical_job", "work_shift_required", "include_job_code_in_name")
_CODES = {
    "company_insider_types": "Company_Insider_Type_ID",
    "grade_profiles": "Compensation_Grade_Profile_ID",
    "workers_compensation_codes": "Workers_Compensation_ID",
    "unions": "Union_ID",
}
_SINGLE = {
    "difficulty_to_fill": "Difficulty_to_Fill_Code",
    "referral_payment_plan": "One-Time_Payment_Plan_ID",
}
_PREFIX = "attributes."


def attributes(row: Row) -> dict[str, Any]:
    """The attributes that the record says something about."""
    found: dict[str, Any] = {}
    for field, cells in row.cells.items():
        if field.startswith(_PREFIX):
            name = field.removeprefix(_PREFIX)
            found[name] = _attribute(name, cells)
    return {name: value for name, value in found.items() if value not in (None, [])}


def _attribute(name: str, cells: list[Cell]) -> Any:
    if name in FLAGS:
        return boolean(text_of(cells[0]))
    if name in ("pay_rates", "exempt"):
        objects = [cell for cell in cells if not isinstance(cell, str)]
        if name == "pay_rates":
            return [made for node in objects if len(made := _pay_rate(node)) > 1]
        return [made for node in objects if "exempt" in (made := _exempt(node))]
    codes = [made for cell in cells for made in _coded(cell, _CODES.get(name) or _SINGLE.get(name) or "")]
    return codes if name in _CODES else (codes[0] if len(codes) == 1 else codes)


def _coded(node: Cell, kind: str) -> list[str]:
    if isinstance(node, str) or _is_text(node):
        return [storable(text) for text in split(text_of(node))]
    own = _child(node, "".join(comparable(kind)), "code")
    one = (own.text.strip() if own else None) or code(node, kind) or ids(node).get("WID")
    return [one] if one else []


def _pay_rate(node: Node) -> dict[str, Any]:
    said = _child(node, "payratetypeid", "payratetypecode") or _child(node, "payratetype", "type")
    coded = _coded(said, "Pay_Rate_Type_ID") if said else []
    rate = coded[0] if coded else node.attributes.get("type")  # a plain `type` reads as an attribute
    return _place(node) | ({"type": rate} if rate else {})


def _exempt(node: Node) -> dict[str, Any]:
    said = _child(node, "exempt", "jobexempt")
    exempt = boolean(said.text) if said else None
    return _place(node) | ({"exempt": exempt} if exempt is not None else {})


def _place(node: Node) -> dict[str, str]:
    where = _child(node, "country", "countryreference", "countryorregion", "locationcontext")
    region = _child(node, "region", "countryregion")
    if where and _is_text(where):
        own = alpha_2(where.text)
        return {"country": own} if own else {"region": storable(where.text.strip())}
    if where:
        return place(where)
    return {"region": storable(region.text.strip())} if region and region.text.strip() else {}


def _is_text(node: Node) -> bool:
    return not (node.children or node.attributes or isinstance(node.held, list))


def _child(node: Node, *names: str) -> Node | None:
    for column, nodes in node.children.items():
        if nodes and nodes[0] and comparable(column) in names:
            return nodes[0]
    return None
