"""The rate of requests: learn the service's rate limit from its 429s, and hold requests back to keep to it."""
