## Caixas de correio: o que se lê, como o correio sai, contas do Google e da Microsoft

mail-more-folders = Outras pastas
mail-more-folders-hint = Uma por linha, como o servidor as chama: INBOX/Vendas. Cada uma é seguida à parte.
mail-begin = Ler
mail-begin-now = só o que chegar a partir de agora
mail-begin-days = { $days ->
    [one] também o último dia
   *[other] também os últimos { $days } dias
 }
mail-begin-all = tudo o que existe
mail-begin-hint = Vale quando uma pasta é conectada. Nada na caixa é alterado, movido ou marcado como lido.
mail-group = E-mails que não citam outro
mail-group-hint = Para dispositivos e programas, como scanners, alarmes e formulários, que começam um e-mail novo a cada vez. Deixe desativado onde vários clientes escrevem por um mesmo endereço.
mail-group-within = Mesmo remetente e assunto
mail-group-never = sempre uma conversa própria
mail-group-hours = { $hours ->
    [one] uma hora: uma conversa
   *[other] { $hours } horas: uma conversa
}
mail-quote = As respostas citam a mensagem a que respondem
mail-quote-hint = A citação vem ligada nas caixas novas: quem lê uma resposta, também um colega em cópia, vê abaixo o que ela responde.
mail-sent = E-mail enviado
mail-follow-sent = Mostrar o que se responde pelo celular ou pelo webmail
mail-follow-sent-hint = Quando alguém responde a um cliente por esta caixa com outro programa, a resposta aparece também aqui, na conversa, e conta como tal: ninguém responde duas vezes, nem o bot. É lida da pasta de enviados, a partir de quando isto é ligado. Nas caixas novas vem ligado.
mail-sent-copy = Guardar na caixa uma cópia do que é enviado
mail-sent-folder = Pasta de enviados
mail-sent-folder-hint = Vazio: a que o servidor indica. Gmail e Microsoft 365 guardam cópias por conta própria.
mail-dkim = Assinatura (DKIM)
mail-dkim-hint = A maioria dos servidores de envio assina sozinha; então deixe vazio. Senão a assinatura é feita aqui.
mail-dkim-domain = Domínio
mail-dkim-selector = Seletor
mail-dkim-key = Chave privada (PEM)
mail-dkim-key-hint = Criada com: openssl genrsa -out dkim.pem 2048. Vazio mantém a guardada.
mail-dkim-record-hint = Informe este registro TXT onde o seu domínio é administrado; o “doctor” o verifica.
mail-dkim-record-name = Nome
mail-dkim-record = Texto
mail-folders-found = Pastas desta conta
test-idle = o correio novo é avisado na hora
test-polling = pergunta-se por correio novo
test-smtp-limit = aceita e-mails de até { $size } MB
test-failed-name = O nome do servidor não leva a lugar nenhum: verifique como está escrito.
test-failed-connect = Ninguém responde ali: verifique servidor, porta e firewall.
test-failed-tls = O servidor não prova quem é, ou não deste modo: verifique nome e proteção, ou adicione o seu certificado.
certificate-title = O certificado que este servidor mostra
certificate-hint = Nenhuma autoridade pública responde por ele. Se o servidor é seu, compare a impressão digital com a que o administrador dele vê; se for a mesma, confie nele. Fica guardado ao salvar o formulário.
certificate-subject = Emitido para
certificate-issuer = Emitido por
certificate-names = Para os servidores
certificate-until = Válido até
certificate-fingerprint = Impressão digital (SHA-256)
certificate-trust = Confiar neste
certificate-unknown = Ninguém em quem confiamos responde pelo certificado do servidor: veja-o abaixo e confie nele se for seu.
certificate-expired = O certificado do servidor venceu em { $date }: quem administra o servidor precisa renová-lo.
certificate-not-yet = O certificado do servidor só vale a partir de { $date }: verifique os relógios das duas máquinas.
certificate-wrong-name = O certificado do servidor é para outro nome ({ $names }): informe esse nome como servidor, ou peça um para este.
test-failed-sign-in = O servidor recusa usuário ou senha: verifique ambos; muitos provedores pedem uma senha de aplicativo, e Google e Microsoft uma conta conectada.
test-failed-folder = Não existe a pasta “{ $folder }”: escolha uma das que a conta tem.
test-failed-silent = O servidor não responde: verifique porta, proteção e firewall.
test-failed-sender = O servidor não aceita e-mails deste endereço com esta conta: use a conta do endereço, ou permita lá o endereço.
test-failed-limit = A conta enviou tudo o que o provedor permite: espere, ou use um servidor sem esse limite.
test-failed-other = O servidor responde algo com que não se pode trabalhar: verifique porta e proteção.
mailbox-folders = Pastas
mailbox-progress = Lendo: { $done } de { $total } e-mails
mailbox-read = Em dia
mailbox-sent = E-mail enviado
mail-elsewhere = Enviado da própria caixa
whatsapp-elsewhere = Enviado do telefone
mailbox-audit-now = Comparar agora servidor e caixa
mailbox-audit-good = { $count ->
    [one] Um e-mail comparado, está arquivado
   *[other] { $count } e-mails comparados, todos arquivados
 }
mailbox-audit-bad = { $count ->
    [one] Um e-mail não está arquivado
   *[other] { $count } e-mails não estão arquivados
 }
mailbox-audit-failed = Não foi possível comparar:
mailbox-unfiled = Não arquivados
mailbox-unfiled-hint = O servidor tem estes e-mails e nenhuma conversa os tem. Arquive-os com um clique; nada é arquivado duas vezes.
mailbox-file = Arquivar
oauth-connect = Conectar { $provider }
oauth-title = Contas do { $provider }
oauth-lead = O dono da caixa consente no provedor; nenhuma senha é guardada aqui, e lá o consentimento pode ser retirado quando quiser.
oauth-client = O aplicativo
oauth-hint-google = Criado uma vez no console do Google Cloud (cliente OAuth, tipo aplicativo web), com a API do Gmail ativada.
oauth-hint-microsoft = Criado uma vez no Microsoft Entra (registro de aplicativo, tipo web), com as permissões IMAP.AccessAsUser.All e SMTP.Send.
oauth-redirect = Endereço de redirecionamento a introduzir lá
oauth-client-id = ID do cliente
oauth-client-secret = Segredo do cliente
oauth-tenant = Locatário (tenant)
oauth-tenant-hint = O seu id ou domínio; vazio para qualquer um.
oauth-account = Conectado com { $provider } como { $address }
oauth-ok = Conectada
oauth-revoked = Consentimento retirado
oauth-again = Conectar de novo
oauth-failed = A conta não está conectada
oauth-denied = O provedor não deu acesso ({ $words }). Comece de novo quando o dono da caixa concordar.
