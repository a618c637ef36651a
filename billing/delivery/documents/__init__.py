"""Which documents are delivered: customers' and payees'."""
