# O que os clientes ficam sabendo, e como querem saber.
note-title = Notificações
note-unread = { $count ->
    [0] Notificações
    [one] Notificações: 1 não lida
   *[other] Notificações: { $count } não lidas
}
note-all-read = Marcar tudo como lido
note-none = Nada ainda. Aqui aparece o que acontece com os seus chamados, faturas e equipamentos.
note-more = Anteriores
note-new = Nova
note-settings = Como avisamos você
note-settings-lead = Tudo fica aqui, no portal. Escolha o que mais você quer saber e como.
note-see-all = Todas as notificações
note-kind = O quê
note-way-portal = Portal
note-way-mail = E-mail
note-way-whatsapp = WhatsApp
note-way-push = Push
note-always = sempre
note-save = Salvar
note-usual = Como de costume
note-saved = Salvo.
note-here = Este navegador
note-here-lead = Notificações neste dispositivo, também com a página fechada. Terminam ao sair.
note-here-on = Mostrar notificações neste dispositivo
note-here-off = Não mostrar neste dispositivo
note-here-cannot = Este navegador não aceita notificações push, ou você não as permitiu.
note-stop-title = Não receber mais e-mails deste tipo?
note-stop-text = { $kind }: a partir de agora você encontra isto só no portal.
note-stopped-title = Feito
note-stopped-text = Você não recebe mais e-mails deste tipo ({ $kind }). Isso pode ser mudado no portal, em notificações.
note-open = Abrir
note-panel-usual = como de costume
note-panel-chosen = escolhido
note-panel-lead = O cliente escolhe isto no portal.
note-kind-ticket = Chamados
note-kind-colleague = Chamados de colegas, conforme escolhido abaixo
note-colleagues = Chamados de colegas em { $company }
note-colleagues-lead = Ali você vê todos os chamados. Escolha de quem quer saber as mudanças; de ninguém enquanto não disser.
note-colleagues-all = De todos, também de quem chegar depois
note-kind-visit = Visitas do técnico
note-kind-invoice = Novas faturas e orçamentos
note-kind-payment = Pagamentos recebidos ou não concluídos
note-kind-due = Faturas a vencer e vencidas
note-kind-reading = Leituras pedidas
note-kind-contract = Contratos que terminam ou renovam
note-kind-survey = Pesquisas
note-kind-access = Acesso e conta
noted-ticket-opened = Abrimos o { $number } para você: { $subject }
noted-ticket-started = Estamos cuidando do { $number }: { $subject }
noted-ticket-escalated = O { $number } passou para um especialista: { $subject }
noted-ticket-waiting = O { $number } espera a sua resposta: { $subject }
noted-ticket-confirm = O { $number } está resolvido? { $subject }
noted-ticket-resolved = O { $number } está resolvido: { $subject }
noted-ticket-reopened = O { $number } está aberto de novo: { $subject }
noted-ticket-answered = Há uma resposta no { $number }: { $subject }
noted-colleague-opened = { $name } tem um chamado novo, { $number }: { $subject }
noted-colleague-waiting = O { $number } de { $name } espera uma resposta: { $subject }
noted-colleague-confirm = Perguntamos a { $name } se o { $number } está resolvido: { $subject }
noted-colleague-resolved = O { $number } de { $name } está resolvido: { $subject }
noted-colleague-reopened = O { $number } de { $name } está aberto de novo: { $subject }
noted-visit-planned = Visita marcada para { $machine }: { $at }
noted-visit-on-way = O técnico está a caminho de { $machine }
noted-visit-cancelled = A visita a { $machine } de { $at } foi cancelada
noted-visit-done = A visita a { $machine } terminou; o relatório está pronto
noted-invoice = Nova fatura { $number }: { $amount }, vence em { $day }
noted-estimate = Novo orçamento { $number }: { $amount }
noted-credit = Nova nota de crédito { $number }: { $amount }
noted-payment = Recebemos { $amount } da fatura { $number }. Obrigado!
noted-unpaid = O seu pagamento de { $amount } da fatura { $number } não foi concluído
noted-due = A fatura { $number } vence em { $day }: { $amount }
noted-overdue = A fatura { $number } venceu em { $day }: { $amount } em aberto
noted-reading = { $count ->
    [one] Precisamos de uma leitura até { $day }
   *[other] Precisamos de { $count } leituras até { $day }
}
noted-contract-renews = O contrato { $number } será renovado depois de { $day }
noted-contract-ends = O contrato { $number } termina em { $day }
noted-survey = { $question }
noted-access-rights = Mudou o que você pode ver em { $company }
noted-access-removed = Você não faz mais parte de { $company } aqui
noted-access-invited = { $company } convida você a entrar
noted-access-password = Sua senha foi alterada
noted-access-passkey_added = Uma chave de acesso foi adicionada à sua conta
noted-access-passkey_removed = Uma chave de acesso foi removida da sua conta
kept-notifications = Notificações de clientes
