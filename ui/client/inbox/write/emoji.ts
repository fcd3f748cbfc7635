// Emoji that a support desk uses, with names to search for in three languages: English, Spanish,
// Portuguese.
const TABLE = `😀 grin happy feliz sonrisa sorriso
😃 smile happy sonrisa sorriso
😄 laugh happy risa riso
😁 beam happy sonrisa sorriso
😅 relief sweat alivio suor
😂 joy laugh risa riso
🙂 smile sonrisa sorriso
😉 wink guiño piscar
😊 blush smile sonrojo corado
😇 angel halo ángel anjo
😍 love amor eyes ojos olhos
🤩 star wow estrella estrela
😎 cool sunglasses gafas óculos
🤔 think pensar duda dúvida
😐 neutral neutro
😴 sleep dormir sono
😕 confused confuso
😟 worried preocupado
🙁 sad triste
😢 cry llorar chorar triste
😭 sob llorar chorar
😠 angry enojado zangado
😳 flushed vergüenza vergonha
😱 scream susto medo
🤯 mind blown explota cabeça
🤝 handshake acuerdo acordo trato
👍 thumbs up ok yes sí sim bien bem
👎 thumbs down no mal
👏 clap applause aplauso palmas
🙏 thanks please gracias obrigado por favor
🙌 hooray hurra viva
👌 ok perfect perfecto perfeito
✌️ peace paz victory
🤞 luck suerte sorte
👋 wave hello hola olá adiós adeus
💪 strong fuerte forte
👀 eyes look ojos olhos ver
❤️ heart love corazón coração amor
💙 blue heart corazón coração azul
💚 green heart corazón coração verde
🎉 party celebrate fiesta festa
🎁 gift regalo presente
🏆 trophy win trofeo troféu
⭐ star estrella estrela
✨ sparkle brillo brilho
🔥 fire hot fuego fogo
💡 idea bulb bombilla lâmpada
✅ check done hecho feito certo
☑️ check box casilla caixa
❌ cross no error cruz erro
⚠️ warning aviso cuidado
❗ exclamation important importante
❓ question pregunta pergunta duda
ℹ️ information información informação
🚫 forbidden prohibido proibido
🔒 lock secure candado seguro cadeado
🔓 unlock abrir desbloquear
🔑 key llave chave
🔧 wrench fix arreglar reparar
🛠️ tools repair herramientas ferramentas
⚙️ settings gear ajustes definições
🔄 refresh again recargar recarregar
⏳ wait hourglass esperar aguardar
⏰ alarm clock reloj relógio hora
📅 calendar date calendario calendário fecha data
📆 calendar day calendario calendário
📞 phone call teléfono telefone llamar ligar
📱 mobile móvil celular telemóvel
✉️ mail letter correo carta email
📧 email correo
📨 incoming mail correo recibido
📎 paperclip attach clip adjunto anexo
📄 page document documento página
📑 documents papeles documentos
🧾 receipt invoice recibo factura fatura
💰 money dinero dinheiro
💳 card pay tarjeta cartão pago
💶 euro dinero dinheiro
💵 dollar dólar dinero
📈 up chart sube sobe gráfico
📉 down chart baja desce gráfico
📊 chart gráfico
📦 package box paquete caixa encomenda
🚚 truck delivery envío entrega
✈️ plane avión avião
🏠 house home casa
🏢 office oficina escritório empresa
🏭 factory fábrica
🖨️ printer impresora impressora
💻 laptop computer portátil computador
🖥️ desktop screen pantalla ecrã
⌨️ keyboard teclado
🖱️ mouse ratón rato
🔌 plug power enchufe tomada
🔋 battery batería bateria
📷 camera photo cámara foto
🎥 video cámara vídeo
🌐 web internet globe mundo
🔗 link enlace ligação
🔍 search lupa buscar procurar
🗑️ trash papelera lixo
📌 pin chincheta alfinete
📍 place location lugar ubicación local
🗺️ map mapa
🚀 rocket launch cohete foguete
☀️ sun sol
🌧️ rain lluvia chuva
❄️ snow cold nieve neve frío
☕ coffee café
🍕 pizza
🎂 cake birthday tarta bolo cumpleaños aniversário
🌱 plant green planta verde
🐛 bug insect error bicho
➡️ right derecha direita flecha seta
⬅️ left izquierda esquerda flecha seta
⬆️ up arriba cima
⬇️ down abajo baixo
➕ plus más mais
➖ minus menos
1️⃣ one uno um
2️⃣ two dos dois
3️⃣ three tres três`;

const all: [string, string][] = TABLE.split("\n").map((line) => {
  const at = line.indexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
});
const plain = (words: string): string => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Emoji whose names hold all of the words; without words, all. */
export function find(words: string): [string, string][] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return all.filter(([, names]) => wanted.every((word) => plain(names).includes(word)));
}
