"""What of a savings statement is printed: the statement itself, and the verification report by EN 17669:2022."""
