"""docs/partners.md and docs/deployment.md: what they say to type works, what they say is told is told."""

import asyncio
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.gateway.commands.program import CITYGRAPH
from tests.partners.conftest import store_of
from tests.partners.serving import CITY, PEPPER, ROOT, SIGNING_KEY, Partners, generous
from tests.partners.test_safe_start import without_local_caller

PARTNERS = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
ONE_STORE = pytest.mark.parametrize("partners", ["sqlite"], indirect=True)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@ONE_STORE
def test_from_the_agreement_to_the_first_answer(partners: Partners, tmp_path: Path) -> None:
    """The page's commands, in their order, in a shell."""
    folder = generous(tmp_path / "agreements")
    (folder / "housing-aid.toml").write_text(blocks(PARTNERS, "toml")[0], encoding="utf-8")
    (tmp_path / "cities").symlink_to(ROOT / "cities")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "citygraph").symlink_to(CITYGRAPH)
    with store_of("sqlite", tmp_path) as url:
        settings = {
            "CITYGRAPH_STORE": url,
            "CITYGRAPH_AUDIT": str(tmp_path / "audit"),
            "CITYGRAPH_AGREEMENTS": str(folder),
        }
        with partners.start(CITY, **settings) as gateway:
            claimant = str(partners.samples.claimant)
            environment = {**gateway.environment, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
            told = []
            script = "set -e\n"
            for block in blocks(PARTNERS, "sh"):
                block = block.replace("http://127.0.0.1:8000", gateway.url).replace("hbt.resident:100001512", claimant)
                if "keys create" in block:  # by then running gateways know the agreement
                    time.sleep(1)
                script = f"export KEY={_secret(tmp_path)}\n" if (tmp_path / "key.json").exists() else "true\n"
                done = subprocess.run(
                    ["bash", "-ec", script + block],
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 0, (block, done.stderr)
                if "keys create" in block:
                    time.sleep(1)
                told.append(done.stdout)
    checked, created, me, denied, answered, audit, register = told
    assert "housing-aid" in checked
    assert created == ""
    rights = json.loads(me)["data"]["me"]
    assert rights["agreement"] == {"id": "housing-aid", "version": 1, "purposes": [{"name": "benefit-check"}]}
    assert {each["name"]: each["allowed"] for each in rights["rights"]}["welfare.benefits"] == "NO"
    shown = json.loads(denied)
    shown.pop("extensions", None)
    assert _without_positions(shown) == json.loads(blocks(PARTNERS, "json")[0])
    answer = json.loads(answered)
    assert answer["data"]["person"]["benefits"]["nodes"] == [
        {"benefit": {"label": "Housing support"}, "weeklyAmount": None}
    ]
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {"DENIED", "NARROWED"}
    assert "no problems" in audit
    assert f"Look-ups about {claimant}: 2" in audit
    assert "housing-aid" in register


def _secret(folder: Path) -> str:
    return str(json.loads((folder / "key.json").read_text(encoding="utf-8"))["secret"])


def _without_positions(payload: dict[str, Any]) -> dict[str, Any]:
    for error in payload["errors"]:
        error.pop("locations", None)
    return payload


def test_every_code_of_the_page_is_one_of_the_code() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway").rglob("*.py"))
    source += (ROOT / "adapters" / "errors.py").read_text(encoding="utf-8")
    table = PARTNERS.partition("| Code | HTTP |")[2].partition("\n\n")[0]
    first = "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    codes = re.findall(r"`([A-Z_]+)`", first)
    assert len(codes) > 12
    assert [code for code in codes if f'"{code}"' not in source] == []


@ONE_STORE
def test_what_is_weak_is_told_as_the_page_shows_it(partners: Partners) -> None:
    names = ("CITYGRAPH_PEPPER", "CITYGRAPH_SIGNING_KEY", "CITYGRAPH_MODE")
    environment = {name: value for name, value in partners.environment.items() if name not in names}
    done = subprocess.run(
        [CITYGRAPH, "serve", "--city", str(CITY), "--port", "0"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == blocks(DEPLOYMENT, "text")[0]


# TLS by uvicorn, with certificates of clients


def _certificate(folder: Path, name: str, issuer: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
    """A certificate and its key, also as NAME.pem and NAME.key; without an issuer it is one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signer, parent = issuer or (key, None)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.subject if parent is not None else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(private)
    return key, made


@ONE_STORE
def test_uvicorn_ends_tls_and_asks_for_certificates(partners: Partners, tmp_path: Path) -> None:
    authority = _certificate(tmp_path, "authority")
    _certificate(tmp_path, "server", authority)
    _certificate(tmp_path, "partner", authority)
    _certificate(tmp_path, "stranger")
    (tmp_path / "serve.py").write_text(blocks(DEPLOYMENT, "python")[0], encoding="utf-8")
    with httpx.Client() as any_port:
        port = _free_port()
        environment = {
            **partners.environment,
            "PYTHONPATH": str(ROOT),
            "CITY": str(without_local_caller(tmp_path / "city")),
            "CITYGRAPH_MODE": "production",
            "CITYGRAPH_INTROSPECTION": "visible",
            "CITYGRAPH_PORT": str(port),
            "CITYGRAPH_PEPPER": PEPPER,
            "CITYGRAPH_SIGNING_KEY": SIGNING_KEY,
            "CITYGRAPH_STORE": f"sqlite:///{tmp_path / 'state' / 'store.db'}",
            "CITYGRAPH_AUDIT": str(tmp_path / "state" / "audit"),
            "TLS_CERTIFICATE": str(tmp_path / "server.pem"),
            "TLS_KEY": str(tmp_path / "server.key"),
            "TLS_CLIENTS": str(tmp_path / "authority.pem"),
        }
        process = subprocess.Popen(
            [sys.executable, "serve.py"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            url = f"https://localhost:{port}/graphql"
            asking = {"json": {"query": "{ city { name } }"}, "timeout": 10}
            with httpx.Client(verify=_context(tmp_path, "partner")) as partner:
                answer = _until_it_answers(process, partner, url, asking)
            assert answer.json() == {"data": {"city": {"name": "Harbourton"}}}
            for name in ("stranger", None):
                with httpx.Client(verify=_context(tmp_path, name)) as client, pytest.raises(httpx.TransportError):
                    client.post(url, **asking)  # type: ignore[arg-type]
            with pytest.raises(httpx.TransportError):
                any_port.post(url.replace("https", "http"), **asking)  # type: ignore[arg-type]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _context(folder: Path, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def _until_it_answers(
    process: "subprocess.Popen[bytes]", client: httpx.Client, url: str, asking: dict[str, Any]
) -> httpx.Response:
    end = time.monotonic() + 30
    while True:
        try:
            return client.post(url, **asking)
        except httpx.ConnectError:
            assert process.poll() is None, process.communicate()[1].decode()
            assert time.monotonic() < end
            time.sleep(0.1)


def _free_port() -> int:
    async def port() -> int:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        found: int = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return found

    return asyncio.run(port())


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_understands_its_part(tmp_path: Path) -> None:
    _certificate(tmp_path, "springfield")
    (tmp_path / "partners-ca.pem").write_bytes((tmp_path / "springfield.pem").read_bytes())
    text, clients = blocks(DEPLOYMENT, "nginx")
    text = text.replace("    location /", f"{clients}\n    location /").replace("/etc/ssl", str(tmp_path))
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n", encoding="utf-8")
    done = subprocess.run(["nginx", "-t", "-c", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
