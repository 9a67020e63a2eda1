"""What the mail server of the tests does with mails: it keeps them in a folder, one file each."""

import base64

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

NAME, PASSWORD = b"sixpin", b"open sesame"


class Keeper(Mailbox):
    """Lets nobody sign in but NAME, and takes nothing for an address at refused.example."""

    async def auth_PLAIN(self, server, args):
        given = base64.b64decode(args[1]).split(b"\0")[1:]
        return AuthResult(success=given == [NAME, PASSWORD], handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"
