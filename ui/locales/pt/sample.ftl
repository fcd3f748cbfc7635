## A página de exemplo

sample-eyebrow = Máquinas de escritório, por mês
sample-title = A copiadora simplesmente funciona. Isso é conosco.
sample-lead = A Alder & Finch aluga impressoras, copiadoras e scanners para escritórios que têm coisa melhor a fazer. Toner, peças e técnicos estão no preço.
sample-ticket = Relatar um problema
sample-chat-hint = ou pergunte no chat, embaixo à direita
sample-offers = O que está incluído
sample-copy-title = A máquina certa
sample-copy-text = Da impressora de mesa à sala de impressão, conforme o que você realmente imprime.
sample-service-title = Um técnico em quatro horas
sample-service-text = Conhecemos os contadores da sua máquina e muitas vezes chegamos antes da ligação.
sample-price-title = Um preço por página
sample-price-text = Sem mínimo, sem surpresa e com uma fatura que dá para ler.
sample-foot = A Alder & Finch não existe. Esta página mostra o chat do Switchboard.
