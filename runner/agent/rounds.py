"""The agent's rounds: follow, propose, send, publish, tell. What one thing cannot do is said, and ends no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from compiler.archive import Plan
from compiler.aside import branch_heads
from compiler.gate import approved_on
from compiler.git import Repository
from compiler.language.canonical import Json
from compiler.language.errors import EnvoiError, FindingsStop, RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.settings import Occasion
from compiler.lock import APPROVED_REF
from compiler.review.forge import Forge
from compiler.session import Session
from runner.account import Account, account_of
from runner.agent.following import follow_main
from runner.agent.memory import FILE, Memory, alone
from runner.agent.news import news_of
from runner.agent.notices import deliver, notices_of
from runner.agent.proposing import BranchMoved, Proposed, propose_branch
from runner.agent.releasing import accounts, is_due, is_left, locked_at, refuse_keyless, send_turn
from runner.agent.repeating import due_editions, prepare
from runner.order import Ended, Voice
from tracker.commands import publish_now


class Part(StrEnum):
    """What a round consists of."""

    PROPOSE = "propose"
    SEND = "send"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Release:
    """What holds a sending back beyond the lock: the forge that says who approved, the commit that was released."""

    forge: Forge | None = None
    commit: str = ""


@dataclass
class Round:
    """What one round did. `problems` pairs what could not be done with why."""

    proposed: list[Proposed] = field(default_factory=list)
    sent: list[Account] = field(default_factory=list)
    changes: int = 0
    told: list[str] = field(default_factory=list)
    problems: list[tuple[str, EnvoiError]] = field(default_factory=list)
    unfinished: bool = False  # something will still leave by itself
    more: bool = False  # a turn was over before its plan was
    interrupted: bool = False

    @property
    def idle(self) -> bool:
        return not (self.sent or self.problems or self.told or self.changes or any(p.commit for p in self.proposed))

    def to_json(self, language: str) -> dict[str, Json]:
        return {
            "proposed": [each.to_json() for each in self.proposed],
            "sent": [account.to_json() for account in self.sent],
            "changes": self.changes,
            "told": list(self.told),
            "problems": [{"about": about, "problem": error.text.say(language)} for about, error in self.problems],
        }

    @contextmanager
    def reporting(self, about: str) -> Iterator[None]:
        """What stops this part is kept for the report; the other parts still have their turn."""
        try:
            yield
        except EnvoiError as error:
            self.problems.append((about, error))


class Agent:
    """One keyed host's agent. `branch`: the only one to look at, and whether or not it was looked at before."""

    def __init__(
        self,
        session: Session,
        *,
        parts: frozenset[Part],
        branch: str,
        voice: Callable[[Session, int], Voice],
        release: Release | None = None,
    ) -> None:
        self._first = session
        self._parts = parts
        self._branch = branch
        self._voice = voice
        self._release = release or Release()
        self._approved = set[str]()  # asked once: a pipeline's token is gone after a day, a sending may take five

    def round(self) -> Round:
        """Everything that can be done now, once. Raises what stops all of it: an unreadable workspace, no remote."""
        done, session = Round(), self._fresh()
        refuse_keyless(session)
        with alone(session.state(FILE)):
            follow_main(session)
        session = self._fresh()  # main may have changed the declarations
        if Part.PROPOSE in self._parts:
            with alone(session.state(FILE)) as memory:
                self._propose(session, memory, done)
        if Part.SEND in self._parts:
            self._editions(session, done)
            self._send(session, done)
        if Part.PUBLISH in self._parts and not done.interrupted:
            with done.reporting("publish"):
                done.changes = publish_now(session).changes
        with done.reporting("notify"):
            for account in accounts(session):
                self._tell(session, account, done)
        return done

    def _fresh(self) -> Session:
        """The session without what an earlier round read."""
        return replace(self._first)

    def _propose(self, session: Session, memory: Memory, done: Round) -> None:
        branches = branch_heads(session, self._branch)
        if not self._branch:
            memory.tried = {branch: commit for branch, commit in memory.tried.items() if branch in branches}
        for branch, commit in branches.items():
            if memory.tried.get(branch) == commit and not self._branch:
                continue
            moved = False
            with done.reporting(branch):
                try:
                    done.proposed += propose_branch(session, branch, commit)
                except BranchMoved:
                    moved = True
                    raise
            if not moved:
                memory.tried[branch] = commit
                memory.save()

    def _editions(self, session: Session, done: Round) -> None:
        """Plans of editions that one merge approved; what a reviewer has to see is said once for each state of main."""
        main = Repository(session.home).revision(APPROVED_REF) or ""
        for due in due_editions(session):
            with alone(session.state(FILE)) as memory:
                if due.recorded or memory.told_at(due.name, main) is not None:
                    continue
                with done.reporting(due.name):
                    try:
                        plan = prepare(session, due)
                    except (FindingsStop, RefusedByPolicy):
                        memory.note_told(due.name, main, session.clock.now())
                        raise
                    done.proposed.append(Proposed("", due.campaign.name, plan.digest, ""))

    def _send(self, session: Session, done: Round) -> None:
        for account in accounts(session):
            plan = account.plan
            if self._release.commit and not locked_at(session, plan, self._release.commit):
                continue
            with done.reporting(plan.manifest.campaign):
                if account.counts["pending"]:
                    self._ask_who_approved(session, plan)
                if is_due(session, account):
                    self._turn(session, plan, done)
                done.unfinished |= is_left(session, _account(session, plan))
            if done.interrupted:
                return

    def _ask_who_approved(self, session: Session, plan: Plan) -> None:
        """Raises RefusedByPolicy where a second person is missing, ForgeProblem where nobody says."""
        if self._release.forge is None or plan.digest in self._approved:
            return
        path = plan.manifest.campaign_path  # the one that its lock was found by
        campaign = next(each for each in session.workspace().campaigns if each.path == path)
        approved_on(session, self._release.forge, campaign)
        self._approved.add(plan.digest)

    def _turn(self, session: Session, plan: Plan, done: Round) -> None:
        summary = send_turn(session, plan, self._voice(session, plan.manifest.recipients))
        done.sent.append(_account(session, plan))
        done.interrupted = summary.told_to_end
        done.more |= summary.ended is Ended.TIME
        if summary.ended is Ended.SENDERS:
            done.problems.append(
                (
                    plan.manifest.campaign,
                    RefusedByPolicy(Text("les processus d'envoi se sont arrêtés", "the sender processes are gone")),
                )
            )
        with done.reporting("notify"):
            self._tell(session, done.sent[-1], done)

    def _tell(self, session: Session, account: Account, done: Round) -> None:
        notify, digest = session.settings.notify, account.plan.digest
        now = session.clock.now()
        with alone(session.state(FILE)) as memory:
            for news in news_of(account, finished=memory.told_at(digest, Occasion.FINISHED), now=now):
                if memory.told_at(digest, news.key) is not None:
                    continue
                if notify.to and news.occasion in notify.on:
                    if not deliver(session, account, list(notices_of(session, account, news))):
                        raise _undelivered(news.occasion)
                    done.told.append(f"{account.plan.manifest.campaign} {news.occasion}")
                memory.note_told(digest, news.key, now)


def _undelivered(occasion: Occasion) -> RefusedByPolicy:
    return RefusedByPolicy(Text(f"avis non remis : {occasion}", f"a notice was not delivered: {occasion}"))


def _account(session: Session, plan: Plan) -> Account:
    return account_of(plan, session.path(session.settings.state))
