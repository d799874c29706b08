"""Those who look on while a test runs."""

from vqa_eval.records import Reply, Row, Variant


class Silence:
    """A watcher that looks away."""

    def opens(self, model: str) -> None:
        """Look away."""

    def lacks(self, row: Row, pictures: int) -> None:
        """Look away."""

    def begins(self, row: Row, variant: Variant, done: int, total: int) -> None:
        """Look away."""

    def replied(self, reply: Reply) -> None:
        """Look away."""

    def ends(self, row: Row, done: int) -> None:
        """Look away."""

    def rests(self) -> None:
        """Look away."""
