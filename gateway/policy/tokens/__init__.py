"""Access tokens of OAuth 2.0 and OpenID Connect, accepted beside the gateway's own keys.

`Issuers.read` reads the file that names who issues them, `Issuers.check` tells whose a token is.
"""

from gateway.policy.tokens.claims import Claims
from gateway.policy.tokens.issuers import Issuers

__all__ = ["Claims", "Issuers"]
