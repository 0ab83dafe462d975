# Part of Integration Hub. License LGPL-3.0 or later.
"""What every connector that answers questions must do: inherit it in a test module and fill in the attributes.

class TestOrderDeskQuestions(QuestionContract):
    connector = OrderDesk
    asked = {"credit": ("order", "credit_answer")}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from .. import entities
from ..connector import FlowTemplate
from ..contracts import compile_contract
from ..errors import ConfigurationError, HubError, ServerFault
from ..http import Headers, Response
from .connector_calls import WRONG_BODIES
from .connector_case import ConnectorCase
from .transport import answer


class QuestionContract(ConnectorCase):
    """`asked`: for each question, the fixture of the business object it is about, and one of the vendor's answers."""

    asked: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def template(self, question: str) -> FlowTemplate:
        """The flow that asks it."""
        return next(one for one in self.kind.flow_templates if one.ask and one.object_type == question)

    def question_payload(self, question: str) -> Any:
        """What is sent, made of the fixture by the mapping."""
        about, _answer = self.asked[question]
        assert entities.problems(self.kind.question(question).entity, self.fixture(about)) == []
        return self.compiled(self.template(question).mapping).apply(self.fixture(about))

    def test_questions_are_complete(self) -> None:
        found = self.kind.questions
        assert set(found) == set(self.asked) and all(name == one.name and one.title for name, one in found.items())
        for question in found.values():
            assert {question.entity, question.answer} <= set(entities.ENTITIES)
            template = self.template(question.name)
            assert template.ask is not None and template.direction == "outbound"
            asks, answers = self.compiled(template.mapping), self.compiled(template.ask.mapping)
            vendor_end = f"{self.kind.name}.{question.name}"
            assert (asks.source, asks.target) == (question.entity, vendor_end)
            assert (answers.source, answers.target) == (vendor_end, question.answer)
            assert (template.ask.effect == "check") is (question.answer == "decision")

    def test_question_and_answer_keep_their_contracts(self) -> None:
        for name, (_about, given) in self.asked.items():
            assert compile_contract(self.kind.contract(f"{name}_question")).problems(self.question_payload(name)) == []
            assert compile_contract(self.kind.contract(f"{name}_answer")).problems(self.fixture(given)) == []

    def test_an_answer_becomes_a_business_object(self) -> None:
        for name, (_about, given) in self.asked.items():
            template = self.template(name)
            assert template.ask is not None
            found = self.compiled(template.ask.mapping).apply(self.fixture(given))
            assert entities.problems(self.kind.question(name).answer, found) == []

    def test_an_unknown_question_is_refused_and_nothing_sent(self) -> None:
        made, transport = self.make(answer({}))
        with pytest.raises(ConfigurationError) as caught:
            made.answer("unheard_of", {})
        assert caught.value.code == "unknown-question"
        assert not transport.requests

    def test_a_wrong_answer_is_no_answer(self) -> None:
        for body in WRONG_BODIES:
            for name in self.asked:
                made, _transport = self.make(Response(200, Headers({"Content-Type": "text/html"}), body))
                with pytest.raises(HubError) as caught:
                    made.answer(name, self.question_payload(name))
                assert not caught.value.in_doubt, "nothing changes there by being asked"

    def test_a_failure_leaves_nothing_in_doubt(self) -> None:
        for name in self.asked:
            made, _transport = self.make(answer({}, 503))
            with pytest.raises(ServerFault) as caught:
                made.answer(name, self.question_payload(name))
            assert not caught.value.in_doubt
