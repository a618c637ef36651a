"""Money in and money out: by a gateway, by files of a bank, and what is asked of customers that do not pay."""
