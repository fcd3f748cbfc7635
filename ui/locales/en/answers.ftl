## Why the bot answered, and what it knows

side-bot = Why the bot did this
bot-answered = Answered
bot-clarified = Asked back
bot-handed-over = Handed over
bot-small-talk = Small talk
bot-from-data = Answered from your data
bot-needed = An answer needs { $percent }%.
bot-no-candidates = No article came into question.
bot-question = Read as
bot-this-one = This one answers it
bot-this-one-title = The bot learns that “{ $title }” answers this question
settings-knowledge = Knowledge
knowledge-lead = From which confidence the bot answers, which words mean the same, and what goes to people at once.
knowledge-answer-at = Answer from this confidence on (percent)
knowledge-answer-at-hint = 60 means: six of ten answers at this mark are right, and all above it are surer. Higher hands over more and errs less.
knowledge-answer-at-wrong = Enter a whole number from 5 to 99.
knowledge-synonyms = Words that mean the same: { $language }
knowledge-synonyms-hint = One group a line, words or short phrases between commas: copier, multifunction, MFP. They add to the built-in ones.
knowledge-sensitive = Always to people
knowledge-sensitive-hint = Words or phrases, one a line, in any language. A message with one of them is handed over at once.
knowledge-try = Try it on the last 14 days
knowledge-trial = What would have changed
knowledge-trial-none = Nobody has asked the bot anything in the last 14 days.
knowledge-trial-same = { $questions ->
    [one] One question would have ended the same.
   *[other] All { $questions } questions would have ended the same.
  }
knowledge-trial-figures = Of { $questions } questions, { $before } were answered as things are and { $after } would be.
knowledge-trial-drafts = Try it with the drafts published
knowledge-question = Question
knowledge-now = Now
knowledge-then = Then
knowledge-people = People
knowledge-figures = Articles in the last 90 days
knowledge-figures-none = No question has come near an article yet.
knowledge-article = Article
knowledge-asked = Asked
knowledge-answered = Answered
knowledge-confirmed = Helped
knowledge-denied = Did not help
knowledge-escalated = Handed over after
knowledge-learned = Learned questions
knowledge-learned-lead = Customers said that the answer helped, or an agent picked the article. The bot learns from them; remove what is wrong.
knowledge-learned-none = Nothing learned yet.
knowledge-learned-confirmed = confirmed by the customer
knowledge-learned-agent = picked by an agent
knowledge-remove = Remove
