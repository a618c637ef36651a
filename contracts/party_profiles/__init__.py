"""What documents say of parties: checked, recorded by two people, asked for where a form of invoices needs it."""
