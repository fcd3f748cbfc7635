# O que os clientes ficam a saber, e como querem saber.
note-title = Notificações
note-unread = { $count ->
    [0] Notificações
    [one] Notificações: 1 por ler
   *[other] Notificações: { $count } por ler
}
note-all-read = Marcar tudo como lido
note-none = Ainda nada. Aqui aparece o que acontece com os seus pedidos, faturas e equipamentos.
note-more = Anteriores
note-new = Nova
note-settings = Como o avisamos
note-settings-lead = Tudo fica aqui, no portal. Escolha o que mais quer saber e como.
note-see-all = Todas as notificações
note-kind = O quê
note-way-portal = Portal
note-way-mail = E-mail
note-way-whatsapp = WhatsApp
note-way-push = Push
note-always = sempre
note-save = Guardar
note-usual = Como de costume
note-saved = Guardado.
note-here = Este navegador
note-here-lead = Notificações neste dispositivo, também com a página fechada. Terminam ao sair da sessão.
note-here-on = Mostrar notificações neste dispositivo
note-here-off = Não mostrar neste dispositivo
note-here-cannot = Este navegador não aceita notificações push, ou não as permitiu.
note-stop-title = Não receber mais e-mails deste tipo?
note-stop-text = { $kind }: a partir de agora encontra isto só no portal.
note-stopped-title = Feito
note-stopped-text = Não recebe mais e-mails deste tipo ({ $kind }). Pode mudar isto no portal, em notificações.
note-open = Abrir
note-panel-usual = como de costume
note-panel-chosen = escolhido
note-panel-lead = O cliente escolhe isto no portal.
note-kind-ticket = Pedidos
note-kind-colleague = Pedidos de colegas, conforme escolhido abaixo
note-colleagues = Pedidos de colegas em { $company }
note-colleagues-lead = Aí vê todos os pedidos. Escolha de quem quer saber as alterações; de ninguém enquanto não o disser.
note-colleagues-all = De todos, também de quem chegar depois
note-kind-visit = Visitas do técnico
note-kind-invoice = Novas faturas e orçamentos
note-kind-payment = Pagamentos recebidos
note-kind-due = Faturas a vencer e vencidas
note-kind-reading = Leituras pedidas
note-kind-contract = Contratos que terminam ou renovam
note-kind-survey = Inquéritos
note-kind-access = Acesso e conta
noted-ticket-opened = Abrimos { $number } para si: { $subject }
noted-ticket-started = Estamos a tratar de { $number }: { $subject }
noted-ticket-escalated = { $number } passou para um especialista: { $subject }
noted-ticket-waiting = { $number } espera a sua resposta: { $subject }
noted-ticket-confirm = { $number } está resolvido? { $subject }
noted-ticket-resolved = { $number } está resolvido: { $subject }
noted-ticket-reopened = { $number } está aberto de novo: { $subject }
noted-ticket-answered = Há uma resposta a { $number }: { $subject }
noted-colleague-opened = { $name } tem um pedido novo, { $number }: { $subject }
noted-colleague-waiting = { $number } de { $name } espera uma resposta: { $subject }
noted-colleague-confirm = Pergunta-se a { $name } se { $number } está resolvido: { $subject }
noted-colleague-resolved = { $number } de { $name } está resolvido: { $subject }
noted-colleague-reopened = { $number } de { $name } está aberto de novo: { $subject }
noted-visit-planned = Visita marcada para { $machine }: { $at }
noted-visit-on-way = O técnico vai a caminho de { $machine }
noted-visit-cancelled = A visita a { $machine } de { $at } foi cancelada
noted-visit-done = A visita a { $machine } terminou; o relatório está pronto
noted-invoice = Nova fatura { $number }: { $amount }, vence em { $day }
noted-estimate = Novo orçamento { $number }: { $amount }
noted-credit = Nova nota de crédito { $number }: { $amount }
noted-payment = Recebemos { $amount } da fatura { $number }. Obrigado!
noted-due = A fatura { $number } vence em { $day }: { $amount }
noted-overdue = A fatura { $number } venceu em { $day }: { $amount } em aberto
noted-reading = { $count ->
    [one] Precisamos de uma leitura até { $day }
   *[other] Precisamos de { $count } leituras até { $day }
}
noted-contract-renews = O contrato { $number } renova depois de { $day }
noted-contract-ends = O contrato { $number } termina em { $day }
noted-survey = { $question }
noted-access-rights = Mudou o que pode ver em { $company }
noted-access-removed = Já não pertence aqui a { $company }
noted-access-invited = { $company } convida-o a entrar
noted-access-password = A sua palavra-passe foi mudada
noted-access-passkey_added = Foi adicionada uma chave de acesso à sua conta
noted-access-passkey_removed = Foi retirada uma chave de acesso da sua conta
kept-notifications = Notificações de clientes
