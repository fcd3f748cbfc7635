## Por que o bot respondeu, e o que ele sabe

side-bot = Por que o bot fez isto
bot-answered = Respondeu
bot-clarified = Perguntou de volta
bot-handed-over = Repassou
bot-small-talk = Cortesia
bot-from-data = Respondeu com seus dados
bot-needed = Uma resposta precisa de { $percent }%.
bot-no-candidates = Nenhum artigo estava em questão.
bot-question = Entendeu
bot-this-one = Este responde
bot-this-one-title = O bot aprende que “{ $title }” responde a esta pergunta
settings-knowledge = Conhecimento
knowledge-lead = A partir de que confiança o bot responde, que palavras significam o mesmo e o que vai logo para pessoas.
knowledge-answer-at = Responder a partir desta confiança (por cento)
knowledge-answer-at-hint = 60 significa: seis de cada dez respostas nesse ponto estão certas, e as acima são mais seguras. Mais alto repassa mais e erra menos.
knowledge-answer-at-wrong = Escreva um número inteiro de 5 a 99.
knowledge-synonyms = Palavras que significam o mesmo: { $language }
knowledge-synonyms-hint = Um grupo por linha, palavras ou frases curtas entre vírgulas: copiadora, multifuncional, MFP. Somam-se às incluídas.
knowledge-sensitive = Sempre para pessoas
knowledge-sensitive-hint = Palavras ou frases, uma por linha, em qualquer idioma. Uma mensagem que contenha uma delas é repassada na hora.
knowledge-try = Experimentar nos últimos 14 dias
knowledge-trial = O que teria mudado
knowledge-trial-none = Ninguém perguntou nada ao bot nos últimos 14 dias.
knowledge-trial-same = { $questions ->
    [one] Uma pergunta teria terminado igual.
   *[other] As { $questions } perguntas teriam terminado igual.
  }
knowledge-trial-figures = De { $questions } perguntas, { $before } são respondidas hoje e { $after } seriam.
knowledge-trial-drafts = Experimentar com os rascunhos publicados
knowledge-question = Pergunta
knowledge-now = Agora
knowledge-then = Então
knowledge-people = Pessoas
knowledge-figures = Artigos nos últimos 90 dias
knowledge-figures-none = Nenhuma pergunta chegou perto de um artigo ainda.
knowledge-article = Artigo
knowledge-asked = Perguntado
knowledge-answered = Respondido
knowledge-confirmed = Ajudou
knowledge-denied = Não ajudou
knowledge-escalated = Repassado depois
knowledge-learned = Perguntas aprendidas
knowledge-learned-lead = O cliente disse que a resposta ajudou, ou um agente escolheu o artigo. O bot aprende com elas; remova o que estiver errado.
knowledge-learned-none = Nada aprendido ainda.
knowledge-learned-confirmed = confirmada pelo cliente
knowledge-learned-agent = escolhida por um agente
knowledge-remove = Remover
