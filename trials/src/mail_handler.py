"""The handler of the tests' mail server: stores mails in a folder, one file each."""

import base64

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

NAME, PASSWORD = b"sixpin", b"open sesame"


class Handler(Mailbox):
    """Accepts the sign-in of NAME alone, and refuses recipients at refused.example."""

    async def auth_PLAIN(self, server, args):
        given = base64.b64decode(args[1]).split(b"\0")[1:]
        return AuthResult(success=given == [NAME, PASSWORD], handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"
