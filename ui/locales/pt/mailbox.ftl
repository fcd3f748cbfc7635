## Caixas de correio: o que se lê, como o correio sai, contas do Google e da Microsoft

mail-more-folders = Outras pastas
mail-more-folders-hint = Uma por linha, como o servidor as chama: INBOX/Vendas. Cada uma é seguida por si.
mail-begin = Ler
mail-begin-now = só o que chegar a partir de agora
mail-begin-days = { $days ->
    [one] também o último dia
   *[other] também os últimos { $days } dias
 }
mail-begin-all = tudo o que existe
mail-begin-hint = Vale quando uma pasta é conectada. Nada na caixa é alterado, movido ou marcado como lido.
mail-quote = As respostas citam a mensagem a que respondem
mail-sent-copy = Guardar na caixa uma cópia do que é enviado
mail-sent-folder = Pasta de enviados
mail-sent-folder-hint = Vazio: a que o servidor indica. Gmail e Microsoft 365 guardam cópias por si.
mail-dkim = Assinatura (DKIM)
mail-dkim-hint = A maioria dos servidores de envio assina por si; então deixe vazio. Senão a assinatura é feita aqui.
mail-dkim-domain = Domínio
mail-dkim-selector = Seletor
mail-dkim-key = Chave privada (PEM)
mail-dkim-key-hint = Criada com: openssl genrsa -out dkim.pem 2048. Vazio mantém a guardada.
mail-dkim-record-hint = Introduza este registro TXT onde o seu domínio é administrado; o “doctor” verifica-o.
mail-dkim-record-name = Nome
mail-dkim-record = Texto
