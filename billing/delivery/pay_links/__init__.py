"""Links in mails, under which what a mail is about is paid."""
