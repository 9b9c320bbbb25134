"""Tokens: which count, which do not, and the keys they are checked with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from installcast.api.tokens import BadTokenError, ExpiredTokenError, Tokens
from installcast.errors import ConfigurationError, NotAuthenticatedError, UnavailableError
from installcast.settings import AuthSettings, Settings


def make_tokens(tmp_path: Path, **auth: Any) -> Tokens:
    tokens = Tokens(Settings(data_dir=tmp_path, auth=AuthSettings(**auth)))
    tokens.prepare()
    return tokens


def own_secret(tmp_path: Path) -> bytes:
    return (tmp_path / "secret.key").read_bytes().strip()


def sign(tmp_path: Path, **claims: Any) -> str:
    values = {"sub": "alice", "scope": "log:read", "exp": time.time() + 60, **claims}
    values = {name: value for name, value in values.items() if value is not None}
    return jwt.encode(values, own_secret(tmp_path), algorithm="HS256")


def handmade(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token as an attacker writes it: PyJWT refuses to make some of these."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = part(json.dumps(header).encode()) + "." + part(json.dumps(claims).encode())
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest() if key else b""
    return f"{signed}.{part(signature)}"


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_own_token_goes_round(tmp_path: Path) -> None:
    """What is issued is verified, with user, scopes and end."""
    tokens = make_tokens(tmp_path)
    claims = await tokens.verify(
        tokens.issue("alice", {"log:read", "soft:read"}, 60, now=lambda: time.time())
    )
    assert (claims.sub, set(claims.scopes)) == ("alice", {"log:read", "soft:read"})
    assert 50 < claims.expires_at - time.time() <= 60


async def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """The first start makes a secret of mode 0600 that later starts keep."""
    token = make_tokens(tmp_path).issue("alice", (), 60)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert len(own_secret(tmp_path)) >= 32
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (await make_tokens(tmp_path).verify(token)).sub == "alice"


@pytest.mark.parametrize(
    ("mode", "content"), [(0o644, "x" * 40), (0o640, "x" * 40), (0o600, "short"), (0o600, "")]
)
def test_a_bad_secret_stops_the_start(tmp_path: Path, mode: int, content: str) -> None:
    """A secret that others may read, or of fewer than 32 bytes, is refused by name."""
    path = tmp_path / "secret.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"auth\.secret_file"):
        make_tokens(tmp_path)


def test_a_named_secret_has_to_exist(tmp_path: Path) -> None:
    """Only the default secret is made; a configured one that is missing is an error."""
    with pytest.raises(ConfigurationError, match="missing"):
        make_tokens(tmp_path, secret_file=tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


async def test_expired(tmp_path: Path) -> None:
    """A token is bad from the second that its `exp` names, and the message says why."""
    tokens = make_tokens(tmp_path)
    with pytest.raises(ExpiredTokenError):
        await tokens.verify(tokens.issue("alice", (), 60, now=lambda: time.time() - 61))


async def test_leeway_only_where_it_is_set(tmp_path: Path) -> None:
    """`auth.leeway` allows for a clock that is off."""
    tokens = make_tokens(tmp_path, leeway=30)
    claims = await tokens.verify(sign(tmp_path, iss="installcast", exp=time.time() - 10))
    assert 10 < claims.expires_at - time.time() <= 20  # or what it opens would end at once
    token = tokens.issue("alice", (), 60, now=lambda: time.time() - 70)
    assert (await tokens.verify(token)).sub == "alice"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": ["alice"]},
        {"sub": True},
        {"sub": "a\nb"},
        {"sub": "\ud800"},
        {"sub": "x" * 300},
        {"exp": "soon"},
        {"nbf": 9e9},
        {"exp": 1e400},
    ],
)
async def test_claims_that_have_to_be_there(tmp_path: Path, claims: dict[str, Any]) -> None:
    """A token without `exp` or `sub`, or with nonsense in them, is refused though its signature is good."""
    tokens = make_tokens(tmp_path)
    with pytest.raises(NotAuthenticatedError):
        await tokens.verify(sign(tmp_path, **claims))


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "", None, 7, ["HS256"]]
)
async def test_no_other_algorithm(tmp_path: Path, algorithm: Any) -> None:
    """`alg: none` in any spelling, and whatever is not listed, is refused, signed with the right secret or not at all."""
    tokens = make_tokens(tmp_path)
    claims = {"sub": "alice", "exp": time.time() + 60, "iss": "installcast", "scope": "admin"}
    for key in (b"", own_secret(tmp_path)):
        with pytest.raises(BadTokenError):
            await tokens.verify(handmade({"alg": algorithm, "typ": "JWT"}, claims, key))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "x" * 9000, "e30.e30.", "é.é.é", "\x00", "e30." + "W" * 7000 + "."]
)
async def test_nonsense(tmp_path: Path, token: str) -> None:
    """Anything that is no token is a bad token, not an accident."""
    with pytest.raises(BadTokenError):
        await make_tokens(tmp_path).verify(token)


async def test_a_public_key_never_checks_hs256(tmp_path: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """A token signed with the public key as an HMAC secret is refused, HS256 listed or not."""
    pem = public_pem(rsa_key)
    (tmp_path / "public.pem").write_bytes(pem)
    claims = {"sub": "mallory", "exp": time.time() + 60, "iss": "installcast", "scope": "admin"}
    for algorithms in (["RS256"], ["RS256", "HS256"]):
        tokens = make_tokens(tmp_path, algorithms=algorithms, public_key_file=tmp_path / "public.pem")
        for key in (pem, pem.strip()):
            with pytest.raises(BadTokenError):
                await tokens.verify(handmade({"alg": "HS256"}, claims, key))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_foreign_tokens(tmp_path: Path, rsa_key: rsa.RSAPrivateKey, algorithm: str) -> None:
    """Each public-key algorithm works with its key, and the service's own tokens go on working beside it."""
    keys = {
        "RS256": rsa_key,
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    key: Any = keys[algorithm]
    (tmp_path / "public.pem").write_bytes(public_pem(key))
    tokens = make_tokens(tmp_path, algorithms=[algorithm], public_key_file=tmp_path / "public.pem")
    token = jwt.encode({"sub": "bob", "scope": "admin", "exp": time.time() + 60}, key, algorithm=algorithm)
    assert (await tokens.verify(token)).scopes == {"admin"}
    assert (await tokens.verify(tokens.issue("alice", (), 60))).sub == "alice"
    with pytest.raises(BadTokenError):
        await tokens.verify(sign(tmp_path))  # HS256 of somebody else is not listed
    other: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode({"sub": "bob", "exp": time.time() + 60}, other, algorithm="RS256")
    with pytest.raises(BadTokenError):
        await tokens.verify(forged)


async def test_issuer_and_audience(tmp_path: Path) -> None:
    """Where they are set, a foreign token has to name them; where they are not, it may name what it likes."""
    tokens = make_tokens(tmp_path, issuer="https://panel", audience="installcast")
    good = sign(tmp_path, iss="https://panel", aud=["other", "installcast"])
    assert (await tokens.verify(good)).sub == "alice"
    for wrong in ({"iss": "https://evil"}, {"aud": "other"}, {"iss": None}, {"aud": None}):
        with pytest.raises(BadTokenError):
            await tokens.verify(sign(tmp_path, **{"iss": "https://panel", "aud": "installcast", **wrong}))
    assert (await make_tokens(tmp_path).verify(good)).sub == "alice"


async def test_claims_of_an_existing_system(tmp_path: Path) -> None:
    """`auth.claims` maps names, lists of scopes count, unknown scopes do not, `default_scopes` fills in."""
    tokens = make_tokens(
        tmp_path, claims={"sub": "user_id", "scope": "permissions"}, default_scopes=["log:read"]
    )
    mapped = await tokens.verify(sign(tmp_path, sub=None, user_id=42, permissions=["admin", "root", "x y"]))
    assert (mapped.sub, set(mapped.scopes)) == ("42", {"admin"})
    assert (await tokens.verify(sign(tmp_path, user_id="u"))).scopes == {"log:read"}
    with pytest.raises(BadTokenError):
        await tokens.verify(sign(tmp_path))


@contextmanager
def key_server(document: bytes) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks", asked
        server.shutdown()
        thread.join()


async def test_keys_from_an_address(tmp_path: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """`auth.jwks_url` is asked once, not for each request; an unknown key id is a bad token."""
    numbers = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key()))
    document = json.dumps({"keys": [{**numbers, "kid": "one", "use": "sig", "alg": "RS256"}]}).encode()
    claims = {"sub": "bob", "exp": time.time() + 60}
    with key_server(document) as (url, asked):
        tokens = make_tokens(tmp_path, algorithms=["RS256"], jwks_url=url)
        token = jwt.encode(claims, rsa_key, algorithm="RS256", headers={"kid": "one"})
        for _ in range(3):
            assert (await tokens.verify(token)).sub == "bob"
        assert asked == ["/jwks"]
        for headers in ({"kid": "two"}, {}):
            with pytest.raises(BadTokenError):
                await tokens.verify(jwt.encode(claims, rsa_key, algorithm="RS256", headers=headers))


