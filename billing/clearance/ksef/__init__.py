"""Poland's national system of e-invoices (KSeF): documents as FA(3), its receipts, and the codes on a printed page."""
