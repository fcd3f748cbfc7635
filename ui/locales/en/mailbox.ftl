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
mail-group = Mails that name no other one
mail-group-hint = For devices and programs, such as scanners, alarms and forms, which begin a new mail each time. Leave it off where several customers write through one address.
mail-group-within = Same sender and subject
mail-group-never = always a conversation of their own
mail-group-hours = { $hours ->
    [one] one hour: one conversation
   *[other] { $hours } hours: one conversation
}
mail-quote = Answers quote the message they answer
mail-quote-hint = Quoting is on for new mailboxes: whoever reads an answer, a colleague in copy among them, sees under it what it answers.
mail-sent = Sent mail
mail-follow-sent = Show what is answered from a phone or web mail
mail-follow-sent-hint = When a customer is answered from this mailbox with another program, the answer stands in the conversation here, too, and counts: nobody answers twice, neither does the bot. It is read from the folder for sent mail, beginning when this is switched on. On for new mailboxes.
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
mail-folders-found = Folders of this account
test-idle = new mail is told at once
test-polling = new mail is asked for
test-smtp-limit = takes mails of up to { $size } MB
test-failed-name = The server’s name leads nowhere: look at its spelling.
test-failed-connect = Nobody answers there: look at server, port and firewall.
test-failed-tls = The server does not prove who it is, or not in this way: look at server name and protection, or add its certificate.
certificate-title = The certificate that this server shows
certificate-hint = No public authority vouches for it. If the server is yours, compare the fingerprint with what its administrator sees; if they are the same, trust it. It is kept when you save.
certificate-subject = Issued to
certificate-issuer = Issued by
certificate-names = For servers
certificate-until = Valid until
certificate-fingerprint = Fingerprint (SHA-256)
certificate-trust = Trust this one
certificate-unknown = Nobody whom we trust vouches for the server’s certificate: look at it below, and trust it if it is yours.
certificate-expired = The server’s certificate expired on { $date }: whoever runs the server has to renew it.
certificate-not-yet = The server’s certificate is valid from { $date } on only: look at the clocks of both machines.
certificate-wrong-name = The server’s certificate is for another name ({ $names }): enter that name as the server, or let one be made for this name.
test-failed-sign-in = The server refuses user or password: look at both; many providers want an app password, or Google and Microsoft a connected account.
test-failed-folder = There is no folder “{ $folder }”: pick one of those that the account has.
test-failed-silent = The server does not answer: look at port, protection and firewall.
test-failed-sender = The server takes no mail from this address by this account: sign in with the account of the address, or allow the address there.
test-failed-limit = The account has sent as much as its provider allows: wait, or use a server without that limit.
test-failed-other = The server answers what cannot be worked with: look at port and protection.
mailbox-folders = Folders
mailbox-progress = Reading: { $done } of { $total } mails
mailbox-read = Up to date
mailbox-sent = Sent mail
mail-elsewhere = Sent from the mailbox itself
whatsapp-elsewhere = Sent from the telephone
mailbox-audit-now = Compare server and inbox now
mailbox-audit-good = { $count ->
    [one] One mail compared, it is filed
   *[other] { $count } mails compared, all are filed
 }
mailbox-audit-bad = { $count ->
    [one] One mail is not filed
   *[other] { $count } mails are not filed
 }
mailbox-audit-failed = Could not be compared:
mailbox-unfiled = Not filed
mailbox-unfiled-hint = The server has these mails, and no conversation has. File them with one press; nothing is filed twice.
mailbox-file = File it
oauth-connect = Connect { $provider }
oauth-title = Accounts of { $provider }
oauth-lead = The owner of a mailbox consents at the provider; no password is stored here, and the consent can be taken back there at any time.
oauth-client = The application
oauth-hint-google = Made once in the Google Cloud console (OAuth client, type web application), with the Gmail API enabled.
oauth-hint-microsoft = Made once in Microsoft Entra (app registration, type web), with the permissions IMAP.AccessAsUser.All and SMTP.Send.
oauth-redirect = Redirect address to enter there
oauth-client-id = Client ID
oauth-client-secret = Client secret
oauth-tenant = Tenant
oauth-tenant-hint = Its id or domain; empty for any.
oauth-account = Connected with { $provider } as { $address }
oauth-ok = Connected
oauth-revoked = Consent taken back
oauth-again = Connect again
oauth-failed = The account is not connected
oauth-denied = The provider did not give access ({ $words }). Begin again when the owner of the mailbox agrees.
