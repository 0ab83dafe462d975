# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub` as a person runs it: output, exit status, and no secret anywhere."""

import json
import os
import subprocess
import sys

import pytest
from integration_hub_connectors.cli import main
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Delivery, get

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def case(**changes):
    body = '{"a": 1}'
    headers = get("github").sign(Delivery("POST", None, Headers(), body.encode()), "s3cret", now=0)
    return {"id": "g1", "valid": True, "secret": "s3cret", "headers": headers, "body": body, "now": None, **changes}


@pytest.fixture
def vectors(tmp_path):
    def write(*cases, vendor="github"):
        path = tmp_path / "vectors.json"
        path.write_text(json.dumps({"vendor": vendor, "cases": list(cases)}))
        return str(path)

    return write


def test_verify_passes_when_every_case_behaves(vectors, capsys):
    repeated = b"ab" * 3
    signed = get("github").sign(Delivery("POST", None, Headers(), repeated), "s3cret", now=0)
    cases = [
        case(),
        case(id="g2", body="{}", valid=False),
        case(id="g3", secret=["", "old", "s3cret"]),
        case(id="g4", body=None, body_repeat={"text": "ab", "count": 3}, headers=signed),
        case(id="g5", secret="", policy="an empty secret"),
        case(id="g6", headers=[["X-Hub-Signature-256", "sha256=00"]] * 2, valid=False),
    ]
    assert main(["verify", "--vectors", vectors(*cases)]) == 0
    assert capsys.readouterr().out == "github: 6 of 6 cases behave as stated (vectors.json)\n"


def test_verify_prints_each_case_that_does_not(vectors, capsys):
    path = vectors(case(valid=False, note="should fail"), case(id="g2", body="{}"), case(id="g3"))
    assert main(["verify", "--vectors", path]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAIL g1: should be refused, was accepted: should fail",
        "FAIL g2: should be accepted, was refused (mismatch)",
        "github: 1 of 3 cases behave as stated (vectors.json)",
    ]


def test_verify_fails_when_a_policy_case_is_accepted(vectors):
    assert main(["verify", "--vectors", vectors(case(policy="must be refused"))]) == 1


def test_verify_judges_age_only_where_now_is_given(vectors):
    headers = get("stripe").sign(Delivery("POST", None, Headers(), b"{}"), "s3cret", now=1000)
    old = {"id": "s", "secret": "s3cret", "headers": headers, "body": "{}"}
    for now, valid in ((None, True), (1000, True), (1301, False)):
        assert main(["verify", "--vectors", vectors({**old, "now": now, "valid": valid}, vendor="stripe")]) == 0


