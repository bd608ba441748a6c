"""Counts a rehearsal's mailbox from outside: `python -I recount.py DIR` prints one JSON object.

It imports nothing of envoi and believes nothing that envoi says of itself but the plan's number of recipients and
the ledger's own account, which it holds against what was really delivered.

    sent            different messages in the Maildir
    duplicates      messages that a mailbox got twice, or Message-IDs seen twice
    lost            recipients whom the account calls sent and whose message is nowhere
    outside_window  messages received outside Monday to Friday, 09:00-12:00 and 14:00-17:30, where the recipient lives
"""

import csv
import email.policy
import json
import mailbox
import sys
from collections import Counter
from datetime import datetime, time
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

OPEN = ((time(9), time(12)), (time(14), time(17, 30)))


def zones(crm: Path) -> dict[str, str]:
    """Address → time zone, from the company's own export."""
    found: dict[str, str] = {}
    with crm.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            address = row["email"].strip().lower()
            if row.get("fuseau", "").strip():
                found.setdefault(address, row["fuseau"].strip())
    return found


def inside(moment: datetime, zone: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and any(opens <= local.time() < closes for opens, closes in OPEN)


def main(folder: Path) -> None:
    where = zones(folder / "crm" / "contacts.csv")
    accounts = [json.loads(path.read_text()) for path in sorted((folder / "state" / "accounts").glob("*.json"))]
    parser = BytesParser(policy=email.policy.default)
    by_id: Counter[str] = Counter()
    by_mailbox: Counter[tuple[str, str]] = Counter()
    outside = 0
    for message in mailbox.Maildir(folder / "mailbox", factory=None, create=False):
        parsed = parser.parsebytes(message.as_bytes(), headersonly=True)
        address = str(parsed["Delivered-To"]).strip().lower()
        received = parsedate_to_datetime(str(parsed["Received"]).rpartition(";")[2].strip())
        by_id[str(parsed["Message-ID"])] += 1
        by_mailbox[str(parsed["Feedback-ID"]).split(":")[0], address] += 1
        outside += not inside(received, where.get(address, "Europe/Paris"))
    sent = len(by_id)
    claimed = sum(a["recipients"] - a["refused"] - a["skipped"] - a["pending"] - a["in_doubt"] for a in accounts)
    counted = {
        "sent": sent,
        "duplicates": max(sum(by_id.values()) - sent, sum(n - 1 for n in by_mailbox.values())),
        "lost": max(0, claimed - sent),
        "outside_window": outside,
    }
    sys.stdout.write(json.dumps(counted) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
