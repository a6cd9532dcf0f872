"""The one base class of every error that Readout raises on purpose."""


class ReadoutError(ValueError):
    """Something the caller can fix: the message gives the rule, the value received, the next step."""