async def test_a_silent_key_server(tmp_path: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """When the keys cannot be had the answer is "later", not "wrong token"."""
    tokens = make_tokens(tmp_path, algorithms=["RS256"], jwks_url="http://127.0.0.1:9/jwks")
    token = jwt.encode({"sub": "bob", "exp": 9e9}, rsa_key, algorithm="RS256", headers={"kid": "one"})
    with pytest.raises(UnavailableError, match="jwks_url"):
        await tokens.verify(token)


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        ({"algorithms": ["RS256"]}, "auth.algorithms"),
        ({"algorithms": ["RS256", "ES256"], "public_key_file": "public.pem"}, "auth.algorithms"),
        ({"algorithms": ["HS256"], "public_key_file": "public.pem"}, "auth.algorithms"),
        ({"algorithms": ["RS256"], "public_key_file": "missing.pem"}, "auth.public_key_file"),
        ({"algorithms": ["RS256"], "public_key_file": "private.pem"}, "auth.public_key_file"),
        ({"algorithms": ["ES256"], "public_key_file": "public.pem"}, "auth.public_key_file"),
        ({"algorithms": ["RS256"], "jwks_url": "file:///etc/passwd"}, "auth.jwks_url"),
    ],
)
def test_settings_that_cannot_work(
    tmp_path: Path, rsa_key: rsa.RSAPrivateKey, auth: dict[str, Any], key: str
) -> None:
    """A key that is missing, private or of another kind stops the start and names the setting."""
    (tmp_path / "public.pem").write_bytes(public_pem(rsa_key))
    (tmp_path / "private.pem").write_bytes(
        rsa_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    if "public_key_file" in auth:
        auth = auth | {"public_key_file": tmp_path / auth["public_key_file"]}
    with pytest.raises(ConfigurationError) as caught:
        make_tokens(tmp_path, **auth)
    assert caught.value.field == key
