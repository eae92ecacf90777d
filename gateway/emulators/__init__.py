"""Systems of agencies, played by us: for tests, demonstrations and work without a network."""
