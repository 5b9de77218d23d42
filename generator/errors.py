"""The one error a stage raises for something the user can put right."""


class BuildError(Exception):
    """Says what is wrong, where, what was expected, what was found, and what to do.

    Only `cli.py` turns it into output; everything else lets it pass.
    """

    def __init__(
        self, what: str, where: str, expected: str = "", found: str = "", fix: str = ""
    ) -> None:
        self.what, self.where, self.expected = what, where, expected
        self.found, self.fix = found, fix
        message = f"{where}: {what}"
        if expected:
            message += f"; expected {expected}"
        if found:
            message += f", found {found}" if expected else f"; found {found}"
        super().__init__(f"{message}." + (f" {fix}" if fix else ""))
