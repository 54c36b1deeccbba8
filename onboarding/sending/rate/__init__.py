"""The rate of requests: learn the service's rate limit from its 429s, and delay requests to stay within the limit."""
