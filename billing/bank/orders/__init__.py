"""What banks are asked for by files: debits collected, payments made; each in one file, which a person takes."""