@pytest.mark.parametrize(
    "document",
    [
        "", "[]", "{}", '{"vendor": "github"}', '{"vendor": "github", "cases": []}',
        '{"vendor": "github", "cases": [1]}',
        '{"vendor": "nobody", "cases": [{}]}', '{"vendor": "github", "cases": [{}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": "yes"}]}',
        '{"vendor": "github", "cases": [{"secret": [1], "valid": true}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": true, "headers": 1}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": true, "headers": {"a": 1}}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": true, "now": "then"}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": true, "body": 1}]}',
        '{"vendor": "github", "cases": [{"secret": "s", "valid": true, "body_repeat": {}}]}',
    ],
)  # fmt: skip
def test_verify_refuses_unusable_files(tmp_path, capsys, document):
    path = tmp_path / "vectors.json"
    path.write_text(document)
    assert main(["verify", "--vectors", str(path)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hub verify: ")
    assert "cases behave" not in said.out


def test_verify_says_when_there_is_no_file(tmp_path, capsys):
    assert main(["verify", "--vectors", str(tmp_path / "none.json")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_sign_prints_headers_that_verify(tmp_path, capsys, monkeypatch):
    body = tmp_path / "body"
    body.write_bytes(b'{"test": 2432232314}')
    monkeypatch.setenv("HUB_TEST_SECRET", SECRET)
    arguments = ["sign", "--scheme", "standard_webhooks", "--secret-env", "HUB_TEST_SECRET", "--body", str(body)]
    assert main([*arguments, "--id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "--now", "1614265330"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "webhook-timestamp: 1614265330",
        "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]


def test_sign_reads_secret_and_body_from_files_and_standard_input(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("12345\n")
    command = [
        sys.executable, "-m", "integration_hub_connectors", "sign", "--scheme", "twilio", "--secret-file", str(secret),
        "--body", "-", "--url", "https://mycompany.com/myapp.php?foo=1&bar=2",
        "--header", "Content-Type: application/x-www-form-urlencoded",
    ]  # fmt: skip
    body = b"Digits=1234&From=%2B14158675309"
    done = subprocess.run(command, input=body, capture_output=True, env=os.environ, check=True)
    name, _colon, value = done.stdout.decode().strip().partition(": ")
    delivery = Delivery("POST", command[-3], Headers({"Content-Type": command[-1][14:], name: value}), body)
    assert get("twilio").verify(delivery, ["12345"], now=0).dedupe_key is None


def test_sign_has_no_option_for_a_secret_itself(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["sign", "--scheme", "github", "--secret", "s3cret", "--body", "-"])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scheme", "github", "--secret-env", "HUB_TEST_NOT_SET"],
        ["--scheme", "nobody", "--secret-env", "HUB_TEST_SECRET"],
        ["--scheme", "github", "--secret-env", "HUB_TEST_EMPTY"],
        ["--scheme", "github", "--secret-file", "/nowhere/at/all"],
        ["--scheme", "hubspot", "--secret-env", "HUB_TEST_SECRET"],
        ["--scheme", "github", "--secret-env", "HUB_TEST_SECRET", "--header", "no colon"],
    ],
)
def test_sign_explains_what_it_cannot_use(tmp_path, capsys, monkeypatch, arguments):
    monkeypatch.setenv("HUB_TEST_SECRET", SECRET)
    monkeypatch.setenv("HUB_TEST_EMPTY", "")
    body = tmp_path / "body"
    body.write_bytes(b"{}")
    assert main(["sign", *arguments, "--body", str(body)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hub sign: ")
    assert SECRET not in said.err + said.out


MAPPING = {
    "format": 1,
    "name": "customer.in",
    "lines": [
        {"source": "email", "transforms": ["strip", "lower"], "target": "contact.email", "required": True},
        {"source": "vat", "target": "vat", "required": True},
    ],
}


@pytest.fixture
def files(tmp_path):
    def write(mapping, payload):
        (tmp_path / "mapping.json").write_text(json.dumps(mapping))
        (tmp_path / "payload.json").write_text(payload if isinstance(payload, str) else json.dumps(payload))
        return ["map", "--mapping", str(tmp_path / "mapping.json"), "--payload", str(tmp_path / "payload.json")]

    return write


def test_map_prints_the_document(files, capsys):
    assert main(files(MAPPING, {"email": " Ada@Example.com ", "vat": "Ü1"})) == 0
    assert json.loads(capsys.readouterr().out) == {"contact": {"email": "ada@example.com"}, "vat": "Ü1"}


def test_map_prints_every_problem(files, capsys):
    assert main(files(MAPPING, {})) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "line 1, email → contact.email" in said.err
    assert "line 2, vat → vat" in said.err


def test_map_traces_every_line(files, capsys):
    arguments = files(MAPPING, {"email": " Ada@Example.com ", "vat": "x"})
    assert main([*arguments, "--trace"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('1: email = " Ada@Example.com " | strip → "Ada@Example.com" | lower → "ada@example.com"')
    assert "contact.email" in lines[0]
    assert main([*files(MAPPING, {}), "--trace"]) == 1


@pytest.mark.parametrize(
    ("mapping", "payload"),
    [([], {}), ({"format": 99}, {}), (MAPPING, "not json"), (MAPPING, '{"a": 1, "a": 2}'), (MAPPING, "")],
)
def test_map_refuses_unusable_input(files, capsys, mapping, payload):
    assert main(files(mapping, payload)) == 2
    assert capsys.readouterr().err.startswith("hub map: ")


def test_connectors_lists_each_with_objects_and_flows(capsys):
    assert main(["connectors"]) == 0
    out = capsys.readouterr().out
    assert "shopify  Shopify" in out
    assert "objects: order" in out
    assert "orders_in (inbound, order)" in out


def test_sandbox_without_its_extra_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["sandbox", "--port", "1"]) == 2
    assert "aiohttp" in capsys.readouterr().err


def test_sandbox_says_when_its_port_is_taken(server, capsys):
    pytest.importorskip("aiohttp")
    pytest.importorskip("graphql")
    assert main(["sandbox", "--port", server.url.rpartition(":")[2]]) == 2
    assert "Cannot listen on 127.0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["verify"], ["sandbox", "--port", "many"]])
def test_wrong_command_lines_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: hub" in capsys.readouterr().err


def test_reader_that_leaves_early_is_no_error(shared_fixtures):
    path = shared_fixtures / "signatures" / "github.json"
    command = f"{sys.executable} -m integration_hub_connectors verify --vectors {path} {path} {path} | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_map_warns_of_what_lenient_leaves_out(files, capsys):
    mapping = {"format": 1, "name": "t", "lines": [{"source": "n", "transforms": ["int"], "target": "n"}]}
    arguments = files(mapping, {"n": "many"})
    assert main(arguments) == 1
    capsys.readouterr()
    assert main([*arguments, "--mode", "lenient"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {}
    assert "left out: line 1, n → n" in said.err
    assert main([*arguments, "--trace", "--mode", "lenient"]) == 0
    assert "(skipped" in capsys.readouterr().out


def test_map_prints_the_inverse_or_what_is_in_its_way(files, capsys):
    lines = [{"source": "n", "transforms": [{"gid": "Order"}], "target": "id"}]
    whole, _flag, payload = files({"format": 1, "name": "t", "lines": lines}, {"id": "gid://shopify/Order/7"})[2:]
    assert main(["map", "--mapping", whole, "--invert"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == [
        {"source": "id", "transforms": [{"gid_number": "Order"}], "target": "n"}
    ]
    assert main(["map", "--mapping", whole, "--invert", "--payload", payload]) == 0
    assert json.loads(capsys.readouterr().out) == {"n": 7}
    lines.append({"source": "sum(a)", "target": "total"})
    part = files({"format": 1, "name": "t", "lines": lines}, {})[2]
    assert main(["map", "--mapping", part, "--invert"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "line 2, sum(a) → total: “sum(a)” is more than the name of a field" in said.err
    assert main(["map", "--mapping", part, "--invert", "--partial"]) == 1
    assert len(json.loads(capsys.readouterr().out)["lines"]) == 1


def test_map_needs_a_payload_unless_it_inverts(files, capsys):
    assert main(files(MAPPING, {})[:3]) == 2
    assert "--payload" in capsys.readouterr().err
