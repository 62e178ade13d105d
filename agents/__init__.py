"""Who acts: users, platforms and their strategies."""

from agents.platform import Platform
from agents.strategies import STRATEGIES, Situation, strategy
from agents.user import User
from agents.users import Users
from sim.contracts import register

register("population", Users)
register("platform", Platform)

__all__ = ["STRATEGIES", "Platform", "Situation", "User", "Users", "strategy"]
