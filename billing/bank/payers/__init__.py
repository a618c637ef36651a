"""For whom accounts and names of payers stand: said by one person, released by another."""
