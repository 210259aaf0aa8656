"""Flags, codes and facts by country of a record of named columns, by the names that SOAP's have."""

from __future__ import annotations

from typing import Any

from adapters.countries import alpha_2
from adapters.text import boolean, storable
from adapters.workday.fields import comparable
from adapters.workday.references import code, ids, place
from adapters.workday.row import Cell, Row, columns_of, split, text_of
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


def _coded(cell: Cell, kind: str) -> list[str]:
    if isinstance(cell, str):
        return [storable(text) for text in split(cell)]
    own = _first(_columns(cell), comparable(kind), "code")
    one = (text_of(own).strip() if own else None) or code(cell, kind) or ids(cell).get("WID")
    return [one] if one else []


def _pay_rate(node: Node) -> dict[str, Any]:
    columns = _columns(node)
    said = _first(columns, "payratetypeid", "payratetypecode", "payratetype", "type")
    coded = _coded(said, "Pay_Rate_Type_ID") if said else []
    rate = coded[0] if coded else node.attributes.get("type")  # a plain `type` reads as an attribute
    return _place(columns) | ({"type": rate} if rate else {})


def _exempt(node: Node) -> dict[str, Any]:
    columns = _columns(node)
    said = _first(columns, "exempt", "jobexempt")
    exempt = boolean(text_of(said)) if said else None
    return _place(columns) | ({"exempt": exempt} if exempt is not None else {})


def _place(columns: dict[str, Cell]) -> dict[str, str]:
    where = _first(columns, "country", "countryreference", "countryorregion", "locationcontext")
    if isinstance(where, Node):
        return place(where)
    if where:
        own = alpha_2(where)
        return {"country": own} if own else {"region": storable(where.strip())}
    region = _first(columns, "region", "countryregion")
    name = text_of(region).strip() if region else ""
    return {"region": storable(name)} if name else {}


def _columns(node: Node) -> dict[str, Cell]:
    """What is in an object, by the comparable names of its columns."""
    found: dict[str, Cell] = {}
    for name, cells in columns_of(node).items():
        found.setdefault(comparable(name), cells[0])
    return found


def _first(columns: dict[str, Cell], *names: str) -> Cell | None:
    return next((columns[name] for name in names if name in columns), None)
