## Mailboxes: what is read, how mail leaves, accounts of Google and Microsoft

mail-more-folders = Further folders
mail-more-folders-hint = One a line, as the server names them: INBOX/Sales. Each is followed on its own.
mail-begin = Read
mail-begin-now = only what arrives from now on
mail-begin-days = { $days ->
    [one] the last day, too
   *[other] the last { $days } days, too
 }
mail-begin-all = everything that is there
mail-begin-hint = Counts when a folder is attached. Nothing in the mailbox is changed, moved or marked as read.
mail-quote = Answers quote the message they answer
mail-sent-copy = Put a copy of what is sent into the mailbox
mail-sent-folder = Folder for sent mail
mail-sent-folder-hint = Empty: the one the server names. Gmail and Microsoft 365 keep copies by themselves.
mail-dkim = Signature (DKIM)
mail-dkim-hint = Most sending servers sign by themselves; then leave this empty. Else the signature is made here.
mail-dkim-domain = Domain
mail-dkim-selector = Selector
mail-dkim-key = Private key (PEM)
mail-dkim-key-hint = Made with: openssl genrsa -out dkim.pem 2048. Empty keeps what is stored.
mail-dkim-record-hint = Enter this TXT record where your domain is kept; “doctor” checks it.
mail-dkim-record-name = Name
mail-dkim-record = Text
