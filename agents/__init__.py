"""Who acts: users, platforms and their strategies."""

from agents.day.loop import live_day
from agents.people.user import User
from agents.people.users import Users
from agents.platforms import strategies as _shipped  # noqa: F401  registers them
from agents.platforms.platform import Platform
from agents.platforms.situation import STRATEGIES, Situation, strategy
from sim.contracts import register
from sim.moved import moved
from sim.rehearsals import REHEARSALS

register("population", Users)
register("platform", Platform)
REHEARSALS.want(live_day, "agents.people.rehearsal.rehearse")

#: Before the rooms were made.
moved(
    {
        "agents.user": "agents.people.user",
        "agents.users": "agents.people.users",
        "agents.measures": "agents.people.measures",
        "agents.platform": "agents.platforms.platform",
        "agents.strategies": "agents.platforms.strategies",
        "agents.economics": "agents.platforms.economics",
        "agents.ledger": "agents.platforms.ledger",
        "agents.exposure": "agents.platforms.exposure",
        "agents.rules": "agents.day.rules",
        "agents.scan": "agents.day.scan",
    }
)

__all__ = ["STRATEGIES", "Platform", "Situation", "User", "Users", "strategy"]
