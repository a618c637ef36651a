"""What a rating asked: every source with the token of its answer, and which tokens are no longer those of today."""
