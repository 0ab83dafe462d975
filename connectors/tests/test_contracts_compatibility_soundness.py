# Part of Integration Hub. License LGPL-3.0 or later.
"""compare() never says compatible when it is not: random contracts, edits of them, and `jsonschema` as the judge."""

import os

import pytest
from contract_cases import documents, edited, schemas, sealed
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from integration_hub_connectors.contracts import ContractError, compile_contract
from integration_hub_connectors.contracts.compatibility import compare
from jsonschema import Draft202012Validator
from test_contracts_compatibility import EDITS

EXAMPLES = int(os.environ.get("HUB_SOUNDNESS_EXAMPLES", "80"))
A_FEW = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


def validator(schema):
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@st.composite
def versions(draw):
    old = draw(schemas())
    return old, draw(schemas()) if draw(st.integers(0, 5)) == 0 else edited(draw, old)


def usable(*candidates):
    try:
        for schema in candidates:
            compile_contract(schema)
    except ContractError:  # it refers to itself without an end
        return False
    return True


def judge(pair, seed):
    verdict = compare(*pair)
    old, new = map(validator, pair)
    closed_old, closed_new = (validator(sealed(schema)) for schema in pair)
    for document in documents(pair[0], seed, 25) + documents(pair[1], seed, 25):
        valid_old, valid_new = old.is_valid(document), new.is_valid(document)
        if verdict.strict.backward:
            assert valid_new or not valid_old, document
        if verdict.strict.forward:
            assert valid_old or not valid_new, document
        if verdict.backward and valid_old and not valid_new:
            assert not closed_old.is_valid(document), document
        if verdict.forward and valid_new and not valid_old:
            assert not closed_new.is_valid(document), document


@pytest.mark.parametrize("pair", [edit[:2] for edit in EDITS])
def test_the_verdict_of_a_typical_edit_is_true(pair):
    judge(pair, 7)
    judge(pair[::-1], 7)


@A_FEW
@given(versions(), st.integers(0, 2**32))
def test_compatible_means_that_no_document_is_refused(pair, seed):
    assume(usable(*pair))
    judge(pair, seed)


@A_FEW
@given(schemas())
def test_a_version_is_compatible_with_itself(schema):
    assume(usable(schema))
    assert compare(schema, {**schema, "title": "another"}).strict.full


@A_FEW
@given(versions())
def test_backward_in_one_direction_is_forward_in_the_other(pair):
    assume(usable(*pair))
    there, back = compare(*pair), compare(*reversed(pair))
    assert (there.backward, there.forward) == (back.forward, back.backward)
