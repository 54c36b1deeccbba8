"""An invented service as a destination that is added: bulletin boards, to which people are invited."""
