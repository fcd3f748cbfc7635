## The sample page

sample-eyebrow = Office machines, by the month
sample-title = The copier simply works. We see to that.
sample-lead = Alder & Finch leases printers, copiers and scanners to offices that have better things to do. Toner, parts and technicians are in the price.
sample-ticket = Report a problem
sample-chat-hint = or ask us in the chat, bottom right
sample-offers = What you get
sample-copy-title = The right machine
sample-copy-text = From the desk printer to the print room, chosen by what you really print.
sample-service-title = A technician in four hours
sample-service-text = We know your machine’s counters and often come before you call.
sample-price-title = One price a page
sample-price-text = No minimum, no surprise, and an invoice that you can read.
sample-foot = Alder & Finch does not exist. This page shows the chat widget of Switchboard.
