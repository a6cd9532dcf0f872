"""The one error that building, serving and set-up raise."""


class BuildError(Exception):
    """A build that can't go on. Its message names the rule, what was found and the next step."""
