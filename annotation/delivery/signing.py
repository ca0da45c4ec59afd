"""AWS Signature Version 4: what proves to a store who asks, for what, and with which bytes.

docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Keys:
    """Who asks; the secret is in no representation of this."""

    access_key: str
    secret: str = field(repr=False)
    region: str
    service: str = "s3"


def sign(
    keys: Keys, method: str, url: str, headers: Mapping[str, str], *, payload: str, moment: datetime
) -> dict[str, str]:
    """All headers to send. `url` is encoded already; `payload` is the SHA-256 of the body, in hexadecimal."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    signed = {"host": host_of(url), "x-amz-content-sha256": payload, "x-amz-date": stamp}
    signed |= {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(signed))
    scope = f"{stamp[:8]}/{keys.region}/{keys.service}/aws4_request"
    request = hashlib.sha256(canonical(method, url, signed, payload).encode()).hexdigest()
    signature = hmac.digest(key_of(keys, stamp[:8]), f"{ALGORITHM}\n{stamp}\n{scope}\n{request}".encode(), "sha256")
    credential = f"{ALGORITHM} Credential={keys.access_key}/{scope}"
    signed["authorization"] = f"{credential},SignedHeaders={names},Signature={signature.hex()}"
    return {name: value for name, value in signed.items() if name != "host"}  # the client says Host itself


def canonical(method: str, url: str, headers: Mapping[str, str], payload: str) -> str:
    """The request in the one spelling that both sides compute."""
    parts = urlsplit(url)
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parse_qsl(parts.query, True))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    said = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    return "\n".join([method, parts.path or "/", query, said, ";".join(sorted(headers)), payload])


def host_of(url: str) -> str:
    """As the client spells it: the port only where it is not the usual one."""
    parts = urlsplit(url)
    is_usual = parts.port in (None, PORTS[parts.scheme])
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if is_usual else f"{name}:{parts.port}"


def key_of(keys: Keys, day: str) -> bytes:
    found = f"AWS4{keys.secret}".encode()
    for part in (day, keys.region, keys.service, "aws4_request"):
        found = hmac.digest(found, part.encode(), "sha256")
    return found
