"""The report on a plan: what became of it, what people and machines did, what is not measured and why."""

from tracker.report.figures import Report
from tracker.report.gather import Membership, build

__all__ = ["Membership", "Report", "build"]
