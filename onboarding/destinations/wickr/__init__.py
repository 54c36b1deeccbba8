"""AWS Wickr as a destination: the adapter of a network, its requests, and the models of its answers."""
