"""The phases strung together: a folder becomes a workspace, a campaign a plan. The only place that knows their order.

`read_workspace` and `check_workspace` need no keys; `compile_campaign` needs what only the keyed host has.
"""

from compiler.pipeline.checking import check_campaign, check_workspace, read_workspace
from compiler.pipeline.choosing import KeyedHost
from compiler.pipeline.compiling import Compiled, compile_campaign
from compiler.pipeline.pipelines import bases_of, check_pipelines
from compiler.pipeline.team import processes_for

__all__ = [
    "Compiled",
    "KeyedHost",
    "bases_of",
    "check_campaign",
    "check_pipelines",
    "check_workspace",
    "compile_campaign",
    "processes_for",
    "read_workspace",
]
