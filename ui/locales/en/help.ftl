## The help centre

help-title = How can we help?
help-search = Search the articles
help-search-button = Search
help-results = Results for “{ $query }”
help-nothing = Nothing found
help-nothing-hint = Try fewer or other words, or write to us.
help-other-language = in { $language }
help-empty = No articles yet
help-empty-hint = Write to us and we will help you.
help-all = All articles
help-kind-guide = Guides
help-kind-faq = Frequent questions
help-kind-manual = Manuals
help-updated = Updated on { $date }
help-question = Did this help?
help-yes = Yes
help-no = No
help-thanks = Thank you for telling us.
help-sorry = We are sorry. Write to us and a person will help you.
help-contact = Write to us
help-still = Not what you were looking for?
help-count = { $count ->
    [one] one article
   *[other] { $count } articles
}
help-pages = Pages
help-before = Before
help-next = Next
help-contents = On this page
help-related = Related articles
help-comment = What was missing?
help-comment-send = Send
help-all-results = All results
help-suggest = Results
help-crumbs = Where you are
help-home = Help
help-still-hint = Write to us; a person will answer.
help-description = Answers to questions, guides and manuals.
help-chat-top = What helps others most
help-chat-found = Articles found: { $count }
help-chat-back = Back
help-chat-tab = Open in a new tab
help-chat-failed = The articles cannot be reached. Please try again in a moment.
help-chat-news = There is a new message in the chat
