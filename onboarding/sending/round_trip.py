"""How long does a request take there and back, and how much does that vary?"""


class RoundTrip:
    """Follow both as TCP does (RFC 6298). In seconds; 0 until the first answer."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.deviation = 0.0

    def measure(self, seconds: float) -> None:
        """Take in how long one took."""
        self.seconds = self.seconds or seconds
        self.deviation += (abs(seconds - self.seconds) - self.deviation) / 8
        self.seconds += (seconds - self.seconds) / 8
