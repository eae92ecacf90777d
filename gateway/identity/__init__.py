"""What the gateway remembers of who is who: identifiers and address keys, never an agency's data."""
