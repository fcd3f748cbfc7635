## A central de ajuda

help-title = Como podemos ajudar?
help-search = Buscar nos artigos
help-search-button = Buscar
help-results = Resultados para “{ $query }”
help-nothing = Nada encontrado
help-nothing-hint = Tente com menos palavras ou com outras, ou escreva para nós.
help-other-language = em { $language }
help-empty = Ainda não há artigos
help-empty-hint = Escreva para nós e ajudaremos você.
help-all = Todos os artigos
help-kind-guide = Guias
help-kind-faq = Perguntas frequentes
help-kind-manual = Manuais
help-updated = Atualizado em { $date }
help-question = Isso ajudou?
help-yes = Sim
help-no = Não
help-thanks = Obrigado por nos contar.
help-sorry = Sentimos muito. Escreva para nós e uma pessoa vai ajudar você.
help-contact = Escreva para nós
help-still = Não é o que você procurava?
help-count = { $count ->
    [one] um artigo
   *[other] { $count } artigos
}
help-pages = Páginas
help-before = Anterior
help-next = Próxima
help-contents = Nesta página
help-related = Artigos relacionados
help-comment = O que faltou?
help-comment-send = Enviar
help-all-results = Todos os resultados
help-suggest = Resultados
help-crumbs = Onde você está
help-home = Ajuda
help-still-hint = Escreva para nós; uma pessoa vai responder.
help-description = Respostas, guias e manuais.
help-chat-top = O que mais ajuda outras pessoas
help-chat-found = Artigos encontrados: { $count }
help-chat-back = Voltar
help-chat-tab = Abrir em outra aba
help-chat-failed = Não foi possível acessar os artigos. Tente de novo em um momento.
help-chat-news = Há uma nova mensagem no chat
