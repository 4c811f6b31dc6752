"""`formwork verify`: whether what a database holds is what was ever acknowledged."""

from __future__ import annotations

from engine.cli.database import DEFAULT_DATABASE, DatabaseOption, opened
from engine.cli.speak import LanguageOption, complain, say, stop
from engine.operations.verify import verify as problems_of


def verify(database: DatabaseOption = DEFAULT_DATABASE, chosen: LanguageOption = None) -> None:
    """Verify a database: journal chains, balances against postings, references. 核对数据库。

    Example: formwork verify --database sqlite:///var/formwork.db
    """

    del chosen
    with opened(database) as site:
        problems = problems_of(site)
    code = complain(problems)
    if not problems:
        say("没有发现问题", "no problems found")
    stop(code)
