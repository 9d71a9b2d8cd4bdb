"""What goes wrong, in one sentence that says what to do."""


class TrainerError(Exception):
    """A stage cannot go on; the message says why and what to do."""
