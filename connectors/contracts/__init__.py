# Part of Integration Hub. License LGPL-3.0 or later.
"""Contracts: what a document must look like, as JSON Schema 2020-12, compiled.

    contract = compile_contract({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}})
    contract.is_valid({"id": 7})            # True, in a microsecond
    contract.problems({"id": "7"})          # [Problem(path="id", message="must be a whole number, but is text", …)]
    contract.check({})                      # raises ContractViolation: id is missing

Nothing is fetched from the network, no code is generated, and no message holds a value of the document. Refused when a
contract is compiled: what is no schema, another draft, a reference to what is not there or in an endless circle, and a
pattern that a short text could keep busy for ever.

`reference.py` answers the same questions with the package `jsonschema`; the tests hold the two together.
"""

from .compatibility import Change, Compatibility, compare
from .contract import Contract, compile_contract
from .errors import ContractError, ContractViolation, Problem
from .inference import infer

__all__ = [
    "Change",
    "Compatibility",
    "Contract",
    "ContractError",
    "ContractViolation",
    "Problem",
    "compare",
    "compile_contract",
    "infer",
]
