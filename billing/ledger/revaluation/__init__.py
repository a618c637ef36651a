"""What stands in other currencies, valued anew."""
