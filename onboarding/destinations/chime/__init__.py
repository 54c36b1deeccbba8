"""Amazon Chime as a destination: the adapter of a Team account, and the models of its answers."""
