"""Networks that a site can train or build upon."""
