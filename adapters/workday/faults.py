"""Faults of SOAP, in XML and in any JSON rendering, and errors of REST: what Workday says when it does not
answer the question."""

from __future__ import annotations

import msgspec

from adapters.model import Unreadable
from adapters.text import plain
from adapters.workday.tree import Node

_FIX = "Send the answer of a call that succeeds."


class SoapFault(msgspec.Struct, frozen=True):
    """A fault: its code without prefix (`Client.validationError`) and its messages, each once."""

    code: str
    messages: tuple[str, ...]


def refuse(root: Node) -> None:
    """Raise Unreadable (`soap_fault`, `rest_error`) when the payload is one; else do nothing."""
    fault = soap_fault(root)
    if fault is not None:
        raise refusal(fault)
    said = rest_error(root)
    if said is not None:
        raise Unreadable(
            "rest_error",
            f"Workday answered with an error: {said[:600].rstrip('.')}.",
            422,
            _FIX,
        )


def rest_error(root: Node) -> str | None:
    """What an error of the REST API says: `{"error": "..", "errors": [{"error", "code", "field"}]}`, whatever
    status it came with; None when it is none."""
    said = plain(root.value("error"))
    if said is None or "id" in root.children or "data" in root.children:
        return None
    details = [
        " ".join(
            filter(None, (plain(one.value("error")), plain(one.value("code")), plain(one.value("field"))))
        )
        for one in root.all("errors")
    ]
    return "; ".join(dict.fromkeys(filter(None, (said, *details))))


def soap_fault(root: Node) -> SoapFault | None:
    """The fault that is the root, or the Body's or Envelope's child; None when there is none."""
    for node in (root, root.one("Envelope").one("Body"), root.one("Body"), root.one("Envelope")):
        fault = node if node.name == "Fault" else node.one("Fault")
        if fault.name == "Fault":
            return _fault(fault)
    return None


def refusal(fault: SoapFault) -> Unreadable:
    """The fault as the reason why there are no job profiles."""
    said = "; ".join(fault.messages)[:600] or "no message was given"
    code = f" ({fault.code})" if fault.code else ""
    return Unreadable(
        "soap_fault",
        f"Workday answered with a fault{code}: {said.rstrip('.')}.",
        422,
        _FIX,
    )


def _fault(fault: Node) -> SoapFault:
    detail = fault.one("detail", "Detail")
    said = [
        error.value("Message") or error.value("Detail_Message")
        for error in detail.one("Validation_Fault").all("Validation_Error")
    ]
    said += [detail.one(name).value("Detail_Message") for name in ("Validation_Fault", "Processing_Fault")]
    if not any(said):
        said = [fault.value("faultstring") or fault.one("Reason").value("Text")]
    code = fault.value("faultcode") or fault.one("Code").value("Value") or ""
    messages = dict.fromkeys(text for text in map(plain, said) if text)
    return SoapFault(code.rsplit(":", 1)[-1][:100], tuple(messages))
