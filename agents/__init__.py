"""Who acts: users, platforms and their strategies."""

from agents.people.user import User
from agents.people.users import Users
from agents.platforms import strategies as _shipped  # noqa: F401  registers them
from agents.platforms.platform import Platform
from agents.platforms.situation import STRATEGIES, Situation, strategy
from sim.contracts import register

register("population", Users)
register("platform", Platform)

__all__ = ["STRATEGIES", "Platform", "Situation", "User", "Users", "strategy"]
