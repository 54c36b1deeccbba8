"""The rate: learn from 429 answers what the service allows."""
