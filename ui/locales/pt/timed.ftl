# Rules that act by time.
rule-group-happens = Quando algo acontece
rule-group-lasts = Quando o tempo passa
rule-on-waiting-customer = espera-se pelo cliente
rule-on-waiting-us = o cliente espera por nós
rule-on-unassigned = ninguém a tem
rule-on-stays-open = continua aberta
rule-on-stays-snoozed = continua adiada
rule-on-stays-resolved = continua resolvida
rule-when-lasts = { $when } há { $time }
lasts-minutes = { $n ->
    [one] um minuto
   *[other] { $n } minutos
}
lasts-hours = { $n ->
    [one] uma hora
   *[other] { $n } horas
}
lasts-days = { $n ->
    [one] um dia
   *[other] { $n } dias
}
lasts-open-minutes = { $n ->
    [one] um minuto de atendimento
   *[other] { $n } minutos de atendimento
}
lasts-open-hours = { $n ->
    [one] uma hora de atendimento
   *[other] { $n } horas de atendimento
}
rule-lasts = Há quanto tempo
rule-number = Número
rule-unit = Unidade
rule-unit-minutes = minutos
rule-unit-hours = horas
rule-unit-days = dias
rule-in-hours = Contar só enquanto a caixa atende, pelo horário dela
rule-lasts-hint = A regra age uma vez em cada espera, e de novo só se alguém interveio nesse meio-tempo. Um lembrete não reinicia a contagem. No WhatsApp, passadas 24 horas, uma mensagem ao cliente só sai com o modelo da caixa; nunca para quem está bloqueado ou apagado.
rule-lasts-number = Escreva um número, como 3.
rule-try-now = Ver sobre o que agiria agora
rule-now-none = Agora não agiria sobre nada: nada do que atende às condições espera há tanto tempo.
rule-now = { $matched ->
    [one] Uma conversa está assim há tanto tempo e atende às condições.
   *[other] { $matched } conversas estão assim há tanto tempo e atendem às condições.
}
rule-now-cut = São pelo menos essas: a busca parou em { $occasions }. Estas são as mais antigas.
rule-now-ask = A regra deve agir também sobre estas ao ser ligada?
rule-now-leave = Só sobre o que vencer a partir de agora
rule-now-act = Também sobre estas
step-tell = Avisar a equipe
did-tell = equipe avisada
did-unsaid-window = nada foi escrito: passaram as 24 horas do WhatsApp e a caixa não tem modelo para isso
did-unsaid-template = nada foi escrito: passaram as 24 horas do WhatsApp e o modelo da caixa não comporta estas palavras
did-unsaid-erased = nada foi escrito: os dados do cliente foram apagados
did-unsaid-blocked = nada foi escrito: o cliente está bloqueado
did-unsaid-machine = nada foi escrito: a última mensagem foi de uma máquina
did-unsaid-bounced = nada foi escrito: o e-mail para este endereço voltou
activity-ruled = Regra “{ $rule }”, porque { $when }: { $did }
activity-ruled-failed = A regra “{ $rule }”, porque { $when }, não conseguiu: { $did }
